"""The values of one series of one run, and what several runs of a series come to. No Qt."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from designer.ui.plots.choices import Axis, Spread
from designer.ui.plots.declared import Series
from designer.ui.plots.pyramid import Floats, Pyramid, Smoother
from designer.ui.plots.timeline import Timeline

__all__ = ["Track", "spread_at", "spread_over"]

_MANY = 240  # points of a band where there are more


class Track:
    """What a run told of one series: every value, and smoothed ones where the series is drawn so."""

    def __init__(self, series: Series, weight: float) -> None:
        self.series = series
        self.values = Pyramid()
        self._smoother = Smoother(self.values, weight) if series.style == "cloud" else None

    @property
    def smoothed(self) -> Pyramid | None:
        """The smoothed values, for a series that has them."""
        return self._smoother.pyramid if self._smoother is not None else None

    @property
    def best(self) -> Pyramid:
        """The values that people read: smoothed where there are such."""
        return self._smoother.pyramid if self._smoother is not None else self.values

    def append(self, xs: npt.ArrayLike, ys: npt.ArrayLike) -> None:
        """Add points."""
        self.values.append(xs, ys)
        if self._smoother is not None:
            self._smoother.follow()

    def set_weight(self, weight: float) -> None:
        """Smooth more or less."""
        if self._smoother is not None:
            self._smoother.set_weight(weight)

    def clear(self) -> None:
        """Forget all."""
        self.values.clear()
        self.append([], [])


Members = Sequence[tuple[Timeline, Pyramid]]


def spread_over(
    members: Members, axis: Axis, start: float, stop: float, how: Spread
) -> tuple[Floats, Floats, Floats, Floats]:
    """Places, the mean of the runs there, and the lower and upper edge of their spread, from ``start`` to ``stop``.

    Runs that are shorter count as far as they go.
    """
    found = [(line, values) for line, values in members if len(values) and line.knows(axis)]
    if not found:
        empty = np.empty(0)
        return empty, empty, empty, empty
    ends = [line.places(np.array([values.x[0], values.x[-1]]), axis) for line, values in found]
    first, last = max(start, min(e[0] for e in ends)), min(stop, max(e[1] for e in ends))
    if sum(len(values) for _, values in found) <= _MANY * len(found):
        grid = np.unique(np.concatenate([line.places(values.x, axis) for line, values in found]))
        grid = grid[max(0, np.searchsorted(grid, start) - 1) : np.searchsorted(grid, stop, side="right") + 1]
    else:
        grid = np.linspace(first, last, _MANY) if last > first else np.empty(0)
    if not len(grid):
        return grid, grid, grid, grid
    rows = np.array([_row(grid, line, values, axis) for line, values in found])
    return (grid, *_summed(rows, how))


def spread_at(members: Members, axis: Axis, place: float, how: Spread) -> tuple[float, float, float] | None:
    """Mean, lower and upper edge at one place; None where no run goes there."""
    grid = np.array([place])
    rows = [_row(grid, line, values, axis) for line, values in members if len(values) and line.knows(axis)]
    if not rows or np.isnan(rows).all():
        return None
    mean, low, high = _summed(np.array(rows), how)
    return float(mean[0]), float(low[0]), float(high[0])


def _row(grid: Floats, line: Timeline, values: Pyramid, axis: Axis) -> Floats:
    """The values of one run at places, NaN beyond its ends."""
    at = line.back(grid, axis)
    row = np.interp(at, values.x, values.y)
    first, last = line.places(np.array([values.x[0], values.x[-1]]), axis)
    row[(grid < first - 1e-9) | (grid > last + 1e-9)] = np.nan
    return row


def _summed(rows: Floats, how: Spread) -> tuple[Floats, Floats, Floats]:
    there = ~np.isnan(rows)
    number = np.maximum(there.sum(axis=0), 1)
    mean = np.where(there, rows, 0.0).sum(axis=0) / number
    if how == "range":
        low, high = np.where(there, rows, np.inf).min(axis=0), np.where(there, rows, -np.inf).max(axis=0)
        empty = ~there.any(axis=0)  # between two runs that do not meet
        low[empty] = high[empty] = mean[empty]
        return mean, low, high
    # Of a sample, as the summary of a series has it; a single run has none.
    squares = np.where(there, (rows - mean) ** 2, 0.0).sum(axis=0)
    deviation = np.sqrt(squares / np.maximum(number - 1, 1))
    return mean, mean - deviation, mean + deviation
