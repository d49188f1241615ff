"""The two axes of a plot: iterations, epochs or seconds below; values as the plot writes them at the left."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF

from designer.ui.plots.choices import Axis
from designer.ui.plots.scale import thousands, tick_words, time_ticks
from designer.ui.run_state import duration

__all__ = ["PlaceAxis", "ValueAxis"]

Ticks = list[tuple[float, list[float]]]


def _still(axis: Any) -> None:
    """An axis whose room does not change with its labels: plots stay lined up."""
    axis.setStyle(
        tickLength=0,
        tickTextOffset=6,
        autoExpandTextSpace=False,
        autoReduceTextSpace=False,
        hideOverlappingLabels=False,
    )


class PlaceAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Where in a run."""

    _WIDE = 64  # pixels for a label

    def __init__(self) -> None:
        super().__init__("bottom")
        self.kind: Axis = "iteration"
        _still(self)
        self.setHeight(22)

    def use(self, kind: Axis) -> None:
        """Count in these from now on."""
        self.kind = kind
        self.picture = None
        self.update()

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """As people count them."""
        shown = [max(value, 0.0) for value in values]
        if self.kind == "time":
            texts = [duration(value) for value in shown] if spacing >= 1 else [f"{value:.4g} s" for value in shown]
        elif self.kind == "epoch":
            texts = tick_words(shown, spacing)
        else:
            texts = [thousands(value) for value in shown]
        return [text if value >= 0 else "" for text, value in zip(texts, values, strict=True)]

    def tickValues(self, minVal: float, maxVal: float, size: float) -> Ticks:  # noqa: N803
        """Whole iterations, round times."""
        room = max(2, int(size // self._WIDE))
        if self.kind == "time":
            ticks = time_ticks(max(minVal, 0.0), maxVal, room)
            return [(ticks[1] - ticks[0] if len(ticks) > 1 else 1.0, ticks)] if ticks else []
        levels = [(step, list(ticks)) for step, ticks in super().tickValues(minVal, maxVal, size) if len(ticks)]
        whole = [level for level in levels if level[0] >= 1] or (levels[:1] if self.kind == "epoch" else [])
        return [(step, ticks[:: -(-len(ticks) // room)]) for step, ticks in whole[:1]]


class ValueAxis(pg.AxisItem):  # type: ignore[misc]
    """Values, a fixed width so that plots line up."""

    def __init__(self, percent: bool, tick: Callable[[float], str] | None) -> None:
        super().__init__("left")
        self._percent, self._tick = percent, tick
        _still(self)

    def boundingRect(self) -> QRectF:
        """With room for half a line at both ends."""
        # pyqtgraph leaves out labels that reach beyond the axis, such as 100 % at its top
        return QRectF(super().boundingRect()).adjusted(0, -10, 0, 10)

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """With as many digits as tell them apart."""
        real = [10.0**value for value in values] if self.logMode else list(values)
        if self.logMode:
            spacing = min(np.diff(sorted(real)), default=abs(real[0]) if real else 1.0)
        if self._tick is not None:
            return [self._tick(value) for value in real]
        if self._percent:
            return [f"{text} %" for text in tick_words([100 * value for value in real], 100 * spacing)]
        if self.logMode and max(real, default=1.0) > 50 * min(real, default=1.0):
            return [f"{value:g}" if 1e-4 < value < 1e5 else f"{value:.0e}".replace("e-0", "e-") for value in real]
        return tick_words(real, spacing)

    def tickValues(self, minVal: float, maxVal: float, size: float) -> Ticks:  # noqa: N803
        """No more than there is room for."""
        room = max(2, int(size // 22))  # lines of text
        if self.logMode:
            ticks = _decades(minVal, maxVal)
            if len(ticks) < 2:  # less than a decade: round values as on a plain axis
                levels = super().tickValues(10.0**minVal, 10.0**maxVal, size)[:1]
                ticks = [math.log10(value) for _, found in levels for value in found if value > 0]
            return [(1.0, ticks[:: max(1, -(-len(ticks) // room))])]
        return [
            (step, list(ticks)[:: -(-len(ticks) // room)])
            for step, ticks in super().tickValues(minVal, maxVal, size)[:1]
            if len(ticks)
        ]

    def logTickValues(self, minVal: float, maxVal: float, size: float, stdTicks: Ticks) -> Ticks:  # noqa: N803
        """Only what `tickValues` chose."""
        return stdTicks


def _decades(low: float, high: float) -> list[float]:
    """Ticks of a log10 axis: 1, 10, 100; with 2 and 5 between them while few decades are in view."""
    parts = (1, 2, 5) if high - low < 3 else (1,)
    return [
        power + math.log10(part)
        for power in range(math.floor(low), math.ceil(high) + 1)
        for part in parts
        if low <= power + math.log10(part) <= high
    ]
