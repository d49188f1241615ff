"""What becomes of trained weights when a network changes: plain data, done to the numbers by project/carry.py.

An edit that moves numbers (a layer made wider) takes such steps along, as the edit `Carry`. Names are names of tensors
in a state dict; a block's tensors are those below its name, or the one of its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

__all__ = ["Bring", "Copy", "Drop", "Fresh", "Name", "Part", "Pick", "Step"]

Index = Annotated[int, Field(ge=0, le=2**31)]
Axis = Annotated[int, Field(ge=0, le=12)]
Size = Annotated[int, Field(ge=1, le=2**31)]


@dataclass(frozen=True)
class Part:
    """Where channels lie in a tensor: along ``axis`` from ``start`` on, each of them ``each`` numbers in a row.

    ``groups``: the axis holds the channels of one group, and the rows of the tensor lie group by group, as in a grouped
    convolution. ``shared``: what reads a channel; where the channel comes several times, its copies share the weight.
    """

    tensor: str
    axis: Axis = 0
    start: Index = 0
    each: Size = 1
    groups: Size = 1
    shared: bool = False


@dataclass(frozen=True)
class Pick:
    """Of ``count`` channels, those of ``index`` in this order; a channel may come several times or not at all."""

    count: Size
    index: Annotated[tuple[Index, ...], Field(min_length=1, max_length=10_000_000)]
    parts: tuple[Part, ...]
    do: Literal["pick"] = "pick"


@dataclass(frozen=True)
class Fresh:
    """A new tensor: "identity" lets every channel through unchanged (of a convolution, at its middle)."""

    tensor: str
    shape: tuple[Size, ...]
    start: Literal["identity", "zeros", "ones"] = "zeros"
    do: Literal["fresh"] = "fresh"


@dataclass(frozen=True)
class Bring:
    """Tensors of another file come along: for each block, under which name it has its weights there."""

    file: Annotated[str, Field(min_length=1, max_length=4096)]
    blocks: Mapping[str, str]
    do: Literal["bring"] = "bring"


@dataclass(frozen=True)
class Copy:
    """Blocks that start with a copy of the weights of another block."""

    blocks: Mapping[str, str]
    do: Literal["copy"] = "copy"


@dataclass(frozen=True)
class Name:
    """A block got another name, and its weights with it."""

    old: str
    new: str
    do: Literal["name"] = "name"


@dataclass(frozen=True)
class Drop:
    """The weights of a block belong to nothing any more; they come back when a block of that name does (``back``).

    The block ``to``, whose layer it calls from now on, takes them where it has none.
    """

    block: str
    back: bool = False
    to: str = ""
    do: Literal["drop"] = "drop"


Step = Annotated[Pick | Fresh | Bring | Copy | Name | Drop, Field(discriminator="do")]
