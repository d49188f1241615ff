"""A trained network measured on a split, in one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from designer.errors import DataError
from designer.evaluate.confusion import Confusion, confusion
from designer.evaluate.mistakes import Sample, least_confident, most_confident_mistakes
from designer.evaluate.predict import Blame, LossFunction, Predictions, Progress, Samples, predict
from designer.evaluate.report import ClassReport, RegressionReport, class_reports, regression_report

__all__ = ["Evaluation", "evaluate", "summarise"]


@dataclass(frozen=True)
class Evaluation:
    """What was measured. ``accuracy``, ``confusion``, ``classes`` and the samples are for classification,
    ``regression`` is for numbers; the other kind's are None or empty. The macro figures are means over the classes
    that are there."""

    samples: int
    loss: float | None
    accuracy: float | None = None
    macro_precision: float | None = None
    macro_recall: float | None = None
    macro_f1: float | None = None
    classes: tuple[ClassReport, ...] = ()
    confusion: Confusion | None = None
    mistakes: tuple[Sample, ...] = ()
    unsure: tuple[Sample, ...] = ()
    regression: RegressionReport | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "samples": self.samples,
            "loss": self.loss,
            "accuracy": self.accuracy,
            "macro_precision": self.macro_precision,
            "macro_recall": self.macro_recall,
            "macro_f1": self.macro_f1,
            "classes": [one.to_dict() for one in self.classes],
            "confusion": self.confusion.to_dict() if self.confusion is not None else None,
            "mistakes": [one.to_dict() for one in self.mistakes],
            "unsure": [one.to_dict() for one in self.unsure],
            "regression": self.regression.to_dict() if self.regression is not None else None,
        }


def evaluate(
    module: torch.nn.Module,
    samples: Samples,
    *,
    classes: Sequence[str] = (),
    loss: LossFunction | None = None,
    output: int = 0,
    batch_size: int = 256,
    device: torch.device | str = "cpu",
    limit: int = 25,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    regression: bool = False,
    blame: Blame | None = None,
) -> Evaluation:
    """Run ``module`` over ``samples`` and measure it; ``limit`` bounds the lists of samples.

    Classification when the targets are integers, unless ``regression`` takes them as numbers; regression when they are
    floats. Raises what ``predict`` raises, and DataError when the targets do not fit the classes.
    """
    predictions = predict(
        module,
        samples,
        loss=loss,
        output=output,
        batch_size=batch_size,
        device=device,
        progress=progress,
        cancelled=cancelled,
        regression=regression,
        blame=blame,
    )
    return summarise(predictions, classes, limit)


def summarise(predictions: Predictions, classes: Sequence[str] = (), limit: int = 25) -> Evaluation:
    """The measures of predictions that were made before. Raises DataError when they do not fit the classes."""
    if predictions.targets.dtype.kind == "f":
        report = regression_report(predictions.outputs, predictions.targets.astype(np.float32))
        return Evaluation(len(predictions), predictions.loss, regression=report)
    if predictions.outputs.ndim != 2 or predictions.targets.ndim != 1:
        raise DataError(
            f"Expected one row of logits per sample, got outputs of shape {predictions.outputs.shape} for targets of "
            f"shape {predictions.targets.shape}. End the network with a Classification output."
        )
    targets = predictions.targets.astype(np.int64)
    table = confusion(targets, predictions.classes(), classes, predictions.outputs.shape[1])
    reports = class_reports(table)
    return Evaluation(
        samples=len(predictions),
        loss=predictions.loss,
        accuracy=int(np.trace(table.matrix)) / len(predictions),
        macro_precision=_mean([one.precision for one in reports if one.support]),
        macro_recall=_mean([one.recall for one in reports if one.support]),
        macro_f1=_mean([one.f1 for one in reports if one.support]),
        classes=tuple(reports),
        confusion=table,
        mistakes=tuple(most_confident_mistakes(predictions, table.classes, limit)),
        unsure=tuple(least_confident(predictions, table.classes, limit)),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    """The mean; a class that was never predicted has no precision, which counts as 0."""
    return sum(value or 0.0 for value in values) / len(values) if values else None
