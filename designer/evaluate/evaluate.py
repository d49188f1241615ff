"""A trained network measured on a split, in one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from designer.data.source import Kind
from designer.errors import DataError
from designer.evaluate.confusion import Confusion, confusion
from designer.evaluate.labels import all_right, label_names, label_reports, wrongly_labelled
from designer.evaluate.mistakes import Sample, least_confident, most_confident_mistakes
from designer.evaluate.predict import Blame, LossFunction, Predictions, Progress, Samples, predict
from designer.evaluate.report import ClassReport, RegressionReport, class_reports, regression_report
from designer.evaluate.two_classes import TwoClassReport, two_class_report

__all__ = ["Evaluation", "evaluate", "summarise"]


@dataclass(frozen=True)
class Evaluation:
    """What was measured. ``kind`` says of what: "classes", "labels" or "values"; what others have is None or empty.

    ``accuracy``, ``classes`` and the macro figures (means over those that are there) are of classes, and of labels each
    by itself; ``all_right`` is the share of samples with all their labels right. ``confusion`` and ``unsure`` are for
    classes, ``two`` where there are just two of them (or one label), ``regression`` is for values.
    """

    samples: int
    loss: float | None
    kind: Kind = "classes"
    accuracy: float | None = None
    macro_precision: float | None = None
    macro_recall: float | None = None
    macro_f1: float | None = None
    classes: tuple[ClassReport, ...] = ()
    confusion: Confusion | None = None
    mistakes: tuple[Sample, ...] = ()
    unsure: tuple[Sample, ...] = ()
    regression: RegressionReport | None = None
    all_right: float | None = None
    two: TwoClassReport | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "kind": self.kind,
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
            "all_right": self.all_right,
            "two": self.two.to_dict() if self.two is not None else None,
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
    kind: Kind | None = None,
) -> Evaluation:
    """Run ``module`` over ``samples`` and measure it; ``limit`` bounds the lists of samples.

    Without ``kind``: classification when the targets are integers, unless ``regression`` takes them as numbers;
    regression when they are floats. Raises what ``predict`` raises, and DataError when the targets do not fit the
    classes.
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
    return summarise(predictions, classes, limit, kind)


def summarise(
    predictions: Predictions, classes: Sequence[str] = (), limit: int = 25, kind: Kind | None = None
) -> Evaluation:
    """The measures of predictions that were made before. Raises DataError when they do not fit the classes.

    Without ``kind``, floats are values and integers classes.
    """
    kind = kind or ("values" if predictions.targets.dtype.kind == "f" else "classes")
    if kind == "values":
        report = regression_report(predictions.outputs, predictions.targets.astype(np.float32))
        return Evaluation(len(predictions), predictions.loss, kind, regression=report)
    return _of_labels(predictions, classes, limit) if kind == "labels" else _of_classes(predictions, classes, limit)


def _of_classes(predictions: Predictions, classes: Sequence[str], limit: int) -> Evaluation:
    if predictions.outputs.ndim != 2 or predictions.targets.ndim != 1:
        raise DataError(
            f"Expected one row of logits per sample, got outputs of shape {predictions.outputs.shape} for targets of "
            f"shape {predictions.targets.shape}. End the network with a Classification output."
        )
    targets, told, width = predictions.targets.astype(np.int64), predictions.classes(), predictions.outputs.shape[1]
    table = confusion(targets, told, classes, width)
    two = None
    if width == len(table.classes) == 2:
        scores = predictions.outputs[:, 1] - predictions.outputs[:, 0]
        two = two_class_report(scores, told == 1, targets == 1, table.classes[1])
    return Evaluation(
        samples=len(predictions),
        loss=predictions.loss,
        **_macro(class_reports(table)),
        accuracy=int(np.trace(table.matrix)) / len(predictions),
        confusion=table,
        mistakes=tuple(most_confident_mistakes(predictions, table.classes, limit)),
        unsure=tuple(least_confident(predictions, table.classes, limit)),
        two=two,
    )


def _of_labels(predictions: Predictions, labels: Sequence[str], limit: int) -> Evaluation:
    outputs, truth = predictions.outputs, predictions.targets > 0.5
    if outputs.ndim != 2 or truth.shape != outputs.shape:
        raise DataError(
            f"Expected one logit a label, got outputs of shape {outputs.shape} for targets of shape {truth.shape}. "
            "End the network with a Multi-label output as wide as the data have labels."
        )
    names = label_names(labels, outputs.shape[1])
    one = two_class_report(outputs[:, 0], outputs[:, 0] > 0, truth[:, 0], names[0]) if len(names) == 1 else None
    return Evaluation(
        samples=len(predictions),
        loss=predictions.loss,
        kind="labels",
        **_macro(label_reports(predictions, names)),
        accuracy=float(((outputs > 0) == truth).mean()),
        mistakes=tuple(wrongly_labelled(predictions, names, limit)),
        all_right=all_right(predictions),
        two=one,
    )


def _macro(reports: Sequence[ClassReport]) -> dict[str, Any]:
    """The reports, and the means over what is there."""
    there = [one for one in reports if one.support]
    return {
        "classes": tuple(reports),
        "macro_precision": _mean([one.precision for one in there]),
        "macro_recall": _mean([one.recall for one in there]),
        "macro_f1": _mean([one.f1 for one in there]),
    }


def _mean(values: Sequence[float | None]) -> float | None:
    """The mean; a class that was never predicted has no precision, which counts as 0."""
    return sum(value or 0.0 for value in values) / len(values) if values else None
