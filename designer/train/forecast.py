"""What a training will take before it starts: memory and time, from a few measured points. Plain numbers, no torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from designer.train.spec import TrainSpec

__all__ = [
    "SHARE",
    "Forecast",
    "Memory",
    "Point",
    "at_batch",
    "epoch_of",
    "fitting_batch",
    "largest_batch",
    "seconds_of",
]

SHARE = 0.9  # of the memory that is free: the rest goes to what kernels and the system need meanwhile


@dataclass(frozen=True)
class Memory:
    """Bytes that a training holds at its fullest. ``weights`` has running statistics in it."""

    weights: int
    gradients: int
    optimizer: int
    activations: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.gradients + self.optimizer + self.activations


@dataclass(frozen=True)
class Point:
    """What was measured at one batch size: seconds of a training step and of a validation step; bytes at the peak.

    ``peak`` is 0 where the device does not count its memory.
    """

    batch: int
    seconds: float
    validation: float
    peak: int = 0


@dataclass(frozen=True)
class Epoch:
    """The size of an epoch."""

    samples: int
    iterations: int
    validation_samples: int


@dataclass(frozen=True)
class Forecast:
    """What a training on ``device`` will take.

    ``iteration`` is the seconds of one training step, ``epoch`` those of an epoch with its validation; None where the
    batch does not fit, or where the number of samples is unknown. ``peak`` is the memory that is needed: counted from
    the tensors (``memory``), or measured where the device tells it (``measured``). ``room`` is what was free.
    ``extrapolated``: the batch is so slow that smaller ones were timed. ``fitting`` is a batch size that fits, where
    ``batch`` does not; None where none does.
    """

    device: str
    device_title: str
    batch: int
    memory: Memory
    peak: int
    room: int | None
    fits: bool
    measured: bool = False
    fitting: int | None = None
    iteration: float | None = None
    epoch: float | None = None
    iterations: int | None = None
    extrapolated: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain data, with the sum of ``memory``."""
        data = asdict(self)
        data["memory"]["total"] = self.memory.total
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Forecast:
        """What `to_dict` gave. Raises KeyError or TypeError for anything else."""
        memory = {name: value for name, value in data["memory"].items() if name != "total"}
        return cls(**{**data, "memory": Memory(**memory)})


def epoch_of(samples: int, validation: int, batch: int) -> Epoch:
    """How a training goes through so many samples; a last batch of one sample is left out (see EpochOrder)."""
    used = samples - 1 if samples > batch > 1 and samples % batch == 1 else samples
    return Epoch(used, -(-used // batch), validation)


def at_batch(points: Sequence[Point], batch: int) -> Point:
    """What a step takes at a batch size: as measured, or on the line through the last two points.

    The line never falls, and never promises less than what was measured for a smaller batch.
    """
    last = points[-1]
    if last.batch == batch:
        return last
    first = points[-2] if len(points) > 1 else Point(0, 0.0, 0.0)
    more = (batch - last.batch) / (last.batch - first.batch)

    def along(value: Callable[[Point], float]) -> float:
        return value(last) + max(0.0, value(last) - value(first)) * more

    return Point(batch, along(lambda p: p.seconds), along(lambda p: p.validation), round(along(lambda p: p.peak)))


def seconds_of(epoch: Epoch, point: Point, spec: TrainSpec) -> float:
    """Seconds of one epoch: its iterations, the last of them shorter, and the validations that fall into it."""
    steps = epoch.samples / point.batch
    validations = epoch.iterations / spec.validate_every if spec.validate_every else 1.0
    return steps * point.seconds + validations * epoch.validation_samples / point.batch * point.validation


def halved(batch: int) -> int:
    """The largest power of two below a batch size; 0 below 1."""
    return 1 << ((batch - 1).bit_length() - 1) if batch > 1 else 0


def largest_batch(most: int, fits: Callable[[int], bool]) -> int | None:
    """The largest power of two up to ``most`` that fits, or ``most`` itself; None where not even one sample does."""
    found, size = None, 1
    while fits(size):
        found = size
        if size == most:
            break
        size = min(2 * size, most)
    return found


def fitting_batch(batch: int, fits: Callable[[int], bool]) -> int | None:
    """The largest power of two below ``batch`` that fits; None where not even one sample does."""
    smaller = halved(batch)
    while smaller and not fits(smaller):
        smaller = halved(smaller)
    return smaller or None
