"""Which part of a run the axes show: steps instead of a jitter at every update. No Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["grown", "settled", "thousands", "tick_words", "time_ticks"]

_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400)  # seconds


def grown(last: float, current: float, per_epoch: int = 0, total: int = 0) -> float:
    """The right end of the x axis for data up to ``last``: it stays until it is reached, then grows by half.

    Whole epochs, where ``per_epoch`` is known; never beyond ``total`` iterations, where that is known.
    """
    if last <= current and current > 0:
        return current
    end = max(10.0, last * 1.5)
    if per_epoch > 0:
        end = math.ceil(end / per_epoch) * per_epoch
    return max(last, min(end, total)) if total > 0 else end


def settled(
    low: float, high: float, current: tuple[float, float] | None, ceiling: float | None = None
) -> tuple[float, float]:
    """The y range for data from ``low`` to ``high``: the current one while the data fit and fill half of it."""
    widest, least = max(abs(high), abs(low)), low
    # A single value, or many that are all the same, lie in the middle of a range of their own size.
    span = high - low
    if span <= 1e-4 * widest or not span:
        span = max(0.2 * widest, 1e-9)
        low, high = low - span / 2, high + span / 2
    if current is not None:
        bottom, top = current
        if bottom <= low and high <= top and span >= 0.5 * (top - bottom):
            return current
    top = high + 0.08 * span
    bottom = low - 0.08 * span
    if ceiling is not None and top > ceiling:
        top = ceiling + 0.02 * span
    if bottom < 0 <= least:
        bottom = 0.0
    return bottom, top


def thousands(value: float) -> str:
    """12,500 for an axis; 1.25M where space is short."""
    if abs(value) >= 1e6:
        return f"{value / 1e6:g}M"
    return f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"


def tick_words(values: Sequence[float], spacing: float) -> list[str]:
    """Labels of an axis with just as many digits as tell its ticks apart."""
    biggest = max((abs(value) for value in values), default=0.0)
    fixed = biggest == 0 or 1e-3 <= biggest < 1e7
    for digits in range(10):
        texts = [f"{value:,.{digits}f}" if fixed else _scientific(value, digits) for value in values]
        if all(abs(float(t.replace(",", "")) - v) <= 0.02 * spacing for t, v in zip(texts, values, strict=True)):
            break
    return ["0" if float(text.replace(",", "")) == 0 else text for text in texts] if values else []


def _scientific(value: float, digits: int) -> str:
    mantissa, _, power = f"{value:.{digits}e}".partition("e")
    return f"{mantissa}e{int(power)}"


def time_ticks(start: float, stop: float, room: int) -> list[float]:
    """At most ``room`` round times from ``start`` to ``stop`` seconds."""
    span = max(stop - start, 1e-9)
    step: float = next((step for step in _STEPS if span / step <= room), 0)
    if not step:  # days
        step = 86400 * math.ceil(span / 86400 / room)
    elif step == 1 and span < room / 2:
        power = 10 ** math.floor(math.log10(span / room))
        step = next(power * part for part in (1, 2, 5, 10) if span / (power * part) <= room)
    first = math.ceil(start / step - 1e-9)
    return [index * step for index in range(first, math.floor(stop / step + 1e-9) + 1)]
