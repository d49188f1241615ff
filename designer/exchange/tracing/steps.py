"""What a recording is made of: calls in order, and the values between them by number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch

__all__ = ["Recording", "Step", "Untraceable", "Use", "changed", "leaves"]


def leaves(structure: Any) -> Iterator[Any]:
    """All that lies in tuples, lists and dictionaries within one another, in order."""
    if isinstance(structure, tuple | list):
        for item in structure:
            yield from leaves(item)
    elif isinstance(structure, Mapping):
        for item in structure.values():
            yield from leaves(item)
    else:
        yield structure


def changed(structure: Any, change: Callable[[Any], Any]) -> Any:
    """The same with every leaf replaced; torch's sizes become plain tuples."""
    if isinstance(structure, tuple | list):
        items = [changed(item, change) for item in structure]
        if hasattr(structure, "_fields"):
            return type(structure)(*items)
        return items if isinstance(structure, list) else tuple(items)
    if isinstance(structure, Mapping):
        return {key: changed(item, change) for key, item in structure.items()}
    return change(structure)


class Untraceable(Exception):
    """The module at ``path`` cannot be written down as steps, with the reason as the start of a sentence."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path or 'the model'}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True)
class Use:
    """A value in place of a tensor, by its number."""

    number: int


@dataclass
class Step:
    """One call. ``path`` is the module called, the tensor's own path, or the module in whose forward a function is.

    ``results`` are the numbers of the values that came out, ``sizes`` and ``dtypes`` what they are like. A module's
    output may be a structure: ``places`` says where in it each value lies.
    """

    kind: Literal["input", "module", "function", "parameter", "buffer"]
    path: str
    name: str = ""
    target: Any = None
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    results: tuple[int, ...] = ()
    sizes: tuple[tuple[int, ...], ...] = ()
    dtypes: tuple[torch.dtype, ...] = ()
    flat: bool = True  # whether a module gives one tensor or a plain row of them
    writes: int | None = None  # the place of the argument that is written in place

    def uses(self) -> list[int]:
        """The values that it reads, in order."""
        return [leaf.number for leaf in leaves((self.args, self.kwargs)) if isinstance(leaf, Use)]


@dataclass
class Recording:
    """The steps of one run and what came out, by name (``""`` for a single tensor)."""

    steps: list[Step]
    outputs: dict[str, int]
