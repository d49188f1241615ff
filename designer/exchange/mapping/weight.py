"""A weight as its name, its shape and its kind of number. No torch."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

__all__ = ["Weight", "counts", "leaf", "shape_text", "weights_from"]

Shape = tuple[int, ...]


class Weight(NamedTuple):
    """One tensor of a state dict. ``dtype`` is torch's name of the numbers, such as float32."""

    name: str
    shape: Shape
    dtype: str = "float32"

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


def leaf(name: str) -> str:
    """The last part of a name: weight, bias, running_mean, ..."""
    return name.rpartition(".")[2]


def counts(name: str) -> bool:
    """Whether it is BatchNorm's counter of batches, which old checkpoints lack and nothing depends on."""
    return leaf(name) == "num_batches_tracked"


def shape_text(shape: Shape) -> str:
    """A shape as people read it."""
    return "×".join(map(str, shape)) or "a single number"


def weights_from(rows: Iterable[Any]) -> tuple[Weight, ...]:
    """Weights from plain data, as a job tells them: [name, shape, dtype] each."""
    return tuple(Weight(str(name), tuple(int(n) for n in shape), str(dtype)) for name, shape, dtype in rows)
