"""Which part of a run the axes show: steps instead of a jitter at every update. No Qt."""

from __future__ import annotations

import math

__all__ = ["grown", "settled", "thousands"]


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
    if current is not None:
        bottom, top = current
        if bottom <= low and high <= top and (high - low) >= 0.5 * (top - bottom):
            return current
    span = max(high - low, 1e-3 * max(abs(high), abs(low)), 1e-9)
    top = high + 0.08 * span
    bottom = low - 0.08 * span
    if ceiling is not None and top > ceiling:
        top = ceiling + 0.02 * span
    if bottom < 0 <= low:
        bottom = 0.0
    return bottom, top


def thousands(value: float) -> str:
    """12,500 for an axis; 1.25M where space is short."""
    if abs(value) >= 1e6:
        return f"{value / 1e6:g}M"
    return f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"
