"""What is known from outside of a drawing: the data that it will be trained on, and how. Plain facts, all optional."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Literal

__all__ = ["NOTHING_KNOWN", "Context", "Scale", "Way", "fits_input", "offers"]

Kind = Literal["", "classes", "values", "labels"]


@dataclass(frozen=True)
class Scale:
    """A size of the samples that a setting of the data decides: ``axis`` is ``unit`` times the field ``name``.

    ``words`` say in a button what another value does, with {} in the place of the value.
    """

    axis: int
    name: str
    unit: int
    words: str
    lowest: int = 1
    highest: int = 1 << 30


@dataclass(frozen=True)
class Way:
    """Another way to read the same data: fields of the data that change, and what is then known of them."""

    title: str
    changes: tuple[tuple[str, Any], ...]
    kind: Kind = ""
    classes: int | None = None
    labels: tuple[str, ...] = ()
    width: int | None = None
    sample: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Context:
    """Facts about the data and the training; None for what is not known.

    ``title`` names the data in a sentence; ``size`` is one picture as it lies on the disk: channels, height, width;
    ``batch`` how many samples a training step takes. ``kind`` says what the targets are (empty: classes, where there
    are any) and ``width`` how many labels or numbers are to be predicted. ``sample`` is the size of a sample that is
    no picture and reaches the network as it is; ``word`` what one is called. ``ways`` and ``scales`` say how the same
    data could be read otherwise. ``target`` is the format that the network is to be exported to; empty: not known.
    """

    title: str = ""
    classes: int | None = None
    labels: tuple[str, ...] = ()
    size: tuple[int, int, int] | None = None
    batch: int | None = None
    kind: Kind = ""
    width: int | None = None
    sample: tuple[int, ...] | None = None
    word: str = "sample"
    ways: tuple[Way, ...] = ()
    scales: tuple[Scale, ...] = ()
    target: str = ""

    def read_by(self, way: Way) -> Context:
        """What is known once the data are read in another way."""
        if way.sample is not None:
            return replace(self, sample=way.sample, ways=(), scales=())
        return replace(self, kind=way.kind, classes=way.classes, labels=way.labels, width=way.width, ways=())


NOTHING_KNOWN = Context()


def offers(dims: tuple[int, ...], rank: int) -> Iterator[tuple[int, ...]]:
    """The sizes in which samples of ``dims`` that are no pictures can reach an Input with ``rank`` sizes.

    As they are; as one long vector; with sizes of 1 put in or left out; or channels×steps as steps×channels, the way
    LSTM and attention take them.
    """
    bare = tuple(size for size in dims if size != 1) or (1,)
    turned = dims[::-1] if len(dims) == 2 else dims
    for offer in (dims, (prod(dims),), (1,) * (rank - len(bare)) + bare, turned):
        if len(offer) == rank:
            yield offer


def fits_input(asked: tuple[int | None, ...], dims: tuple[int, ...]) -> tuple[int, ...] | None:
    """How samples of ``dims`` reach an Input that asks for these sizes (None: any); None where they cannot."""
    for offer in offers(dims, len(asked)):
        if all(a in (None, o) for a, o in zip(asked, offer, strict=True)):
            return offer
    return None
