"""Where any number of labels may be right: the figures of each label, and the samples that were told wrongly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from designer.evaluate.mistakes import Sample
from designer.evaluate.predict import Predictions
from designer.evaluate.report import ClassReport

__all__ = ["all_right", "label_names", "label_reports", "likeliest", "wrongly_labelled"]

_NONE = "none"


def label_names(names: Sequence[str], width: int) -> tuple[str, ...]:
    """As many names as there are labels; those without one are called by their number."""
    return (*names[:width], *(str(number) for number in range(len(names), width)))


def label_reports(predictions: Predictions, names: Sequence[str]) -> list[ClassReport]:
    """One report a label. A label is told where its logit is above 0; ``support`` counts the samples that have it."""
    told, truth = _told(predictions)
    right, said, there = (told & truth).sum(0), told.sum(0), truth.sum(0)
    return [
        ClassReport(
            name=name,
            precision=_share(right[k], said[k]),
            recall=_share(right[k], there[k]),
            f1=_share(2 * right[k], said[k] + there[k]),
            support=int(there[k]),
        )
        for k, name in enumerate(names)
    ]


def all_right(predictions: Predictions) -> float:
    """The share of the samples whose labels are all told rightly."""
    told, truth = _told(predictions)
    return float((told == truth).all(axis=1).mean())


def likeliest(predictions: Predictions) -> npt.NDArray[np.float64]:
    """How sure the network is of each label, [N, L] from 0 to 1."""
    found: npt.NDArray[np.float64] = 0.5 * (1 + np.tanh(predictions.outputs.astype(np.float64) / 2))
    return found


def wrongly_labelled(predictions: Predictions, names: Sequence[str], limit: int = 25) -> list[Sample]:
    """The samples with the wrong label that the network was surest of, surest first."""
    told, truth = _told(predictions)
    sure = likeliest(predictions)
    wrong = np.where(told != truth, np.where(told, sure, 1 - sure), 0.0).max(axis=1)
    order = np.argsort(-wrong, kind="stable")[: min(limit, int((wrong > 0).sum()))]
    return [
        Sample(
            index=index,
            true=_list(truth[index], names),
            predicted=_list(told[index], names),
            confidence=float(wrong[index]),
            probability_true=float(1 - wrong[index]),
        )
        for index in order.tolist()
    ]


def _told(predictions: Predictions) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    return predictions.outputs > 0, predictions.targets > 0.5


def _list(row: npt.NDArray[np.bool_], names: Sequence[str]) -> str:
    return ", ".join(names[k] for k in np.flatnonzero(row).tolist()) or _NONE


def _share(part: np.int64, whole: np.int64) -> float | None:
    return float(part) / float(whole) if whole else None
