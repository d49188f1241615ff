"""Metrics of torchmetrics for an output of a network. Loading that library takes seconds: only where it is needed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from inspect import signature
from typing import Any

import torch
import torchmetrics.classification
import torchmetrics.regression

from designer.errors import TrainError
from designer.train.metrics import Metric, Target
from designer.train.objective import Head

__all__ = ["Kept", "Place", "about"]

_DENSE = 200  # thresholds of a curve where every pixel is an answer, instead of keeping them all


@dataclass(frozen=True)
class Place:
    """What is measured: how many classes, labels or numbers an output tells, and whether of each pixel."""

    name: str
    target: Target
    wide: int
    dense: bool


def about(head: Head, labels: torch.Tensor, classes: int) -> Place:
    """The place of an output, by some targets of the data."""
    if head.target == "classes":
        return Place(head.name, head.target, head.classes or classes, labels.dim() > 1)
    wide = head.classes if head.target == "labels" and head.classes else labels[0].numel()
    return Place(head.name, head.target, wide, False)


class Kept:
    """One metric of the library. ``summable``: it remembers sums, and not every answer.

    Raises TrainError where there is none of that name for such an output, or it gives no single number.
    """

    def __init__(self, metric: Metric, place: Place, device: torch.device) -> None:
        self._place, self._device, self._begun = place, device, False
        cls = _find(metric, place)
        self._binary = cls.__name__.startswith("Binary")
        try:
            self._sum, self._one = (cls(**_options(cls, place), sync_on_compute=False) for _ in range(2))
            result = self._try()
        except (TypeError, ValueError, RuntimeError) as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
            raise TrainError(f"The metric “{metric.name}” cannot be used as it is: {reason}. {_OTHER}") from error
        if not isinstance(result, torch.Tensor) or result.numel() not in (1, place.wide if self._averages else 1):
            raise TrainError(f"The metric “{metric.name}” gives more than one number. {_OTHER}")
        self.more_is_better: bool | None = self._sum.higher_is_better
        self.summable = not any(isinstance(value, list) for value in self._sum.metric_state.values())
        self._sum.to(device).persistent(True)
        self._one.to(device)

    @property
    def _averages(self) -> bool:
        """Whether figures of several numbers that an output tells are put together as their mean."""
        return self._place.target == "values"

    def _try(self) -> Any:
        """What a fresh one gives for made-up answers."""
        wide = self._place.wide
        rows = max(wide, 2) + 2
        logits = torch.arange(rows * wide).reshape(rows, wide).sin()
        truth = logits.roll(1, 0)
        by_class, by_label = torch.arange(rows) % wide, (truth > 0).float()
        target = {"classes": by_class, "labels": by_label, "values": truth}[self._place.target]
        self.add(logits, target)
        with _calm():
            result = self._sum.compute()
        self.forget()
        return result

    def add(self, logits: torch.Tensor, target: torch.Tensor) -> None:
        """Take in a batch."""
        self._begun = True
        with _calm():
            self._sum.update(*self._fit(logits, target))

    def alone(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Of a batch by itself; not a number where such a batch has none."""
        self._one.reset()
        with _calm():
            self._one.update(*self._fit(logits, target))
        return self._computed(self._one)

    def value(self) -> torch.Tensor:
        """Of all that was taken in; not a number where that has none."""
        return self._computed(self._sum)

    def _computed(self, metric: Any) -> torch.Tensor:
        try:
            with _calm():
                value: torch.Tensor = metric.compute().mean()
        except ValueError:  # so the library says that there are too few samples, or too much alike
            value = torch.tensor(float("nan"), device=self._device)
        return value.float() if self._device.type == "mps" else value.double()

    def forget(self) -> None:
        """Begin anew."""
        self._sum.reset()
        self._begun = False

    def state(self) -> dict[str, torch.Tensor]:
        """What `restore` needs to go on adding up."""
        return dict(self._sum.state_dict()) if self._begun else {}

    def restore(self, state: Mapping[str, torch.Tensor]) -> bool:
        """Go on adding up; False where ``state`` is of something else."""
        own = self._sum.state_dict()
        if {name: value.shape for name, value in state.items()} != {name: value.shape for name, value in own.items()}:
            return False
        self._begun = True
        self._sum.load_state_dict({name: value.to(self._device) for name, value in state.items()})
        return True

    def _fit(self, logits: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Answers and truth as the library takes them: shares of 1, class numbers, or columns of numbers."""
        logits = logits.float()
        if self._place.target == "classes":
            target = target.argmax(dim=1) if target.is_floating_point() else target
            shares = logits.softmax(dim=1)
            return (shares[:, 1] if self._binary else shares), target
        if self._place.target == "labels":
            shares, truth = logits.sigmoid(), (target > 0.5).long()
            return (shares.flatten(), truth.flatten()) if self._binary else (shares, truth)
        if self._place.wide == 1:
            return logits.flatten(), target.float().flatten()
        return logits.flatten(1), target.float().flatten(1)


def _find(metric: Metric, place: Place) -> Any:
    """The class that measures such an output. Raises TrainError."""
    if place.target == "values":
        there, starts = torchmetrics.regression, [""]
    else:
        there = torchmetrics.classification
        starts = ["Multiclass" if place.target == "classes" else "Multilabel"]
        starts += ["Binary"] if place.wide == (2 if place.target == "classes" else 1) else []
    names = [name for name in there.__all__ if place.target == "values" or name.startswith(tuple(starts))]
    for start in ["", *starts]:
        if start + metric.library in names:
            return getattr(there, start + metric.library)
    plain = sorted({name.removeprefix(starts[0]) for name in names})
    near = get_close_matches(metric.library, [*plain, *names], n=3, cutoff=0.5) or plain[:3]
    raise TrainError(
        f"torchmetrics has no metric “{metric.library}” for what the output “{place.name}” gives. "
        f"It has for example: {', '.join(near)}."
    )


def _options(cls: type, place: Place) -> dict[str, Any]:
    """What the class is told about the output, of what it asks for."""
    asked = signature(cls).parameters
    wide = {"num_classes": place.wide, "num_labels": place.wide, "num_outputs": place.wide}
    found: dict[str, Any] = {name: value for name, value in wide.items() if name in asked and value > 1}
    if place.target == "labels" and "num_labels" in asked:
        found["num_labels"] = place.wide
    found |= {"validate_args": False} if "validate_args" in asked else {}  # its checks wait for the device
    return found | ({"thresholds": _DENSE} if "thresholds" in asked and place.dense else {})


@contextmanager
def _calm() -> Iterator[None]:
    """Without its warnings: a figure that is not defined is not told, and that is all."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


_OTHER = "Choose another metric."
