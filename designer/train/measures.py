"""The metrics of one run: added up on the device, batch by batch, and computed when somebody reads."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from designer.errors import TrainError
from designer.train.batches import TrainingData
from designer.train.metrics import METRICS, WATCHED, Metric, metric_named, watched_of
from designer.train.objective import Head, Measure, Objective, labels_of
from designer.train.spec import TrainSpec

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from designer.codegen.program import OutputInfo
    from designer.train.library import Kept

    _Kept = dict[str, Kept]
    Numbers = npt.NDArray[np.generic]
    from designer.train.metrics import Target

__all__ = ["Gathering", "Measures", "counts_labels", "figures_of", "measures_of"]


def _deciding(spec: TrainSpec) -> set[str]:
    """The figures by which a run is steered, whether or not somebody chose to see them."""
    found = {spec.best_by, spec.early_stop} | ({spec.plateau_on} if spec.schedule == "plateau" else set())
    return found - {"auto", "off", "loss"}


def counts_labels(spec: TrainSpec) -> bool:
    """Whether the accuracy of an output with labels is asked for; that of classes is always told."""
    return "accuracy" in {*spec.metrics, *_deciding(spec)}


class Gathering:
    """What is added up over an epoch, or over the validation samples."""

    def __init__(self, target: Target, metrics: Sequence[Metric], kept: Mapping[str, Kept]) -> None:
        """``kept`` are the metrics that torchmetrics computes, by name; the others are told of tallies."""
        self._tallies = {metric.tallies[target].name: metric.tallies[target].count for metric in metrics}
        self._values = [(metric.name, metric.tallies[target].name, metric.value) for metric in metrics if metric.value]
        self._kept = kept
        self._sums: dict[str, torch.Tensor] = {}

    def add(self, logits: torch.Tensor, target: torch.Tensor) -> Mapping[str, torch.Tensor]:
        """Take in a batch; the figures of that batch alone, on the device."""
        counted = self._count(logits, target)
        told = {name: value(counted[tally]) for name, tally, value in self._values}
        return told | {name: one.alone(logits, target) for name, one in self._kept.items()}

    def add_silently(self, logits: torch.Tensor, target: torch.Tensor) -> Mapping[str, torch.Tensor]:
        """Take in a batch, and tell nothing of it."""
        self._count(logits, target)
        return {}

    def _count(self, logits: torch.Tensor, target: torch.Tensor) -> Mapping[str, torch.Tensor]:
        counted = {name: count(logits, target) for name, count in self._tallies.items()}
        for name, some in counted.items():
            self._sums[name] = self._sums[name] + some if name in self._sums else some
        for one in self._kept.values():
            one.add(logits, target)
        return counted

    def figures(self) -> dict[str, float]:
        """The figures of all that was taken in, but for those that it does not define. Waits for the device."""
        values = {name: value(self._sums[tally]) for name, tally, value in self._values if tally in self._sums}
        values |= {name: one.value() for name, one in self._kept.items()}
        numbers = torch.stack(list(values.values())).tolist() if values else []
        return {name: number for name, number in zip(values, numbers, strict=True) if math.isfinite(number)}

    def forget(self) -> None:
        """Begin anew."""
        self._sums.clear()
        for one in self._kept.values():
            one.forget()

    def state(self) -> dict[str, torch.Tensor]:
        """What `restore` needs to go on adding up."""
        kept = {f"{name}/{key}": value for name, one in self._kept.items() for key, value in one.state().items()}
        return self._sums | kept

    def restore(self, state: Mapping[str, torch.Tensor], device: torch.device, wide: int | None) -> bool:
        """Go on adding up where a run was; False, and nothing, where it did not add up all that this one does.

        ``wide``: how many classes or labels there are, where that is known; the network may have been changed.
        """
        there = [name for name in self._tallies if name in state]
        fits = [name for name in there if state[name].dim() == 1 or wide in (None, state[name].shape[1])]
        self._sums = {name: state[name].to(device) for name in fits}
        found = len(self._sums) == len(self._tallies)
        for name, one in self._kept.items():
            own = {key.removeprefix(f"{name}/"): value for key, value in state.items() if key.startswith(f"{name}/")}
            found = one.restore(own) and found
        if not found:
            self.forget()
        return found


class Measures:
    """What a run measures beside loss and accuracy: ``each`` batch that is trained, and the ``validation`` samples.

    Both are None where there is nothing to measure. ``watched`` are the figures that validations of this run have.
    Raises TrainError for what cannot be measured.
    """

    def __init__(self, spec: TrainSpec, head: Head, accuracy: bool, data: TrainingData, device: torch.device) -> None:
        """``accuracy``: whether that is told anyway, being counted with the loss."""
        self._device, self._whole, self._wide = device, True, head.classes
        told = {"loss", "accuracy"} if accuracy else {"loss"}
        self.watched = {name: watched for name, watched in WATCHED.items() if name in told}
        metrics = [
            metric
            for metric in _chosen(spec, head, head.classes or len(data.classes) or None)
            if not (accuracy and metric.name == "accuracy")
        ]
        summed = [metric for metric in metrics if not metric.library]
        self.watched |= {metric.name: watched_of(metric) for metric in summed}
        validated, trained = self._kept([metric for metric in metrics if metric.library], head, data)
        self._training = Gathering(head.target, summed, trained)
        self.each: Measure | None = self._training.add if summed or trained else None
        self.validation = Gathering(head.target, summed, validated) if metrics else None

    def _kept(self, metrics: Sequence[Metric], head: Head, data: TrainingData) -> tuple[_Kept, _Kept]:
        """What torchmetrics computes: for validations, and what of it can be added up for training, too."""
        validated: _Kept = {}
        trained: _Kept = {}
        if metrics:
            from designer.train.library import Kept, about  # takes seconds to load

            place = about(head, next(labels_of(data.train)), len(data.classes))
            for metric in metrics:
                one = validated[metric.name] = Kept(metric, place, self._device)
                if one.summable:
                    trained[metric.name] = Kept(metric, place, self._device)
                if one.more_is_better is not None:
                    self.watched[metric.name] = watched_of(replace(metric, more_is_better=one.more_is_better))
        return validated, trained

    def epoch(self) -> dict[str, float]:
        """The figures of the epoch that ends, over all its samples as they were trained; another one begins."""
        found = self._training.figures() if self._whole else {}
        self._training.forget()
        self._whole = True
        return found

    def state(self) -> dict[str, torch.Tensor]:
        """What `restore` needs to go on in mid-epoch."""
        return self._training.state()

    def restore(self, state: Mapping[str, torch.Tensor], begun: bool) -> None:
        """Go on in an epoch, ``begun`` or not; one whose beginning was not measured will have no figures."""
        self._whole = self._training.restore(state, self._device, self._wide) or not begun


def _chosen(spec: TrainSpec, head: Head, classes: int | None) -> list[Metric]:
    """The metrics to measure: those that a person chose, and those that decide and can be measured."""
    found = [metric_named(name) for name in spec.metrics]
    for metric in found:
        misfit = metric.misfit(head.target, classes)
        if misfit:
            suits = ", ".join(one.name for one in METRICS.values() if not one.misfit(head.target, classes))
            raise TrainError(f"The run measures the {metric.in_words}, but {misfit}. Choose some of: {suits}.")
    deciding = [metric_named(name) for name in sorted(_deciding(spec) - set(spec.metrics))]
    return found + [metric for metric in deciding if not metric.misfit(head.target, classes)]


def measures_of(metrics: tuple[str, ...], output: OutputInfo, data: TrainingData) -> Measures:
    """What is measured of one output of a network that is not trained. Raises TrainError."""
    main = Objective([output], {output.name: 1.0}).main
    return Measures(TrainSpec.read({"metrics": metrics}), main, False, data, torch.device("cpu"))


def figures_of(measures: Measures, answers: Numbers, targets: Numbers) -> dict[str, float]:
    """The figures of all answers of a network at once."""
    if measures.validation is None:
        return {}
    measures.validation.add_silently(torch.from_numpy(answers), torch.from_numpy(targets))
    return measures.validation.figures()
