"""Another run, or a series of runs, in a plot: thin curves of a colour of its own, a mean with a band for a series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from designer.ui.plots.choices import Axis, Spread
from designer.ui.plots.declared import Columns, Plot, Series
from designer.ui.plots.drawing import BOLD_POINTS, MARKS, Target, View, logged, pen
from designer.ui.plots.pyramid import Floats
from designer.ui.plots.timeline import Timeline
from designer.ui.plots.tracks import Track, spread_at, spread_over

__all__ = ["Overlay", "Row"]

Row = tuple[str, str, str]  # a series, its value, and the raw value or the spread beside it
_BAND = 42  # of 255: what lies below stays readable
_DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)


class Overlay:
    """What one plot shows of another run; of several runs at once their mean and spread."""

    def __init__(
        self, plot: Plot, target: Target, name: str, colour: QColor, lines: Sequence[Timeline], weight: float
    ) -> None:
        """``lines`` are the timelines of its runs."""
        self.plot, self.name, self.colour, self.lines = plot, name, colour, lines
        self.shown = True
        self._spread: Spread = "range"
        self._target = target
        self.tracks: list[dict[str, Track]] = [{s.name: Track(s, weight) for s in plot.series} for _ in lines]
        self._drawn: dict[str, _Drawn] = {}
        self._known: tuple[View, tuple[float, float] | None] | None = None  # what was drawn last, and its extent
        order = 0
        for series in plot.series:
            self._drawn[series.name] = _Drawn(target, _DASHES[order % 3], series, len(lines) > 1)
            order += series.style != "means"
        self.show_means(False)
        self.dress(colour)

    def append(self, member: int, points: Columns) -> None:
        """Add points of one of its runs."""
        for name, (xs, ys) in points.items():
            if len(xs):
                self.tracks[member][name].append(xs, ys)
                self._known = None

    def set_weight(self, weight: float) -> None:
        """Smooth more or less."""
        self._known = None
        for tracks in self.tracks:
            for track in tracks.values():
                track.set_weight(weight)

    def show(self, shown: bool) -> None:
        """Show or hide all of it."""
        self.shown = shown
        for drawn in self._drawn.values():
            drawn.show(shown and drawn.wanted)

    def set_spread(self, how: Spread) -> None:
        """What the band is."""
        self._spread, self._known = how, None

    def show_means(self, shown: bool) -> None:
        """Show or hide the dots of whole epochs."""
        self._known = None
        for drawn in self._drawn.values():
            if drawn.series.style == "means":
                drawn.wanted = shown
                drawn.show(self.shown and shown)

    def dress(self, colour: QColor) -> None:
        """Take a colour."""
        self.colour = colour
        for drawn in self._drawn.values():
            drawn.dress(colour)

    def last(self, axis: Axis) -> float:
        """Where its longest run ends on an axis."""
        ends = [0.0]
        for line, tracks in zip(self.lines, self.tracks, strict=True):
            x = max((float(t.values.x[-1]) for t in tracks.values() if len(t.values)), default=0.0)
            if x and line.knows(axis):
                ends.append(line.place(x, axis))
        return max(ends)

    def draw(self, view: View) -> tuple[float, float] | None:
        """Put the points that are in view into the items; the smallest and largest value to make room for."""
        if not self.shown:
            return None
        if self._known is None or self._known[0] != view:  # mostly only the run that is shown has anything new
            self._known = view, self._redraw(view)
        return self._known[1]

    def _redraw(self, view: View) -> tuple[float, float] | None:
        found: list[tuple[float, float]] = []
        for name, drawn in self._drawn.items():
            if not drawn.wanted:
                continue
            if len(self.lines) == 1:
                x, mean = self._points(name, view)
                low = high = mean
            else:
                members = [(line, t[name].best) for line, t in zip(self.lines, self.tracks, strict=True)]
                x, mean, low, high = spread_over(members, view.axis, view.start, view.stop, self._spread)
            drawn.draw(x, mean, low, high, view.log)
            if len(x):
                found.append((float(low.min()), float(high.max())))
        return (min(f[0] for f in found), max(f[1] for f in found)) if found else None

    def _points(self, name: str, view: View) -> tuple[Floats, Floats]:
        line, values = self.lines[0], self.tracks[0][name].best
        if not line.knows(view.axis):
            return np.empty(0), np.empty(0)
        x, y = values.draw(*view.iterations(line), BOLD_POINTS)
        return line.places(x, view.axis), y

    def rows(self, place: float, axis: Axis) -> list[Row]:
        """What its series are at a place."""
        out: list[Row] = []
        for name, drawn in self._drawn.items():
            if not drawn.wanted:
                continue
            row = self._row(name, place, axis) if len(self.lines) == 1 else self._mean_row(name, place, axis)
            if row is not None:
                out.append(row)
        return out

    def _row(self, name: str, place: float, axis: Axis) -> Row | None:
        line, track = self.lines[0], self.tracks[0][name]
        at = line.iteration(place, axis)
        best, raw = track.best.at(at), track.values.at(at)
        if best is None or raw is None or np.isnan(at):
            return None
        return name, self.plot.text(best[1]), self.plot.text(raw[1]) if track.smoothed is not None else ""

    def _mean_row(self, name: str, place: float, axis: Axis) -> Row | None:
        members = [(line, t[name].best) for line, t in zip(self.lines, self.tracks, strict=True)]
        found = spread_at(members, axis, place, self._spread)
        if found is None:
            return None
        mean, low, high = (self.plot.text(value) for value in found)
        return name, mean, f"{low} to {high}"

    def remove(self) -> None:
        """Take it out of the plot."""
        for drawn in self._drawn.values():
            for item in drawn.items:
                self._target.removeItem(item)

    def values(self) -> Mapping[str, list[tuple[Timeline, Track]]]:
        """Everything it has, by series, a run after the other."""
        return {
            name: [(line, tracks[name]) for line, tracks in zip(self.lines, self.tracks, strict=True)]
            for name in self._drawn
        }


class _Drawn:
    """The items of one series."""

    def __init__(self, target: Target, dash: Qt.PenStyle, series: Series, band: bool) -> None:
        self.series, self._dash, self.wanted = series, dash, True
        self._line = pg.PlotCurveItem(skipFiniteCheck=True, antialias=True)
        self._dots = pg.ScatterPlotItem(pxMode=True, size=5, antialias=True)
        self._band = pg.PlotCurveItem(skipFiniteCheck=True) if band else None
        self.items = [item for item in (self._band, self._line, self._dots) if item is not None]
        for item, z in zip(self.items[::-1], (-1, -2, -3), strict=False):
            item.setZValue(z)
            item.setCacheMode(item.CacheMode.DeviceCoordinateCache)  # painted again only where it is another picture
            target.addItem(item)

    def show(self, shown: bool) -> None:
        for item in self.items:
            item.setVisible(shown)

    def dress(self, colour: QColor) -> None:
        self._line.setPen(pen(colour, 1.2, 210, self._dash))
        self._dots.setPen(pen(colour, 0))
        self._dots.setBrush(QColor(colour))
        if self._band is not None:
            shade = QColor(colour)
            shade.setAlpha(_BAND)
            self._band.setPen(None)
            self._band.setBrush(shade)
            self._band.setFillLevel("enclosed")

    def draw(self, x: Floats, mean: Floats, low: Floats, high: Floats, log: bool) -> None:
        self._line.setData(x, logged(mean, log), skipFiniteCheck=True)
        few = len(x) <= MARKS and (self.series.style in ("marks", "means") or len(x) == 1)
        self._dots.setData(x if few else [], logged(mean, log) if few else [])
        if self._band is not None and len(x) < 2:
            self._band.setData([], [])
        elif self._band is not None:
            edge = np.concatenate([logged(low, log), logged(high, log)[::-1]])
            self._band.setData(np.concatenate([x, x[::-1]]), edge, skipFiniteCheck=True)
