"""Optimisers, schedules and losses: one declaration each. torch is imported only when one is built."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from designer.train.metrics import METRICS, WATCHED, Metric, Target, Watched

if TYPE_CHECKING:
    import torch

    from designer.train.spec import TrainSpec

    Parameters = Iterable[torch.nn.Parameter] | Iterable[dict[str, Any]]  # or groups of them
    PairFunction = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

__all__ = [
    "LOSSES",
    "METRICS",
    "OPTIMIZERS",
    "SCHEDULES",
    "WATCHED",
    "Loss",
    "Metric",
    "Optimizer",
    "Schedule",
    "Watched",
]


@dataclass(frozen=True)
class Optimizer:
    """How weights follow their gradients. ``params`` are the fields of TrainSpec that it reads.

    ``state(spec, shape)`` is what it remembers of a tensor of weights: numbers as large as a weight, and single
    32-bit numbers.
    """

    name: str
    title: str
    help: str
    params: tuple[str, ...]
    build: Callable[[Parameters, TrainSpec], torch.optim.Optimizer]
    state: Callable[[TrainSpec, Sequence[int]], tuple[int, int]]


@dataclass(frozen=True)
class Schedule:
    """How the learning rate changes.

    ``factor(spec, iteration, total, per_epoch)`` is what the learning rate is multiplied by in
    ``iteration`` (counted from 0). It depends on nothing else, so a run that goes on needs no state
    for it and a dialog can draw it without torch. One that ``reacts`` lowers the rate when validations say so
    (watch.py); that is part of a run's progress.
    """

    name: str
    title: str
    help: str
    params: tuple[str, ...]
    factor: Callable[[TrainSpec, int, int, int], float]
    reacts: bool = False


@dataclass(frozen=True)
class Loss:
    """What training makes small. ``build()`` gives f(logits, target) -> mean over the batch, a scalar tensor.

    ``target`` "classes": int64 class numbers [N, ...] for logits [N, C, ...], or a share for each class in the
    logits' shape; "values": floats of the logits' shape; "labels": 0 or 1 for each label, in the logits' shape.
    ``build`` of a loss for classes takes ``label_smoothing`` and ``weight``, as torch's own does.
    """

    name: str
    title: str
    help: str
    target: Target
    build: Callable[..., PairFunction]


Part = TypeVar("Part", Optimizer, Schedule, Loss)


def _by_name(*parts: Part) -> dict[str, Part]:
    return {part.name: part for part in parts}


# ---------------------------------------------------------------- optimisers


_FUSED = ("SGD", "Adam", "AdamW", "Adagrad")  # that torch can step in one pass over the memory


def _fuses(spec: TrainSpec, parameters: Parameters) -> bool:
    """Whether all weights move in one pass. Auto: on a GPU; on the CPU the last bits would be other ones."""
    if spec.fused == "off":
        return False
    weights = [w for group in parameters for w in (group["params"] if isinstance(group, dict) else [group])]
    kinds = {weight.device.type for weight in weights}
    able = kinds == {"cuda"} or (kinds <= {"cpu", "mps"} and spec.fused == "on")
    return able and all(weight.is_floating_point() for weight in weights)


def _torch(name: str, *fields: str, **fixed: Any) -> Callable[[Parameters, TrainSpec], torch.optim.Optimizer]:
    """A build function for ``torch.optim.<name>`` that is handed these fields of the spec."""

    def build(parameters: Parameters, spec: TrainSpec) -> torch.optim.Optimizer:
        import torch

        options = {field: getattr(spec, field) for field in fields}
        parameters = list(parameters)  # type: ignore[assignment]  # it is looked through twice
        if name in _FUSED and _fuses(spec, parameters):
            options["fused"] = True
        optimizer: torch.optim.Optimizer = getattr(torch.optim, name)(
            parameters, lr=spec.learning_rate, weight_decay=spec.weight_decay, **options, **fixed
        )
        return optimizer

    return build


def _sgd(parameters: Parameters, spec: TrainSpec) -> torch.optim.Optimizer:
    # torch refuses Nesterov without momentum; without momentum there is nothing to look ahead to.
    return _torch("SGD", "momentum", nesterov=spec.nesterov and spec.momentum > 0)(parameters, spec)


def _remembers(tensors: int, numbers: int = 1) -> Callable[[TrainSpec, Sequence[int]], tuple[int, int]]:
    """So many tensors of the weights' own size, and single numbers such as the count of steps."""
    return lambda spec, shape: (tensors * math.prod(shape), numbers)


