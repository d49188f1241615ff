"""Where there are two classes: how many of the positive ones are found, at what price, for every threshold."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["TwoClassReport", "auroc", "two_class_report"]

_POINTS = 200  # of a curve, at most: it is drawn, and kept in a file


@dataclass(frozen=True)
class TwoClassReport:
    """The second of two classes is the positive one. A figure is None where one of them is not there.

    ``curve`` is the ROC curve from (0, 0) to (1, 1): the share of negative samples that are taken for positive, and the
    share of positive ones that are found.
    """

    positive: str
    sensitivity: float | None
    specificity: float | None
    auroc: float | None
    curve: tuple[tuple[float, float], ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self)


def two_class_report(
    scores: npt.NDArray[np.float32], told: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_], positive: str
) -> TwoClassReport:
    """``scores`` are the larger the more positive, ``told`` what was decided, all [N]."""
    ill, well = int(truth.sum()), int((~truth).sum())
    return TwoClassReport(
        positive=positive,
        sensitivity=float(told[truth].mean()) if ill else None,
        specificity=float((~told[~truth]).mean()) if well else None,
        auroc=auroc(scores, truth),
        curve=_curve(scores, truth) if ill and well else (),
    )


def auroc(scores: npt.NDArray[np.float32], truth: npt.NDArray[np.bool_]) -> float | None:
    """How often a positive sample scores higher than a negative one, equal ones counting half; None without both."""
    positive, negative = int(truth.sum()), int((~truth).sum())
    if not positive or not negative:
        return None
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]  # equal scores share the mean of their ranks
    return float((ranks[truth].sum() - positive * (positive + 1) / 2) / (positive * negative))


def _curve(scores: npt.NDArray[np.float32], truth: npt.NDArray[np.bool_]) -> tuple[tuple[float, float], ...]:
    order = np.argsort(-scores, kind="stable")
    found, false = np.cumsum(truth[order]), np.cumsum(~truth[order])
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)  # a threshold takes all equal scores
    last = last[np.unique(np.linspace(0, len(last) - 1, _POINTS).round().astype(int))]
    points = zip(false[last] / false[-1], found[last] / found[-1], strict=True)
    return ((0.0, 0.0), *((round(float(x), 6), round(float(y), 6)) for x, y in points))
