"""Optimisers, schedules, losses and metrics: one declaration each. torch is imported only when one is built."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    import torch

    from designer.train.spec import TrainSpec

    Parameters = Iterable[torch.nn.Parameter] | Iterable[dict[str, Any]]  # or groups of them
    PairFunction = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

__all__ = ["LOSSES", "METRICS", "OPTIMIZERS", "SCHEDULES", "Loss", "Metric", "Optimizer", "Schedule"]


@dataclass(frozen=True)
class Optimizer:
    """How weights follow their gradients. ``params`` are the fields of TrainSpec that it reads.

    ``state`` says what it remembers: numbers for each weight, and numbers for each tensor of weights.
    """

    name: str
    title: str
    help: str
    params: tuple[str, ...]
    build: Callable[[Parameters, TrainSpec], torch.optim.Optimizer]
    state: Callable[[TrainSpec], tuple[int, int]]


@dataclass(frozen=True)
class Schedule:
    """How the learning rate changes.

    ``factor(spec, iteration, total, per_epoch)`` is what the learning rate is multiplied by in
    ``iteration`` (counted from 0). It depends on nothing else, so a run that goes on needs no state
    for it and a dialog can draw it without torch.
    """

    name: str
    title: str
    help: str
    params: tuple[str, ...]
    factor: Callable[[TrainSpec, int, int, int], float]


@dataclass(frozen=True)
class Loss:
    """What training makes small. ``build()`` gives f(logits, target) -> mean over the batch, a scalar tensor.

    ``target`` "classes": int64 class numbers [N, ...] for logits [N, C, ...]; "values": floats of the logits' shape;
    "labels": 0 or 1 for each label, in the logits' shape.
    """

    name: str
    title: str
    help: str
    target: Literal["classes", "values", "labels"]
    build: Callable[[], PairFunction]


@dataclass(frozen=True)
class Metric:
    """What people read beside the loss. ``build()`` gives f(logits, target) -> sum over the batch, a scalar tensor."""

    name: str
    title: str
    help: str
    target: Literal["classes", "values"]
    build: Callable[[], PairFunction]


Part = TypeVar("Part", Optimizer, Schedule, Loss, Metric)


def _by_name(*parts: Part) -> dict[str, Part]:
    return {part.name: part for part in parts}


# ---------------------------------------------------------------- optimisers


def _sgd(parameters: Parameters, spec: TrainSpec) -> torch.optim.Optimizer:
    import torch

    return torch.optim.SGD(parameters, lr=spec.learning_rate, momentum=spec.momentum, weight_decay=spec.weight_decay)


def _adam(parameters: Parameters, spec: TrainSpec) -> torch.optim.Optimizer:
    import torch

    return torch.optim.Adam(parameters, lr=spec.learning_rate, weight_decay=spec.weight_decay)


def _adamw(parameters: Parameters, spec: TrainSpec) -> torch.optim.Optimizer:
    import torch

    return torch.optim.AdamW(parameters, lr=spec.learning_rate, weight_decay=spec.weight_decay)


OPTIMIZERS = _by_name(
    Optimizer(
        "sgd",
        "SGD with momentum",
        "Gradient descent with momentum. Often the best final accuracy; wants a larger learning rate (0.01 to 0.1).",
        ("learning_rate", "momentum", "weight_decay"),
        _sgd,
        lambda spec: (1 if spec.momentum else 0, 0),
    ),
    Optimizer(
        "adam",
        "Adam",
        "Adapts the step of every weight. Learns fast with little tuning; weight decay acts through the gradient.",
        ("learning_rate", "weight_decay"),
        _adam,
        lambda spec: (2, 1),  # both moments; the number of steps
    ),
    Optimizer(
        "adamw",
        "AdamW",
        "Adam with weight decay kept apart from the gradient. A good first choice.",
        ("learning_rate", "weight_decay"),
        _adamw,
        lambda spec: (2, 1),  # both moments; the number of steps
    ),
)

# ----------------------------------------------------------------- schedules


def _constant(spec: TrainSpec, iteration: int, total: int, per_epoch: int) -> float:
    return 1.0


def _step(spec: TrainSpec, iteration: int, total: int, per_epoch: int) -> float:
    return spec.gamma ** (iteration // per_epoch // spec.step_size)


def _glide(start: float, end: float, share: float) -> float:
    """From ``start`` to ``end`` along half a cosine."""
    return end + (start - end) * 0.5 * (1.0 + math.cos(math.pi * min(max(share, 0.0), 1.0)))


def _cosine(spec: TrainSpec, iteration: int, total: int, per_epoch: int) -> float:
    return _glide(1.0, 0.0, iteration / total)


# The learning rate starts at 1/25 of the chosen one and ends at 1/250,000, as in torch's OneCycleLR.
_FIRST, _LAST = 1 / 25, 1 / 250_000


def _one_cycle(spec: TrainSpec, iteration: int, total: int, per_epoch: int) -> float:
    top, end = spec.warm_up * total - 1, total - 1
    if iteration < top:
        return _glide(_FIRST, 1.0, iteration / top)
    top = max(top, 0.0)
    return _glide(1.0, _LAST, (iteration - top) / (end - top)) if end > top else 1.0


SCHEDULES = _by_name(
    Schedule("constant", "Constant", "The same learning rate from start to end.", (), _constant),
    Schedule(
        "step",
        "Step",
        "Multiplies the learning rate by a factor every few epochs.",
        ("step_size", "gamma"),
        _step,
    ),
    Schedule("cosine", "Cosine", "Falls smoothly from the learning rate to zero at the end of the run.", (), _cosine),
    Schedule(
        "one_cycle",
        "One cycle",
        "Warms up to the learning rate, then falls to nearly zero. Allows larger learning rates in short runs.",
        ("warm_up",),
        _one_cycle,
    ),
)

# -------------------------------------------------------------------- losses


def _functional(name: str, **options: Any) -> Callable[[], PairFunction]:
    """A build function for ``torch.nn.functional.<name>``."""

    def build() -> PairFunction:
        from functools import partial

        import torch.nn.functional

        function: PairFunction = getattr(torch.nn.functional, name)
        return partial(function, **options) if options else function

    return build


LOSSES = _by_name(
    Loss(
        "cross_entropy",
        "Cross-entropy",
        "For choosing one class. Takes logits.",
        "classes",
        _functional("cross_entropy"),
    ),
    Loss(
        "cross_entropy_smooth",
        "Cross-entropy, smoothed",
        "Cross-entropy with label smoothing 0.1: less sure of itself, often more accurate on noisy labels.",
        "classes",
        _functional("cross_entropy", label_smoothing=0.1),
    ),
    Loss(
        "bce",
        "Binary cross-entropy",
        "For yes or no, label by label. Takes logits.",
        "labels",
        _functional("binary_cross_entropy_with_logits"),
    ),
    Loss(
        "mse",
        "Mean squared error",
        "For numbers. Large errors weigh most.",
        "values",
        _functional("mse_loss"),
    ),
    Loss(
        "l1",
        "Mean absolute error",
        "For numbers. Every unit of error weighs the same.",
        "values",
        _functional("l1_loss"),
    ),
    Loss(
        "huber",
        "Huber",
        "Squared for small errors, absolute for large ones: outliers weigh less.",
        "values",
        _functional("huber_loss"),
    ),
)

# ------------------------------------------------------------------- metrics


def _accuracy() -> PairFunction:
    def count_correct(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return (logits.argmax(dim=1) == target).sum()

    return count_correct


METRICS = _by_name(
    Metric(
        "accuracy",
        "Accuracy",
        "The share of samples whose largest logit is at the right class.",
        "classes",
        _accuracy,
    ),
)
