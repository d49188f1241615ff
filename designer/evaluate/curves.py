"""What lies behind an accuracy: the curves of each class, whether sureness means something, and the second guesses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from designer.evaluate.mistakes import most_confident_mistakes
from designer.evaluate.predict import Predictions
from designer.evaluate.two_classes import two_class_report

__all__ = ["average_precision", "calibration", "class_curves", "mistakes_by_cell", "top_accuracies"]

_BINS = 10
_POINTS = 60  # of a curve, at most: it is drawn, and kept in a file
_CLASSES = 50  # that have curves: those with the most samples
_IN_CELL, _IN_ALL = 12, 200  # pictures

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]


def calibration(predictions: Predictions, bins: int = _BINS) -> dict[str, Any]:
    """How often the network is right where it says it is so sure: ``bins`` that have samples, and ``error``.

    The expected calibration error is the mean of |sureness - share of right answers| over the bins, by their samples.
    """
    sure = predictions.probabilities().max(axis=1)
    right = predictions.classes() == predictions.targets
    place = np.minimum((sure * bins).astype(int), bins - 1)
    found, error = [], 0.0
    for index in range(bins):
        here = place == index
        count = int(here.sum())
        if count:
            said, share = float(sure[here].mean()), float(right[here].mean())
            error += count / len(sure) * abs(said - share)
            found.append(
                {"low": index / bins, "high": (index + 1) / bins, "count": count, "sure": said, "right": share}
            )
    return {"bins": found, "error": error}


def top_accuracies(predictions: Predictions) -> list[dict[str, Any]]:
    """The share of samples whose class is among the ``k`` likeliest, for 1, 2, 3, 5 and 10 of more classes."""
    classes = predictions.outputs.shape[1]
    known = predictions.targets < classes
    own = np.take_along_axis(predictions.outputs, np.where(known, predictions.targets, 0).astype(int)[:, None], 1)
    before = (predictions.outputs > own).sum(axis=1)
    ties = np.arange(classes)[None, :] < predictions.targets[:, None]  # of equal ones the first counts, as in argmax
    before = before + ((predictions.outputs == own) & ties).sum(axis=1)
    return [{"k": k, "accuracy": float(((before < k) & known).mean())} for k in (1, 2, 3, 5, 10) if k < classes]


def class_curves(predictions: Predictions, names: Sequence[str]) -> list[dict[str, Any]]:
    """Each class against all others: ``auroc``, ``average_precision``, and the points of both curves."""
    scores, targets = predictions.probabilities(), predictions.targets
    support = np.bincount(targets.astype(np.int64), minlength=scores.shape[1])[: scores.shape[1]]
    chosen = sorted(np.argsort(-support, kind="stable")[:_CLASSES].tolist())
    found = []
    for index in chosen:
        truth = targets == index
        if truth.any() and not truth.all():
            report = two_class_report(scores[:, index], predictions.classes() == index, truth, names[index])
            precision, recall = _precision_recall(scores[:, index], truth)
            found.append(
                {
                    "name": names[index],
                    "auroc": report.auroc,
                    "average_precision": average_precision(scores[:, index], truth),
                    "roc": _thin(report.curve),
                    "precision_recall": _thin([(0.0, float(precision[0])), *zip(recall, precision, strict=True)]),
                }
            )
    return found


def average_precision(scores: Floats, truth: Bools) -> float:
    """The mean of the precision over all steps of the recall."""
    precision, recall = _precision_recall(scores, truth)
    return float((np.diff(recall, prepend=0.0) * precision).sum())


def _precision_recall(scores: Floats, truth: Bools) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """For every threshold, the highest first; equal scores are taken together."""
    order = np.argsort(-scores, kind="stable")
    found = np.cumsum(truth[order])
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    return found[last] / (last + 1), found[last] / found[-1]


def _thin(points: Sequence[Sequence[float]]) -> list[list[float]]:
    kept = np.unique(np.linspace(0, len(points) - 1, _POINTS).round().astype(int))
    return [[round(float(x), 5), round(float(y), 5)] for x, y in (points[i] for i in kept.tolist())]


def mistakes_by_cell(predictions: Predictions, names: Sequence[str]) -> list[dict[str, Any]]:
    """The surest mistakes of each pair of a true and a predicted class, some of each."""
    found: list[dict[str, Any]] = []
    taken: dict[tuple[str, str], int] = {}
    for sample in most_confident_mistakes(predictions, names, len(predictions)):
        cell = (sample.true, sample.predicted)
        if len(found) < _IN_ALL and taken.get(cell, 0) < _IN_CELL:
            taken[cell] = taken.get(cell, 0) + 1
            found.append(sample.to_dict())
    return found
