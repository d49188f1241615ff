"""Where in a run an iteration lies: its epoch, and its second of training. No Qt.

Curves are kept by iteration, and only what is drawn is put elsewhere: so another x axis costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from designer.ui.plots.choices import Axis
from designer.ui.plots.pyramid import Column, Floats

__all__ = ["Timeline"]


class Timeline:
    """The clock of one run. Seconds are seconds of training; pauses and other sessions' gaps do not count."""

    def __init__(self) -> None:
        self.per_epoch = 0  # iterations; 0 where that is not known
        self.total = 0  # iterations that are planned; 0 where that is not known
        self._iterations, self._seconds = Column(), Column()

    def take(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Learn from what a run says."""
        xs: list[float] = []
        ys: list[float] = []
        for event in events:
            kind = event.get("type")
            if kind == "step":
                x, y = event.get("iteration"), event.get("elapsed")
                if isinstance(x, int | float) and isinstance(y, int | float):
                    xs.append(x)
                    ys.append(y)
            elif kind == "started":
                self.set_run(int(event.get("iterations_per_epoch") or 0), int(event.get("total_iterations") or 0))
        self.append(xs, ys)

    def set_run(self, per_epoch: int, total: int) -> None:
        """How many iterations an epoch and the whole run have; 0 where that is not known."""
        self.per_epoch, self.total = per_epoch, total

    def append(self, iterations: npt.ArrayLike, seconds: npt.ArrayLike) -> None:
        """Add readings of the clock. Where iterations step back (a run that goes on) the old future is dropped."""
        xs, ys = np.asarray(iterations, np.float64), np.asarray(seconds, np.float64)
        breaks = np.flatnonzero(np.diff(xs) <= 0) + 1
        for part_x, part_y in zip(np.split(xs, breaks), np.split(ys, breaks), strict=True):
            if not len(part_x):
                continue
            known = self._iterations.view
            if len(known) and part_x[0] <= known[-1]:
                size = int(np.searchsorted(known, part_x[0], side="left"))
                self._iterations.cut(size)
                self._seconds.cut(size)
            last = self._seconds.view[-1] if self._seconds.size else 0.0
            self._iterations.append(part_x)
            self._seconds.append(np.maximum.accumulate(np.maximum(part_y, last)))

    def clear(self) -> None:
        """Know nothing."""
        self.per_epoch = self.total = 0
        self._iterations, self._seconds = Column(), Column()

    def knows(self, axis: Axis) -> bool:
        """Whether it can say where an iteration lies on that axis."""
        return axis == "iteration" or (self.per_epoch > 0 if axis == "epoch" else self._seconds.size > 0)

    def places(self, iterations: Floats, axis: Axis) -> Floats:
        """Where iterations lie on an axis; NaN where that is not known."""
        if axis == "iteration":
            return iterations
        if not self.knows(axis):
            return np.full(len(iterations), np.nan)
        if axis == "epoch":
            return iterations / self.per_epoch
        return np.interp(iterations, self._iterations.view, self._seconds.view)

    def place(self, iteration: float, axis: Axis) -> float:
        """Where one iteration lies on an axis."""
        return float(self.places(np.array([iteration], np.float64), axis)[0])

    def back(self, places: Floats, axis: Axis) -> Floats:
        """Which iterations lie at places of an axis; NaN where that is not known."""
        if axis == "iteration":
            return places
        if not self.knows(axis):
            return np.full(len(places), np.nan)
        if axis == "epoch":
            return places * self.per_epoch
        return np.interp(places, self._seconds.view, self._iterations.view)

    def iteration(self, place: float, axis: Axis) -> float:
        """Which iteration lies at a place of an axis."""
        return float(self.back(np.array([place], np.float64), axis)[0])
