"""Settings of what a run measures and what decides in it: fields of a `TrainSpec`. No torch."""

from __future__ import annotations

from designer.train import metrics
from designer.train.declare import setting
from designer.train.metrics import LIBRARY, WATCHED

__all__ = ["BEST_BY", "EARLY_STOP", "METRICS", "PLATEAU_ON"]

_METRICS = {name: metric.title for name, metric in metrics.METRICS.items()}
_WATCHED = {name: watched.title for name, watched in WATCHED.items()}

PLATEAU_ON = setting(
    "loss",
    "Plateau of",
    "What must get better, or the learning rate drops. Used by the plateau schedule.",
    group="Schedule",
    choices=_WATCHED,
    also=LIBRARY,
    free=True,
)

METRICS = setting(
    (),
    "Metrics",
    "What to measure beside the loss and, for classes, the accuracy: in each iteration, over each epoch, and on "
    "the validation samples. Figures that decide below are measured in any case. Any metric of torchmetrics that "
    "gives one number can be named too: torchmetrics:HammingDistance.",
    group="Validation",
    choices=_METRICS,
    also=LIBRARY,
    free=True,  # nearly: a few sums of a batch's answers
    max_length=32,
)

BEST_BY = setting(
    "auto",
    "Best weights by",
    "Which figure of a validation decides what the best weights are. Auto: accuracy, then loss.",
    group="Validation",
    choices={"auto": "Accuracy, then loss", **_WATCHED},
    also=LIBRARY,
    free=True,
)

EARLY_STOP = setting(
    "off",
    "Stop early",
    "End the run when this figure of the validations gets no better.",
    group="Validation",
    choices={"off": "Never", **_WATCHED},
    also=LIBRARY,
    free=True,
)
