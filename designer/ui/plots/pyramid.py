"""An append-only min/max pyramid: a curve of any length is drawn from a few thousand points. NumPy only, no Qt.

Level 0 holds the samples; every sample of level k + 1 covers two of level k and keeps their smallest and largest
value, so no spike is lost at any zoom. Appending costs O(new samples), drawing O(points drawn).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Column", "Floats", "Pyramid", "Smoother", "smooth"]

Floats = npt.NDArray[np.float64]
_FIRST = 1024
_BLOCK = 64


class Column:
    """A float64 array that grows by doubling."""

    __slots__ = ("_data", "size")

    def __init__(self) -> None:
        self._data: Floats = np.empty(_FIRST, np.float64)
        self.size = 0

    def append(self, values: Floats) -> None:
        """Add values at the end."""
        end = self.size + len(values)
        if end > len(self._data):
            grown = np.empty(max(end, 2 * len(self._data)), np.float64)
            grown[: self.size] = self._data[: self.size]
            self._data = grown
        self._data[self.size : end] = values
        self.size = end

    def cut(self, size: int) -> None:
        """Keep the first ``size`` values."""
        self.size = min(self.size, size)

    @property
    def view(self) -> Floats:
        """All values."""
        return self._data[: self.size]


class _Level:
    """The extremes of every complete pair of the level below."""

    __slots__ = ("high", "low")

    def __init__(self) -> None:
        self.low = Column()
        self.high = Column()

    def extend(self, low: Floats, high: Floats) -> None:
        """Take over the pairs of the level below that are complete by now."""
        done, whole = self.low.size, len(low) // 2
        if whole > done:
            part = slice(2 * done, 2 * whole)
            self.low.append(low[part].reshape(-1, 2).min(axis=1))
            self.high.append(high[part].reshape(-1, 2).max(axis=1))


class Pyramid:
    """Samples (x, y) with growing x. Samples whose x or y is not finite are left out."""

    def __init__(self) -> None:
        self._x = Column()
        self._y = Column()
        self._levels: list[_Level] = []
        self.cuts = 0  # how often samples were dropped: followers start again

    def __len__(self) -> int:
        return self._x.size

    @property
    def x(self) -> Floats:
        """All x, a view [N]."""
        return self._x.view

    @property
    def y(self) -> Floats:
        """All y, a view [N]."""
        return self._y.view

    def append(self, x: npt.ArrayLike, y: npt.ArrayLike) -> None:
        """Add samples. Where x steps back (a run that went on from a checkpoint) the old future is dropped."""
        xs = np.atleast_1d(np.asarray(x, np.float64))
        ys = np.atleast_1d(np.asarray(y, np.float64))
        if xs.shape != ys.shape or xs.ndim != 1:
            raise ValueError(f"x and y must be two rows of one length, got {xs.shape} and {ys.shape}.")
        sound = np.isfinite(xs) & np.isfinite(ys)
        if not sound.all():
            xs, ys = xs[sound], ys[sound]
        if not len(xs):
            return
        breaks = np.flatnonzero(np.diff(xs) <= 0) + 1
        for part_x, part_y in zip(np.split(xs, breaks), np.split(ys, breaks), strict=True):
            self._append(part_x, part_y)

    def _append(self, xs: Floats, ys: Floats) -> None:
        if len(self) and xs[0] <= self._x.view[-1]:
            self.truncate(float(xs[0]))
        self._x.append(xs)
        self._y.append(ys)
        low = high = self._y.view
        k = 0
        while len(low) >= 2:
            if k == len(self._levels):
                self._levels.append(_Level())
            level = self._levels[k]
            level.extend(low, high)
            low, high, k = level.low.view, level.high.view, k + 1

    def truncate(self, x: float) -> None:
        """Drop every sample at or after ``x``."""
        size = int(np.searchsorted(self._x.view, x, side="left"))
        self.cuts += 1
        self._x.cut(size)
        self._y.cut(size)
        for level in self._levels:
            size //= 2
            level.low.cut(size)
            level.high.cut(size)

    def clear(self) -> None:
        """Forget everything."""
        self._x, self._y, self._levels = Column(), Column(), []
        self.cuts += 1

    def draw(self, start: float, stop: float, points: int = 4000) -> tuple[Floats, Floats]:
        """At most ``points`` points [M] of the curve from ``start`` to ``stop``, one beyond each end included.

        Few samples come as they are; many as pairs (smallest, largest) of equal stretches.
        """
        first, last = self._span(start, stop)
        count = last - first
        if count <= points:
            return self._x.view[first:last], self._y.view[first:last]
        k = 0
        while k < len(self._levels) - 1 and 2 * (-(-count // (2 << k)) + 2) + 2 > points:
            k += 1
        return self._pairs(first, last, k)

    def count(self, start: float, stop: float) -> int:
        """How many samples `draw` has to show from ``start`` to ``stop``."""
        first, last = self._span(start, stop)
        return last - first

    def _pairs(self, first: int, last: int, k: int) -> tuple[Floats, Floats]:
        """The stretches of level ``k`` that cover samples ``first`` to ``last``, and what is not yet a whole one."""
        step = 2 << k
        level = self._levels[k]
        a, b = first // step, min(-(-last // step), level.low.size)
        xs = self._x.view
        left = np.arange(a, b, dtype=np.int64) * step
        out_x = np.empty(2 * (b - a), np.float64)
        out_y = np.empty_like(out_x)
        out_x[0::2] = xs[left]
        out_x[1::2] = xs[left + step // 2]
        out_y[0::2] = level.low.view[a:b]
        out_y[1::2] = level.high.view[a:b]
        rest = slice(b * step, last)  # the newest samples, fewer than one stretch
        if rest.start < last:
            tail = self._y.view[rest]
            end = np.array([xs[rest.start], xs[last - 1]])
            out_x = np.concatenate([out_x, end])
            out_y = np.concatenate([out_y, [tail.min(), tail.max()]])
        return out_x, out_y

    def _span(self, start: float, stop: float) -> tuple[int, int]:
        xs = self._x.view
        first = int(np.searchsorted(xs, start, side="left"))
        last = int(np.searchsorted(xs, stop, side="right"))
        return max(0, first - 1), min(len(xs), last + 1)

    def extent(self, start: float, stop: float) -> tuple[float, float] | None:
        """The smallest and largest y from ``start`` to ``stop``; None where there is nothing."""
        _, ys = self.draw(start, stop, 512)
        return (float(ys.min()), float(ys.max())) if len(ys) else None

    def at(self, x: float) -> tuple[float, float] | None:
        """The sample nearest to ``x`` as (x, y); None when empty."""
        xs = self._x.view
        if not len(xs):
            return None
        i = int(np.searchsorted(xs, x))
        if i == len(xs) or (i > 0 and x - xs[i - 1] <= xs[i] - x):
            i -= 1
        return float(xs[i]), float(self._y.view[i])


def smooth(values: Floats, weight: float, state: float) -> tuple[Floats, float]:
    """Exponential smoothing s[i] = weight * s[i-1] + (1 - weight) * values[i] from s[-1] = ``state``: (s [N], s[N-1]).

    Blocks of 64 by one matrix product: a million values take milliseconds, where a Python loop takes most of a second.
    """
    n = len(values)
    if n == 0:
        return values, state
    powers = weight ** np.arange(_BLOCK + 1)
    steps = np.subtract.outer(np.arange(_BLOCK), np.arange(_BLOCK))
    matrix = np.where(steps >= 0, (1 - weight) * powers[np.abs(steps)], 0.0)
    padded = np.zeros(-(-n // _BLOCK) * _BLOCK)
    padded[:n] = values
    local = padded.reshape(-1, _BLOCK) @ matrix.T
    carries = np.empty(len(local))
    factor = float(powers[_BLOCK])
    for i, end in enumerate(local[:, -1].tolist()):
        carries[i] = state
        state = end + factor * state
    out: Floats = (local + np.outer(carries, powers[1:])).reshape(-1)[:n]
    return out, float(out[-1])


class Smoother:
    """A pyramid of the smoothed values of another one, kept up as that one grows.

    Early values are corrected for the start at zero, as Adam does, so the line begins at the first sample.
    """

    def __init__(self, source: Pyramid, weight: float = 0.9) -> None:
        self._source = source
        self._weight = weight
        self._state = 0.0
        self._cuts = source.cuts
        self.pyramid = Pyramid()

    @property
    def weight(self) -> float:
        """How much of the past stays at each sample, from 0 to below 1."""
        return self._weight

    def set_weight(self, weight: float) -> None:
        """Smooth everything again with another weight."""
        if not 0.0 <= weight < 1.0:
            raise ValueError("The smoothing weight must be at least 0 and below 1.")
        self._weight = weight
        self.restart()

    def restart(self) -> None:
        """Smooth everything again."""
        self._state = 0.0
        self._cuts = self._source.cuts
        self.pyramid.clear()
        self.follow()

    def follow(self) -> None:
        """Take in what the source has gained, or start again where it has lost samples."""
        done, source = len(self.pyramid), self._source
        if self._cuts != source.cuts:
            self.restart()
            return
        fresh = source.y[done:]
        if not len(fresh):
            return
        out, self._state = smooth(fresh, self._weight, self._state)
        counts: Any = np.arange(done + 1, len(source) + 1)
        out = out / (1.0 - self._weight**counts) if self._weight else out
        self.pyramid.append(source.x[done:], out)
