"""What a run makes small and what it counts: the outputs of a network against the targets of the data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch

from designer.errors import DataError, TrainError
from designer.train.batches import Split, TrainingData
from designer.train.metrics import Target
from designer.train.parts import LOSSES
from designer.train.tallies import right_classes, right_labels

if TYPE_CHECKING:
    from designer.codegen.program import OutputInfo

__all__ = ["Head", "Measure", "Objective", "Softened", "Told", "labels_of"]

Softened = Callable[["Head"], "Head"]
PairFunction = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
Measure = Callable[[torch.Tensor, torch.Tensor], Mapping[str, torch.Tensor]]

_SCAN = 512  # samples read at a time when labels have to be looked up


@dataclass(frozen=True)
class Head:
    """One output that is trained."""

    index: int
    name: str
    target: Target
    classes: int | None
    weight: float
    loss: PairFunction


class Told(NamedTuple):
    """What is told of a batch beside its loss, on the device: how many answers are right, and figures by name."""

    hits: torch.Tensor | None
    figures: Mapping[str, torch.Tensor]


_NOTHING: Mapping[str, torch.Tensor] = {}


class Objective:
    """Loss and accuracy of a batch.

    Every trained output is compared with the same target, as auxiliary heads are. The losses are summed with the
    weights of the outputs, or with those that the run gives instead (``TrainSpec.output_weights``); the accuracy and
    what else is measured are those of the output that counts most, of several alike the first. Raises TrainError.
    """

    def __init__(
        self,
        outputs: Sequence[OutputInfo],
        weights: Mapping[str, float],
        softened: Softened | None = None,
        counts_labels: bool = False,
    ) -> None:
        """``softened`` makes losses of class outputs other losses, for training only.

        ``counts_labels``: whether an output that says yes or no to each label has an accuracy, too.
        """
        self._several = len(outputs) > 1
        self._heads = _heads(outputs, weights)
        if softened is not None:
            self._heads = [softened(head) for head in self._heads]
        self.main = max(self._heads, key=lambda head: head.weight)
        self.classes = self.main.classes if self.main.target == "classes" else None
        self.names = tuple(head.name for head in self._heads)
        self._counts: dict[Target, PairFunction] = {"classes": right_classes}
        if counts_labels:
            self._counts["labels"] = right_labels
        self.counts = self.main.target in self._counts  # whether there is an accuracy

    def __call__(
        self,
        result: torch.Tensor | Sequence[torch.Tensor],
        target: torch.Tensor,
        measure: Measure | None = None,
    ) -> tuple[torch.Tensor, Told]:
        """The loss, and what is told beside it (None right where that is not asked); scalar tensors on the device.

        ``measure`` is shown what the main output says, and the target, and gives the figures.
        Raises DataError when the target does not fit the output.
        """
        loss: torch.Tensor | None = None
        told = Told(None, _NOTHING)
        for head in self._heads:
            logits, fitted, part = self._compare(head, result, target)
            if head.weight != 1.0:
                part = part * head.weight
            loss = part if loss is None else loss + part
            if head is self.main:
                seen = logits.detach()
                hits = self._counts[head.target](seen, fitted) if self.counts else None
                told = Told(hits, measure(seen, fitted) if measure is not None else _NOTHING)
        assert loss is not None
        return loss, told

    def parts(
        self, result: torch.Tensor | Sequence[torch.Tensor], target: torch.Tensor
    ) -> list[tuple[torch.Tensor, torch.Tensor | None]]:
        """For each of ``names`` the loss by itself, and how many answers are right (None where that is not asked)."""
        found = []
        for head in self._heads:
            logits, fitted, part = self._compare(head, result, target)
            count = self._counts.get(head.target)
            found.append((part, count(logits, fitted) if count is not None else None))
        return found

    def _compare(
        self, head: Head, result: torch.Tensor | Sequence[torch.Tensor], target: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """What an output says, the target as its loss takes it, and that loss."""
        logits = result[head.index] if self._several else result
        assert isinstance(logits, torch.Tensor)
        fitted = _fit(head, logits, target)
        return logits, fitted, head.loss(logits, fitted)

    def stand_in(self, result: torch.Tensor | Sequence[torch.Tensor]) -> torch.Tensor:
        """A target such as data would give for these answers, where there are no data: class 0, or zeros."""
        logits = result[self.main.index] if self._several else result
        assert isinstance(logits, torch.Tensor)
        if self.main.target == "classes":
            return torch.zeros((logits.shape[0], *logits.shape[2:]), dtype=torch.int64, device=logits.device)
        return torch.zeros_like(logits)

    def check(self, data: TrainingData) -> None:
        """Look at all targets before the first iteration, so that none is found wrong in mid-run. Raises DataError."""
        if len(data.train) == 0:
            raise DataError("The data has no training samples. Choose a data set with at least one batch of them.")
        for head in self._heads:
            if head.target == "classes":
                for name, split in (("training", data.train), ("validation", data.validation)):
                    if len(split):
                        _check_labels(head, split, name, data.classes)


def _heads(outputs: Sequence[OutputInfo], weights: Mapping[str, float]) -> list[Head]:
    if not outputs:
        raise TrainError("The network has no output to train. End it with a Classification or Regression output.")
    unknown = sorted(set(weights) - {output.name for output in outputs})
    if unknown:
        names = ", ".join(output.name for output in outputs)
        raise TrainError(f"There is no output “{unknown[0]}” to give a weight. The network has: {names}.")
    trainable = [(index, output) for index, output in enumerate(outputs) if output.loss]
    counts = weights or {output.name: output.weight for output in outputs}
    trainable = [(index, output) for index, output in trainable if counts.get(output.name, 0.0) > 0.0]
    if not trainable:
        raise TrainError(
            "No output of the network has a loss to train with. End the network with a Classification or "
            "Regression output, and give it a weight above 0 where weights are set."
        )
    return [_head(index, output, counts[output.name]) for index, output in trainable]


def _head(index: int, output: OutputInfo, weight: float) -> Head:
    if output.loss not in LOSSES:
        raise TrainError(
            f"The output “{output.name}” asks for the loss “{output.loss}”. Use one of {', '.join(LOSSES)}."
        )
    loss = LOSSES[output.loss]
    return Head(index, output.name, loss.target, output.classes, weight, loss.build())


def _fit(head: Head, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """The target in the shape and type that the loss takes. Without it, a loss would broadcast in silence."""
    if head.target == "classes":
        expected = (logits.shape[0], *logits.shape[2:])
        if target.is_floating_point() and target.shape == logits.shape:
            return target.to(logits.dtype)  # shares of the classes, of pictures that are mixed
        if target.dtype != torch.int64 or target.shape != expected:
            raise DataError(
                f"The output “{head.name}” needs class numbers of shape {tuple(expected)}, but the data gives "
                f"{_describe(target)}. Use a Regression output, or data with classes."
            )
        return target
    if target.shape != logits.shape:
        if target.shape[0] != logits.shape[0] or target.numel() != logits.numel():
            raise DataError(
                f"The output “{head.name}” gives values of shape {tuple(logits.shape)}, but the data's targets are "
                f"{_describe(target)}. Make the last layer as wide as the target."
            )
        target = target.reshape(logits.shape)
    return target.to(logits.dtype)


def _describe(target: torch.Tensor) -> str:
    return f"{str(target.dtype).removeprefix('torch.')} of shape {tuple(target.shape)}"


def _check_labels(head: Head, split: Split, name: str, classes: Sequence[str]) -> None:
    for labels in labels_of(split):
        if labels.dtype != torch.int64:
            raise DataError(
                f"The output “{head.name}” chooses one of several classes, but the {name} targets are "
                f"{_describe(labels)}. Use a Regression output, or data with classes."
            )
        low, high = int(labels.min()), int(labels.max())
        if low < 0:
            raise DataError(
                f"The {name} data has the class number {low}. Class numbers count from 0; correct the data."
            )
        if head.classes is not None and high >= head.classes:
            title = f" (“{classes[high]}”)" if high < len(classes) else ""
            raise DataError(
                f"The {name} data has the class number {high}{title}, but the output “{head.name}” has "
                f"{head.classes} classes, 0 to {head.classes - 1}. Set its number of classes to "
                f"{max(high + 1, len(classes))}."
            )


def labels_of(split: Split) -> Iterator[torch.Tensor]:
    """All targets: at once where the split holds them as ``labels``, else batch by batch."""
    held = getattr(split, "labels", None)
    if held is not None:
        yield torch.as_tensor(held)
        return
    cpu = torch.device("cpu")
    for start in range(0, len(split), _SCAN):
        yield split.batch(slice(start, min(start + _SCAN, len(split))), cpu)[1]
