"""What training makes of the losses for classes: smoothed labels, and classes that weigh more the rarer they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from designer.errors import TrainError
from designer.train.batches import TrainingData
from designer.train.objective import Head, Objective, labels_of
from designer.train.parts import LOSSES
from designer.train.spec import TrainSpec

if TYPE_CHECKING:
    from designer.codegen.program import OutputInfo

__all__ = ["balanced", "training_objective"]


def training_objective(
    plain: Objective, outputs: Sequence[OutputInfo], data: TrainingData, spec: TrainSpec, device: torch.device
) -> Objective:
    """What training makes small: ``plain`` itself where nothing else is asked for. Raises TrainError."""
    if not spec.label_smoothing and spec.class_weights == "none":
        return plain
    losses = {output.name: output.loss for output in outputs}
    touched: list[str] = []

    def soften(head: Head) -> Head:
        loss = LOSSES[losses[head.name]]
        if loss.target != "classes":
            return head
        options: dict[str, Any] = {}
        if spec.label_smoothing:
            options["label_smoothing"] = spec.label_smoothing
        if spec.class_weights == "balanced":
            options["weight"] = balanced(data, head.classes or len(data.classes)).to(device)
        touched.append(head.name)
        return replace(head, loss=loss.build(**options))

    objective = Objective(outputs, spec.output_weights, soften, counts_labels=plain.counts)
    if not touched:
        raise TrainError(
            "Label smoothing and class weights need an output that chooses one of several classes, and no trained "
            "output does. Set them to 0 and none."
        )
    return objective


def balanced(data: TrainingData, classes: int) -> torch.Tensor:
    """For each class, how much a training sample of it counts, so that all classes count the same together.

    The mean over all samples is 1. A class without samples has no say.
    """
    counts = torch.zeros(classes, dtype=torch.int64)
    for labels in labels_of(data.train):
        counts += torch.bincount(labels.reshape(-1), minlength=classes)
    there = counts > 0
    weights = counts.sum() / (there.sum() * counts.clamp(min=1).to(torch.float64))
    return torch.where(there, weights, 0.0).to(torch.float32)
