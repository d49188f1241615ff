"""Metrics: what people read beside the loss, and what runs are steered by. One declaration each; no torch at import."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from designer.train import tallies

if TYPE_CHECKING:
    import torch

__all__ = ["LIBRARY", "METRICS", "WATCHED", "Metric", "Tally", "Target", "Watched", "metric_named", "watched_of"]

Target = Literal["classes", "labels", "values"]

LIBRARY = "torchmetrics:"  # before the name of a class of that library


@dataclass(frozen=True)
class Tally:
    """How a batch is counted: f(logits, target) -> what can be added up. Metrics share it; its name is for a file."""

    name: str
    count: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Metric:
    """One figure. ``tallies`` says for each kind of target that it can measure how a batch is counted.

    Counts of batches are added up on the device, and ``value`` is computed from their sum: of a batch, of an epoch, of
    the validation samples. Where there is no formula of our own, ``library`` names the class of torchmetrics that keeps
    what it needs, without "Multiclass" or "Multilabel" (library.py). Where that has to keep every answer, as for AUROC,
    it is measured on the validation samples only.

    ``two`` is for what only makes sense with two classes (or one label), and ``beyond`` for what needs more classes
    than that. A ``percent`` is a share of 1 and written as such. A ``proper`` name keeps its capital.
    """

    name: str
    title: str
    help: str
    targets: tuple[Target, ...]
    tallies: Mapping[Target, Tally] = field(default_factory=dict)
    value: Callable[[torch.Tensor], torch.Tensor] | None = None
    library: str = ""
    more_is_better: bool = True
    percent: bool = True
    two: bool = False
    beyond: int = 1
    proper: bool = False

    @property
    def in_words(self) -> str:
        """Its title in the middle of a sentence."""
        return self.title if self.proper or self.title[:2].isupper() else self.title[0].lower() + self.title[1:]

    def text(self, value: float) -> str:
        """A value as people read it: 98.61 %, or 0.0512."""
        return f"{100 * value:.2f} %" if self.percent else f"{value:.4g}"

    def misfit(self, target: str, classes: int | None) -> str:
        """Why it cannot be measured at an output with this kind of target, as the end of a sentence; or nothing."""
        if target not in self.targets:
            return {
                "classes": "the output chooses one of several classes",
                "labels": "the output says yes or no to each label",
                "values": "the output gives numbers",
            }[target]
        if self.two and classes is not None and classes != (2 if target == "classes" else 1):
            return f"the output has {classes} {target}, and it is for two classes"
        if target == "classes" and classes is not None and classes <= self.beyond:
            return f"the output has {classes} classes only"
        return ""


@dataclass(frozen=True)
class Watched:
    """A figure of a validation that decides: which weights are best, when to stop, when to lower the rate.

    ``figure`` is its name in the event ``validated``, or in the ``figures`` of it; ``sign`` is 1 where more is better,
    -1 where less is.
    """

    name: str
    title: str
    figure: str
    sign: int

    @property
    def in_words(self) -> str:
        """Its title in the middle of a sentence."""
        return self.title[0].lower() + self.title[1:]


_BOTH: tuple[Target, ...] = ("classes", "labels")
_CLASSES, _VALUES = Tally("classes", tallies.of_classes), Tally("values", tallies.of_values)
_EITHER: Mapping[Target, Tally] = {"classes": _CLASSES, "labels": Tally("labels", tallies.of_labels)}


def _told(name: str, title: str, about: str, value: Callable[[torch.Tensor], torch.Tensor], **more: Any) -> Metric:
    return Metric(name, title, about, _BOTH, _EITHER, value, **more)


def _class(name: str, title: str, about: str, value: Callable[[torch.Tensor], torch.Tensor], **more: Any) -> Metric:
    return Metric(name, title, about, ("classes",), {"classes": _CLASSES}, value, **more)


def _top(k: int) -> Metric:
    return Metric(
        f"top{k}",
        f"Top-{k} accuracy",
        f"The share of samples whose right class is among the {k} largest logits.",
        ("classes",),
        {"classes": Tally(f"top{k}", partial(tallies.of_top, k=k))},
        tallies.share,
        beyond=k,
    )


def _number(name: str, title: str, about: str, value: Callable[[torch.Tensor], torch.Tensor], more: bool) -> Metric:
    return Metric(name, title, about, ("values",), {"values": _VALUES}, value, more_is_better=more, percent=False)


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(  # of a training it is counted with the loss, see objective.py
            "accuracy",
            "Accuracy",
            "The share of right answers: the largest logit is at the right class, or a label is rightly told.",
            _BOTH,
            {
                "classes": Tally("right classes", partial(tallies.of_right, count=tallies.right_classes)),
                "labels": Tally("right labels", partial(tallies.of_right, count=tallies.right_labels)),
            },
            tallies.share,
        ),
        _top(3),
        _top(5),
        _told("f1", "F1", "The harmonic mean of precision and recall, the mean over classes or labels.", tallies.f1),
        _told(
            "precision",
            "Precision",
            "Of the samples told to be of a class, how many are; the mean over classes or labels.",
            tallies.precision,
        ),
        _told(
            "recall",
            "Recall",
            "Of the samples of a class, how many are told to be; the mean over classes or labels.",
            tallies.recall,
        ),
        _class(
            "balanced_accuracy",
            "Balanced accuracy",
            "The accuracy if all classes were as frequent: the mean recall of the classes that are there.",
            tallies.balanced_accuracy,
        ),
        _told(
            "iou",
            "Mean IoU",
            "What is told and there over what is told or there; the mean over classes or labels. For masks.",
            tallies.iou,
        ),
        _class(
            "kappa",
            "Cohen’s kappa",
            "How far the answers agree with the truth beyond chance: 1 always, 0 as by chance.",
            tallies.kappa,
            percent=False,
            proper=True,
        ),
        _class(
            "matthews",
            "Matthews correlation",
            "The correlation of answers and truth, honest with rare classes: 1 always right, 0 as by chance.",
            tallies.matthews,
            percent=False,
            proper=True,
        ),
        _told(
            "sensitivity",
            "Sensitivity",
            "Of two classes: the share of the second, the positive one, that is found.",
            tallies.sensitivity,
            two=True,
        ),
        _told(
            "specificity",
            "Specificity",
            "Of two classes: the share of the first, the negative one, that is told to be it.",
            tallies.specificity,
            two=True,
        ),
        Metric(
            "auroc",
            "AUROC",
            "How surely a sample of a class gets a higher score than one of another: 1 always, 0.5 as by chance. "
            "Measured on the validation samples only.",
            _BOTH,
            library="AUROC",
            percent=False,
        ),
        Metric(
            "average_precision",
            "Average precision",
            "The area below precision over recall, the mean over classes or labels. Measured on the validation samples "
            "only.",
            _BOTH,
            library="AveragePrecision",
        ),
        _number("mae", "MAE", "The mean size of the errors.", tallies.mean_absolute, more=False),
        _number("mse", "MSE", "The mean squared error.", tallies.mean_squared, more=False),
        _number(
            "rmse",
            "RMSE",
            "The root of the mean squared error, in the unit of the targets.",
            tallies.root_mean_squared,
            more=False,
        ),
        _number(
            "r2",
            "R²",
            "The share of the targets’ variance that is explained: 1 all, 0 no better than their mean.",
            tallies.r2,
            more=True,
        ),
    )
}


def metric_named(name: str) -> Metric:
    """The metric of a name, of our own or of ``torchmetrics:ClassName``, whose direction only the library knows.

    Raises KeyError.
    """
    if not name.startswith(LIBRARY):
        return METRICS[name]
    cls = name.removeprefix(LIBRARY)
    if not cls.isidentifier():
        raise KeyError(name)
    title = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", cls)
    return Metric(
        name,
        f"{title} (torchmetrics)",
        f"{cls} of torchmetrics.",
        ("classes", "labels", "values"),
        library=cls,
        percent=False,
    )


def watched_of(metric: Metric) -> Watched:
    """A metric as a figure that decides."""
    return Watched(metric.name, f"Validation {metric.in_words}", metric.name, 1 if metric.more_is_better else -1)


WATCHED: dict[str, Watched] = {
    "loss": Watched("loss", "Validation loss", "loss", -1),
    **{name: watched_of(metric) for name, metric in METRICS.items()},
}
