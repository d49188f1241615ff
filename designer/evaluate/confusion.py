"""Who is taken for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from designer.errors import DataError

__all__ = ["Confusion", "confusion"]


@dataclass(frozen=True)
class Confusion:
    """``matrix[true, predicted]`` counts samples: int64 [C, C], rows are what they are."""

    matrix: npt.NDArray[np.int64]
    classes: tuple[str, ...]

    def pairs(self, limit: int = 10) -> list[tuple[str, str, int]]:
        """The most frequent confusions as (true, predicted, count), most first."""
        off = self.matrix.copy()
        np.fill_diagonal(off, 0)
        order = np.argsort(-off, axis=None, kind="stable")[:limit]
        rows, columns = np.unravel_index(order, off.shape)
        found = zip(rows.tolist(), columns.tolist(), strict=True)
        return [(self.classes[r], self.classes[c], int(off[r, c])) for r, c in found if off[r, c]]

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {"classes": list(self.classes), "matrix": self.matrix.tolist()}


def confusion(
    targets: npt.NDArray[np.int64], predicted: npt.NDArray[np.int64], classes: Sequence[str], width: int
) -> Confusion:
    """Count every pair of true and predicted class (both int64 [N]).

    ``width`` is the number of logits. Classes that have no name are called by their number. Raises DataError
    when a target is no class of the network.
    """
    size = max(len(classes), width)
    if len(targets) and not 0 <= int(targets.min()) <= int(targets.max()) < size:
        bad = int(targets.min()) if targets.min() < 0 else int(targets.max())
        raise DataError(
            f"The data has the class number {bad}, but the network has {size} classes, 0 to {size - 1}. "
            "Choose the data that it was trained on, or set its number of classes."
        )
    counts = np.bincount(targets * size + predicted, minlength=size * size)
    names = (*classes, *(str(number) for number in range(len(classes), size)))
    return Confusion(counts.reshape(size, size).astype(np.int64), names)
