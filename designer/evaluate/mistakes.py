"""The samples worth looking at: the most confident mistakes, and where the network is least sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from designer.evaluate.predict import Predictions

__all__ = ["Sample", "least_confident", "most_confident_mistakes"]


@dataclass(frozen=True)
class Sample:
    """One sample of the split. ``confidence`` is the probability of the predicted class, ``probability_true`` that
    of the true one."""

    index: int
    true: str
    predicted: str
    confidence: float
    probability_true: float

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self)


def most_confident_mistakes(predictions: Predictions, classes: Sequence[str], limit: int = 25) -> list[Sample]:
    """The wrong predictions that the network was most sure of, surest first."""
    wrong = np.flatnonzero(predictions.classes() != predictions.targets)
    confidence = predictions.probabilities().max(axis=1)
    order = wrong[np.argsort(-confidence[wrong], kind="stable")]
    return _samples(predictions, classes, order[:limit])


def least_confident(predictions: Predictions, classes: Sequence[str], limit: int = 25) -> list[Sample]:
    """The samples, right or wrong, whose predicted class has the lowest probability; lowest first."""
    order = np.argsort(predictions.probabilities().max(axis=1), kind="stable")
    return _samples(predictions, classes, order[:limit])


def _samples(predictions: Predictions, classes: Sequence[str], chosen: npt.NDArray[np.intp]) -> list[Sample]:
    probabilities, predicted = predictions.probabilities(), predictions.classes()
    found = []
    for index in chosen.tolist():
        true, guess = int(predictions.targets[index]), int(predicted[index])
        row = probabilities[index]
        found.append(
            Sample(
                index=index,
                true=_name(true, classes),
                predicted=_name(guess, classes),
                confidence=float(row[guess]),
                probability_true=float(row[true]) if true < len(row) else 0.0,
            )
        )
    return found


def _name(number: int, classes: Sequence[str]) -> str:
    return classes[number] if number < len(classes) else str(number)
