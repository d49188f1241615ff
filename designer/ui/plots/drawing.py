"""The pyqtgraph items of one curve, fed from its pyramid. What is drawn never exceeds a few thousand points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from designer.ui.plots.choices import Axis
from designer.ui.plots.declared import Series
from designer.ui.plots.pyramid import Floats, Pyramid
from designer.ui.plots.timeline import Timeline
from designer.ui.plots.tracks import Track

__all__ = ["Curve", "View", "logged", "pen"]

POINTS = 4000  # of every value: a line of 1 px, which Qt draws fast
SMOOTH_POINTS = 1200
BOLD_POINTS = 400  # wider pens cost 13 µs a point, where 1 px costs next to nothing: longer lines are thin
MARKS = 80  # more dots than this would run into each other
_FAINT = 95


class Target(Protocol):
    """What takes pyqtgraph's items."""

    def addItem(self, item: object) -> None:
        """Show it."""

    def removeItem(self, item: object) -> None:
        """Take it away."""


@dataclass(frozen=True)
class View:
    """What part of a run is in view: from ``start`` to ``stop`` on an axis."""

    start: float
    stop: float
    axis: Axis
    log: bool

    def iterations(self, line: Timeline) -> tuple[float, float]:
        """The same in iterations of a run."""
        first, last = line.back(np.array([self.start, self.stop]), self.axis)
        return float(first), float(last)


def pen(colour: QColor, width: float = 1.0, alpha: int = 255, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """A cosmetic pen: as wide in pixels at every zoom."""
    shade = QColor(colour)
    shade.setAlpha(alpha)
    made = QPen(shade, width, style)
    made.setCosmetic(True)
    made.setJoinStyle(Qt.PenJoinStyle.BevelJoin)
    return made


def logged(y: Floats, log: bool) -> Floats:
    """Values as a logarithmic axis has them, where it is one."""
    return np.log10(np.maximum(y, 1e-12)) if log else y


class Curve:
    """The values of one series and the items that show them."""

    def __init__(self, series: Series, target: Target, weight: float) -> None:
        self.series = series
        self.track = Track(series, weight)
        bold = series.style != "cloud"
        self._line = pg.PlotCurveItem(skipFiniteCheck=True, antialias=bold)
        self._smooth = pg.PlotCurveItem(skipFiniteCheck=True, antialias=True)
        self._bold = self._thin = pen(QColor())
        self._dots = pg.ScatterPlotItem(pxMode=True, size=7 if series.style == "marks" else 6, antialias=True)
        self._items = (self._line, self._smooth, self._dots)
        z = 10 if series.style == "marks" else 8 if series.style == "means" else 0
        for item, up in ((self._line, 0), (self._smooth, 5), (self._dots, 6)):
            item.setZValue(z + up)
            target.addItem(item)
        self.shown = True
        self.show(series.style != "means")

    @property
    def values(self) -> Pyramid:
        """Every value."""
        return self.track.values

    @property
    def smoothed(self) -> Pyramid | None:
        """The smoothed values, for a series that has them."""
        return self.track.smoothed

    @property
    def best(self) -> Pyramid:
        """The values that people read: smoothed where there are such."""
        return self.track.best

    def show(self, shown: bool) -> None:
        """Show or hide it."""
        self.shown = shown
        for item in self._items:
            item.setVisible(shown)

    def dress(self, colour: QColor, background: QColor) -> None:
        """Take the colours of the theme."""
        style = self.series.style
        if style == "cloud":
            self._line.setPen(pen(colour, 1, _FAINT))
        elif style == "means":
            self._line.setPen(pen(colour, 1, 170, Qt.PenStyle.DashLine))
        else:
            self._line.setPen(pen(colour, 2 if style == "marks" else 1.5))
        self._bold, self._thin = pen(colour, 1.6), pen(colour)
        if style == "means":  # hollow: a mean of what was trained, no measurement
            self._dots.setPen(pen(colour, 1.5))
            self._dots.setBrush(QColor(background))
        else:
            self._dots.setPen(pen(background, 1.5))
            self._dots.setBrush(QColor(colour))

    def draw(self, view: View, line: Timeline) -> None:
        """Put the points that are in view into the items."""
        start, stop = view.iterations(line)
        cloud = self.series.style == "cloud"
        self._put(self._line, self.values.draw(start, stop, POINTS if cloud else BOLD_POINTS), view, line)
        smoothed = self.smoothed
        if smoothed is not None:
            points = smoothed.draw(start, stop, SMOOTH_POINTS)
            self._smooth.setPen(self._bold if len(points[0]) <= BOLD_POINTS else self._thin)
            self._put(self._smooth, points, view, line)
        if self.series.style in ("marks", "means") or len(self.values) == 1:  # a line of one point is none
            x, y = self.values.draw(start, stop, MARKS)
            shown = len(x) if self.values.count(start, stop) <= MARKS and line.knows(view.axis) else 0
            self._dots.setData(line.places(x[:shown], view.axis), logged(y[:shown], view.log))
        elif len(self._dots.data):
            self._dots.setData([], [])

    def extent(self, view: View, line: Timeline) -> tuple[float, float] | None:
        """The smallest and largest y to make room for: all of a line, of a cloud what is not a rare spike."""
        if not self.shown or not line.knows(view.axis):
            return None
        start, stop = view.iterations(line)
        whole = self.values.extent(start, stop)
        if whole is None or self.smoothed is None:
            return whole
        _, y = self.values.draw(start, stop, 1024)
        _, s = self.smoothed.draw(start, stop, 512)
        # Not np.quantile: it loads numpy.ma, which takes as long as three updates.
        ordered = np.sort(y)
        low, high = (ordered[len(y) // 200], ordered[-len(y) // 66]) if len(y) > 66 else whole
        if not len(s):
            return float(low), float(high)
        return min(float(low), float(s.min())), max(float(high), float(s.max()))

    @staticmethod
    def _put(item: pg.PlotCurveItem, points: tuple[Floats, Floats], view: View, line: Timeline) -> None:
        x, y = points
        if not line.knows(view.axis):
            x = y = np.empty(0)
        item.setData(line.places(x, view.axis), logged(y, view.log), skipFiniteCheck=True)