def _row_and_column(spec: TrainSpec, shape: Sequence[int]) -> tuple[int, int]:
    count = math.prod(shape)
    return (count // shape[-1] + count // shape[-2] if len(shape) > 1 else count), 1


_DECAYED = ("learning_rate", "weight_decay", "spare_norms")

OPTIMIZERS = _by_name(
    Optimizer(
        "sgd",
        "SGD with momentum",
        "Gradient descent with momentum. Often the best final accuracy; wants a larger learning rate (0.01 to 0.1).",
        (*_DECAYED, "momentum", "nesterov"),
        _sgd,
        lambda spec, shape: (math.prod(shape) if spec.momentum else 0, 0),
    ),
    Optimizer(
        "adam",
        "Adam",
        "Adapts the step of every weight. Learns fast with little tuning; weight decay acts through the gradient.",
        _DECAYED,
        _torch("Adam"),
        _remembers(2),
    ),
    Optimizer(
        "adamw",
        "AdamW",
        "Adam with weight decay kept apart from the gradient. A good first choice.",
        _DECAYED,
        _torch("AdamW"),
        _remembers(2),
    ),
    Optimizer(
        "rmsprop",
        "RMSprop",
        "Divides every gradient by its recent size. Common for recurrent networks and mobile ones.",
        (*_DECAYED, "momentum"),
        _torch("RMSprop", "momentum"),
        lambda spec, shape: ((2 if spec.momentum else 1) * math.prod(shape), 1),
    ),
    Optimizer(
        "adagrad",
        "Adagrad",
        "Steps of a weight shrink with all that it has moved. For rare features; wants a larger learning rate (0.01).",
        _DECAYED,
        _torch("Adagrad"),
        _remembers(1),
    ),
    Optimizer(
        "nadam",
        "NAdam",
        "Adam with Nesterov's look ahead; often a little faster than Adam.",
        _DECAYED,
        _torch("NAdam"),
        _remembers(2, 2),
    ),
    Optimizer(
        "radam",
        "RAdam",
        "Adam that holds back until it knows the size of the gradients: needs no warm-up.",
        _DECAYED,
        _torch("RAdam"),
        _remembers(2),
    ),
    Optimizer(
        "adafactor",
        "Adafactor",
        "Scales the step of every layer by the size of its weights, as LAMB does, and remembers little: for large "
        "networks and large batches. Wants a larger learning rate (0.01).",
        _DECAYED,
        _torch("Adafactor"),
        _row_and_column,
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
    return _glide(1.0, spec.end_factor, iteration / total)


def _polynomial(spec: TrainSpec, iteration: int, total: int, per_epoch: int) -> float:
    return float(spec.end_factor + (1.0 - spec.end_factor) * (1.0 - min(iteration / total, 1.0)) ** spec.power)


def _linear(spec: TrainSpec, iteration: int, total: int, per_epoch: int) -> float:
    return 1.0 + (spec.end_factor - 1.0) * min(iteration / total, 1.0)


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
    Schedule(
        "cosine",
        "Cosine",
        "Falls smoothly from the learning rate to zero, or to a share of it, at the end of the run.",
        ("end_factor",),
        _cosine,
    ),
    Schedule(
        "one_cycle",
        "One cycle",
        "Warms up to the learning rate, then falls to nearly zero. Allows larger learning rates in short runs.",
        ("warm_up",),
        _one_cycle,
    ),
    Schedule(
        "linear",
        "Linear",
        "Falls in a straight line from the learning rate to zero, or to a share of it, at the end of the run.",
        ("end_factor",),
        _linear,
    ),
    Schedule(
        "polynomial",
        "Polynomial",
        "Falls as a power of what is left of the run: fast at first, then ever slower.",
        ("power", "end_factor"),
        _polynomial,
    ),
    Schedule(
        "plateau",
        "Plateau",
        "Stays as long as validations get better, and is multiplied by a factor when they have not for a while.",
        ("plateau_on", "plateau_patience", "gamma", "min_change"),
        _constant,
        reacts=True,
    ),
)

# -------------------------------------------------------------------- losses


def _functional(name: str, **fixed: Any) -> Callable[..., PairFunction]:
    """A build function for ``torch.nn.functional.<name>``."""

    def build(**options: Any) -> PairFunction:
        from functools import partial

        import torch.nn.functional

        function: PairFunction = getattr(torch.nn.functional, name)
        return partial(function, **fixed | options) if fixed or options else function

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
