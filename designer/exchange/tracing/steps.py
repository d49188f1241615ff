"""What a recording is made of: calls in order, and the values between them by number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch.utils._pytree import tree_flatten

__all__ = ["Recording", "Step", "Untraceable", "Use"]


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
    writes: int | None = None  # the place of the argument that is written in place

    def uses(self) -> list[int]:
        """The values that it reads, in order."""
        return [leaf.number for leaf in tree_flatten((self.args, dict(self.kwargs)))[0] if isinstance(leaf, Use)]


@dataclass
class Recording:
    """The steps of one run and what came out, by name (``""`` for a single tensor)."""

    steps: list[Step]
    outputs: dict[str, int]
