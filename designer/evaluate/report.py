"""Precision, recall and F1 of every class, and the errors of a regression."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from designer.evaluate.confusion import Confusion

__all__ = ["ClassReport", "RegressionReport", "class_reports", "regression_report"]

_POINTS = 500


@dataclass(frozen=True)
class ClassReport:
    """How one class fares. A figure is None where it would divide by zero: never predicted, or never there."""

    name: str
    precision: float | None
    recall: float | None
    f1: float | None
    support: int

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self)


@dataclass(frozen=True)
class RegressionReport:
    """Errors in the unit of the target. ``r2`` is None when all targets are equal.

    ``points`` are true and told numbers of some samples, evenly taken, to be looked at.
    """

    mean_absolute_error: float
    root_mean_squared_error: float
    r2: float | None
    points: tuple[tuple[float, float], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self)


def class_reports(confusion: Confusion) -> list[ClassReport]:
    """One report a class, in the order of the classes. ``support`` counts the samples that are of the class."""
    right = np.diag(confusion.matrix)
    predicted = confusion.matrix.sum(axis=0)
    actual = confusion.matrix.sum(axis=1)
    return [
        ClassReport(
            name=name,
            precision=_share(right[i], predicted[i]),
            recall=_share(right[i], actual[i]),
            f1=_share(2 * right[i], predicted[i] + actual[i]),
            support=int(actual[i]),
        )
        for i, name in enumerate(confusion.classes)
    ]


def regression_report(outputs: npt.NDArray[np.float32], targets: npt.NDArray[np.float32]) -> RegressionReport:
    """The errors of values against targets of the same shape."""
    wanted = targets.astype(np.float64)
    error = outputs.astype(np.float64) - wanted
    spread = float(((wanted - wanted.mean(axis=0)) ** 2).sum())
    return RegressionReport(
        mean_absolute_error=float(np.abs(error).mean()),
        root_mean_squared_error=float(np.sqrt((error**2).mean())),
        r2=1.0 - float((error**2).sum()) / spread if spread > 0 else None,
        points=_some(targets, outputs),
    )


def _some(targets: npt.NDArray[np.float32], outputs: npt.NDArray[np.float32]) -> tuple[tuple[float, float], ...]:
    pairs = np.stack([targets.reshape(-1), outputs.reshape(-1)], axis=1)
    taken = np.unique(np.linspace(0, max(0, len(pairs) - 1), _POINTS).round().astype(int))[: len(pairs)]
    return tuple((float(f"{true:.6g}"), float(f"{told:.6g}")) for true, told in pairs[taken].tolist())


def _share(part: np.int64, whole: np.int64) -> float | None:
    return float(part) / float(whole) if whole else None
