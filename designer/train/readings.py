"""When numbers are read off the device, and how fast the run is."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import torch

from designer.errors import NonFiniteLoss

__all__ = ["Pace", "Pending", "Reading", "Readings"]


@dataclass(frozen=True, slots=True)
class Pending:
    """One iteration whose numbers are still on the device.

    ``batch`` counts from 1 within the epoch; ``hits`` is how many of its ``answers`` were right, ``figures`` what was
    measured beside that.
    """

    iteration: int
    epoch: int
    batch: int
    samples: int
    learning_rate: float
    answers: int
    loss: torch.Tensor
    hits: torch.Tensor | None
    figures: Mapping[str, torch.Tensor] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """The same iteration in plain numbers."""

    iteration: int
    epoch: int
    samples: int
    learning_rate: float
    loss: float
    accuracy: float | None
    figures: Mapping[str, float]


class Readings:
    """Losses on their way from the device.

    Reading a number makes the CPU wait for a GPU, and the GPU then for the CPU. So the numbers of a GPU are
    read together, at most once in ``period`` seconds; on the CPU reading is free and done at once.
    """

    def __init__(self, device: torch.device, period: float = 0.1) -> None:
        self._period = 0.0 if device.type == "cpu" else period
        self._last = time.monotonic()
        self._pending: list[Pending] = []

    def add(self, pending: Pending) -> None:
        """Note an iteration without waiting for it."""
        self._pending.append(pending)

    def due(self) -> bool:
        """Whether it is time to read."""
        return self._period == 0.0 or time.monotonic() - self._last >= self._period

    def read(self) -> tuple[list[Reading], NonFiniteLoss | None]:
        """All that was noted since the last time, oldest first, and the error if a loss is NaN or infinite:
        then the list ends before it. Waits for the device."""
        pending, self._pending = self._pending, []
        losses = _numbers([one.loss for one in pending])
        hits = _numbers([one.hits for one in pending if one.hits is not None])
        figures = iter(_numbers([figure for one in pending for figure in one.figures.values()]))
        self._last = time.monotonic()
        readings: list[Reading] = []
        for index, (one, loss) in enumerate(zip(pending, losses, strict=True)):
            if not math.isfinite(loss):
                return readings, _not_finite(one, loss)
            accuracy = hits[index] / one.answers if hits else None
            told = _defined(one.figures, figures)
            readings.append(Reading(one.iteration, one.epoch, one.samples, one.learning_rate, loss, accuracy, told))
        return readings, None


def _defined(names: Mapping[str, torch.Tensor], numbers: Iterator[float]) -> dict[str, float]:
    """The figures of a batch, but for those that it does not define."""
    return {name: value for name, value in zip(names, numbers, strict=False) if math.isfinite(value)}


def _not_finite(one: Pending, loss: float) -> NonFiniteLoss:
    became = "NaN" if math.isnan(loss) else "infinite"
    return NonFiniteLoss(
        f"The loss became {became} in iteration {one.iteration} (epoch {one.epoch}, batch {one.batch}). "
        "Lower the learning rate, or look at the data of that batch.",
        one.iteration,
        one.batch,
    )


def _numbers(tensors: list[torch.Tensor]) -> list[float]:
    if not tensors:
        return []
    if len(tensors) == 1:
        return [float(tensors[0].item())]
    return [float(value) for value in torch.stack(tensors).tolist()]  # one wait for all


class Pace:
    """Seconds of training, samples a second and the time left. Pauses do not count."""

    def __init__(self, elapsed: float, iteration: int, total: int) -> None:
        self._since = time.monotonic() - elapsed
        self._paused_at = 0.0
        self._before = elapsed
        self._first = iteration
        self._total = total
        self._recent: deque[tuple[float, int]] = deque([(elapsed, 0)])
        self._samples = 0

    def elapsed(self) -> float:
        """Seconds of training until now, earlier sessions of the run included."""
        return time.monotonic() - self._since

    def pause(self) -> None:
        """Stop counting."""
        self._paused_at = time.monotonic()

    def go_on(self) -> None:
        """Count again."""
        self._since += time.monotonic() - self._paused_at

    def count(self, samples: int) -> tuple[float, float]:
        """Note a trained batch; returns (elapsed seconds, samples a second over about the last second)."""
        now = self.elapsed()
        self._samples += samples
        self._recent.append((now, self._samples))
        while len(self._recent) > 2 and now - self._recent[1][0] > 1.0:
            self._recent.popleft()
        then, done = self._recent[0]
        return now, (self._samples - done) / max(now - then, 1e-9)

    def left(self, iteration: int, now: float) -> float:
        """Seconds until the end of the run, as far as one can tell after ``iteration`` iterations."""
        done = iteration - self._first
        return (now - self._before) / done * (self._total - iteration) if done > 0 else 0.0
