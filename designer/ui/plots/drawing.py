"""The pyqtgraph items of one curve, fed from its pyramid. What is drawn never exceeds a few thousand points."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from designer.ui.plots.declared import Series
from designer.ui.plots.pyramid import Floats, Pyramid, Smoother

__all__ = ["Curve", "pen"]

POINTS = 4000  # of every value: a line of 1 px, which Qt draws fast
SMOOTH_POINTS = 1200
BOLD_POINTS = 400  # wider pens cost 13 µs a point, where 1 px costs next to nothing: longer lines are thin
MARKS = 160  # more dots than this would run into each other
_FAINT = 95


class _Target(Protocol):
    def addItem(self, item: object) -> None: ...


def pen(colour: QColor, width: float = 1.0, alpha: int = 255) -> QPen:
    """A cosmetic pen: as wide in pixels at every zoom."""
    shade = QColor(colour)
    shade.setAlpha(alpha)
    made = QPen(shade, width)
    made.setCosmetic(True)
    made.setJoinStyle(Qt.PenJoinStyle.BevelJoin)
    return made


class Curve:
    """The values of one series and the items that show them."""

    def __init__(self, series: Series, target: _Target, weight: float) -> None:
        self.series = series
        self.values = Pyramid()
        self._smoother = Smoother(self.values, weight) if series.style == "cloud" else None
        bold = series.style != "cloud"
        self._line = pg.PlotCurveItem(skipFiniteCheck=True, antialias=bold)
        self._smooth = pg.PlotCurveItem(skipFiniteCheck=True, antialias=True)
        self._bold = self._thin = pen(QColor())
        self._dots = pg.ScatterPlotItem(pxMode=True, size=7, antialias=True)
        z = 10 if series.style == "marks" else 0
        for item, up in ((self._line, 0), (self._smooth, 5), (self._dots, 6)):
            item.setZValue(z + up)
            target.addItem(item)

    @property
    def smoothed(self) -> Pyramid | None:
        """The smoothed values, for a series that has them."""
        return self._smoother.pyramid if self._smoother is not None else None

    @property
    def best(self) -> Pyramid:
        """The values that people read: smoothed where there are such."""
        return self._smoother.pyramid if self._smoother is not None else self.values

    def append(self, xs: list[float], ys: list[float]) -> None:
        """Add points. Costs no drawing."""
        self.values.append(xs, ys)
        if self._smoother is not None:
            self._smoother.follow()

    def set_weight(self, weight: float) -> None:
        """Smooth more or less."""
        if self._smoother is not None:
            self._smoother.set_weight(weight)

    def dress(self, colour: QColor, background: QColor) -> None:
        """Take the colours of the theme."""
        if self._smoother is not None:
            self._line.setPen(pen(colour, 1, _FAINT))
        else:
            self._line.setPen(pen(colour, 2 if self.series.style == "marks" else 1.5))
        self._bold, self._thin = pen(colour, 1.6), pen(colour)
        self._dots.setPen(pen(background, 1.5))
        self._dots.setBrush(QColor(colour))

    def draw(self, start: float, stop: float, log: bool) -> None:
        """Put the points from x = ``start`` to ``stop`` into the items."""
        cloud = self.series.style == "cloud"
        self._put(self._line, self.values.draw(start, stop, POINTS if cloud else BOLD_POINTS), log)
        if self._smoother is not None:
            points = self._smoother.pyramid.draw(start, stop, SMOOTH_POINTS)
            self._smooth.setPen(self._bold if len(points[0]) <= BOLD_POINTS else self._thin)
            self._put(self._smooth, points, log)
        if self.series.style == "marks":
            x, y = self.values.draw(start, stop, MARKS + 1)
            shown = len(x) if len(x) <= MARKS else 0
            self._dots.setData(x[:shown], _scaled(y[:shown], log))

    def extent(self, start: float, stop: float) -> tuple[float, float] | None:
        """The smallest and largest y to make room for: all of a line, of a cloud what is not a rare spike."""
        whole = self.values.extent(start, stop)
        if whole is None or self._smoother is None:
            return whole
        _, y = self.values.draw(start, stop, 1024)
        _, s = self._smoother.pyramid.draw(start, stop, 512)
        # Not np.quantile: it loads numpy.ma, which takes as long as three updates.
        ordered = np.sort(y)
        low, high = (ordered[len(y) // 200], ordered[-len(y) // 66]) if len(y) > 66 else whole
        if not len(s):
            return float(low), float(high)
        return min(float(low), float(s.min())), max(float(high), float(s.max()))

    @staticmethod
    def _put(item: pg.PlotCurveItem, points: tuple[Floats, Floats], log: bool) -> None:
        x, y = points
        item.setData(x, _scaled(y, log), skipFiniteCheck=True)


def _scaled(y: Floats, log: bool) -> Floats:
    return np.log10(np.maximum(y, 1e-12)) if log else y
