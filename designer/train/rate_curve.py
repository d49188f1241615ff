"""The loss over growing learning rates, and which rate it suggests. Plain numbers; no torch.

Sources: Smith, Cyclical learning rates (2015); Smith and Topin, Super-convergence (2017). The valley is the middle of
the loss's way down: less at the mercy of one steep place than the steepest descent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["RateCurve", "Suggestion", "rate_at", "rate_words", "rounded"]

_WIDTH = 0.2  # powers of ten: the deviation of the bell that smooths the losses
_SOARED = 4.0  # a loss so many times its lowest has diverged
_MEMORY = 0.8  # how much of the running loss stays at each point, to see soon that it diverges
_LEAST = 0.03  # the share of its start that the loss must fall by, or no rate is better than another
_SAFE = 6.0  # a suggestion stays so many times below the rate at which the loss soared


@dataclass(frozen=True)
class Suggestion:
    """What a curve says. ``rate`` is the one to take, None where the loss falls at none.

    ``steepest`` is where the loss falls fastest, ``valley`` the middle of its way down, ``lowest`` where it was
    lowest, ``diverged`` where it soared (None: up to the highest rate it did not).
    """

    rate: float | None
    steepest: float | None
    valley: float | None
    lowest: float | None
    diverged: float | None

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


class RateCurve:
    """Losses by learning rate, in the order in which they were measured."""

    def __init__(self) -> None:
        self.rates: list[float] = []
        self.losses: list[float] = []
        self.diverged: float | None = None
        self._running = 0.0
        self._share = 0.0
        self._lowest = math.inf

    def add(self, rate: float, loss: float) -> bool:
        """Note a point; whether to go on. One that soared, or is no number, is the end and is not kept."""
        if not math.isfinite(loss):
            self.diverged = rate
            return False
        self.rates.append(rate)
        self.losses.append(loss)
        self._running = _MEMORY * self._running + (1 - _MEMORY) * loss
        self._share = _MEMORY * self._share + (1 - _MEMORY)
        level = self._running / self._share
        self._lowest = min(self._lowest, level)
        first = sum(self.losses[:5]) / len(self.losses[:5])
        if len(self.losses) > 5 and level > _SOARED * self._lowest and level > first:
            self.diverged = rate
            return False
        return True

    def smooth(self) -> list[float]:
        """The losses under a bell around each point, which moves nothing to the right as a running mean does."""
        if len(self.rates) < 2:
            return list(self.losses)
        apart = math.log10(self.rates[-1] / self.rates[0]) / (len(self.rates) - 1)
        width = max(1.0, _WIDTH / apart)  # points
        reach = math.ceil(3 * width)
        bell = [math.exp(-0.5 * (d / width) ** 2) for d in range(reach + 1)]
        out = []
        for at in range(len(self.losses)):
            near = range(max(0, at - reach), min(len(self.losses), at + reach + 1))
            whole = sum(bell[abs(i - at)] for i in near)
            out.append(sum(bell[abs(i - at)] * self.losses[i] for i in near) / whole)
        return out

    def suggestion(self) -> Suggestion:
        """The rate to take, by what was measured so far."""
        levels = self.smooth()
        if len(levels) < 10:
            return Suggestion(None, None, None, None, self.diverged)
        end = min(range(len(levels)), key=levels.__getitem__)
        start = sum(levels[: max(1, len(levels) // 10)]) / max(1, len(levels) // 10)
        if start - levels[end] < _LEAST * abs(start) or end < 3:
            return Suggestion(None, None, None, None, self.diverged)
        steepest = self.rates[_steepest(self.rates, levels, end)]
        valley = self.rates[_valley(levels, start, end)]
        top = self.diverged / _SAFE if self.diverged is not None else math.inf
        return Suggestion(rounded(min(valley, top)), steepest, valley, self.rates[end], self.diverged)


def _steepest(rates: Sequence[float], levels: Sequence[float], end: int) -> int:
    """The point up to the lowest at which the loss falls most for a factor of the rate."""

    def slope(at: int) -> float:
        low, high = max(0, at - 1), min(end, at + 1)
        return (levels[high] - levels[low]) / math.log(rates[high] / rates[low])

    return min(range(end), key=slope)


def _valley(levels: Sequence[float], start: float, end: int) -> int:
    """The middle, by factors of the rate, between the last points where a tenth and nine tenths of the fall are due."""
    fall = start - levels[end]
    high = max((at for at in range(end) if levels[at] > start - 0.1 * fall), default=0)
    low = max((at for at in range(end) if levels[at] > start - 0.9 * fall), default=end)
    return (high + low) // 2


def rounded(rate: float) -> float:
    """With two digits, as people write rates."""
    return float(f"{rate:.1e}")


def rate_words(rate: float) -> str:
    """0.0032, 1.0, 1e-05."""
    return f"{rate:.2g}"


def rate_at(number: int, count: int, lowest: float, highest: float) -> float:
    """The rate of point ``number`` of ``count``: each is the same factor above the one before."""
    return lowest * math.pow(highest / lowest, number / max(1, count - 1))
