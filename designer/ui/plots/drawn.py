"""A plot of a run, with any number of points and other runs beside it, as it is drawn: ranges, zoom, light and dark."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from designer.ui import theme as themes
from designer.ui.plots.axes import PlaceAxis, ValueAxis
from designer.ui.plots.choices import Axis, Spread
from designer.ui.plots.chrome import Head, plain_view
from designer.ui.plots.colours import run_colour
from designer.ui.plots.declared import Columns, Plot
from designer.ui.plots.drawing import Curve, View, pen
from designer.ui.plots.markers import Markers
from designer.ui.plots.marks import Mark
from designer.ui.plots.overlay import Overlay
from designer.ui.plots.scale import grown, settled
from designer.ui.plots.timeline import Timeline

__all__ = ["DrawnPlot"]

_EPOCH_LINES = 40  # more would be a grey wash
_WEIGHT = 0.9
_LEAST = 4  # iterations: closer one cannot look


class DrawnPlot(QWidget):
    """One declared plot.

    ``add`` takes points at any rate and draws nothing; ``refresh`` draws once. A person who zooms keeps their view
    until a double click (or the button) fits it again. Places are those of the x axis that is chosen.
    """

    viewed = Signal(float, float)  # a person looks at this part
    fitted = Signal()  # a person wants the whole run

    def __init__(self, plot: Plot, parent: QWidget | None = None, timeline: Timeline | None = None) -> None:
        super().__init__(parent)
        self.plot = plot
        self.timeline = timeline if timeline is not None else Timeline()
        self.axis: Axis = "iteration"
        self.overlays: dict[str, Overlay] = {}
        self._colours: dict[str, int] = {}
        self._weight, self._means = _WEIGHT, False
        self._spread: Spread = "range"
        self._right = 0.0
        self._ended = False
        self._range: tuple[float, float] | None = None
        self._log = False
        self._free = False  # a person chose the x range
        self._own = False  # this widget is changing the range
        self._dirty = True
        self._build()
        self.markers = Markers(self._box, self.timeline)
        self.curves = {s.name: Curve(s, self._box, _WEIGHT) for s in plot.series}
        themes.notifier().changed.connect(self._dress)
        self._dress()

    def _build(self) -> None:
        self.setAccessibleName(f"{self.plot.title} plot")
        self.setAccessibleDescription(self.plot.help)
        self._x_axis, self._y_axis = PlaceAxis(), ValueAxis(self.plot.ceiling == 1.0, self.plot.tick)
        self._view = plain_view(self.plot, self._x_axis, self._y_axis, self)
        self._box = self._view.getPlotItem().getViewBox()
        self._box.sigRangeChangedManually.connect(self._zoomed)
        self._box.sigXRangeChanged.connect(self._moved)
        self._epochs = pg.PlotCurveItem(connect="pairs", skipFiniteCheck=True)
        self._epochs.setZValue(-10)
        self._box.addItem(self._epochs, ignoreBounds=True)
        self._none = QLabel(self._view)
        self._none.setProperty("role", "small")
        self._none.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.head = Head(self.plot, self)
        self._legend, self._log_button, self._fit = self.head.legend, self.head.log, self.head.fit
        self.head.logged.connect(self.set_log)
        self.head.fitted.connect(self._fit_all)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 4, 1, 1)
        layout.setSpacing(2)
        layout.addWidget(self.head)
        layout.addWidget(self._view, 1)

    # ------------------------------------------------------------ data

    def set_run(self, per_epoch: int, total: int) -> None:
        """How many iterations an epoch and the whole run have; 0 where that is not known."""
        self.timeline.set_run(per_epoch, total)
        self._right, self._dirty, self._ended = 0.0, True, False

    def add(self, points: Columns) -> None:
        """Add points by series. Nothing is drawn yet."""
        for name, (xs, ys) in points.items():
            if len(xs):
                self.curves[name].track.append(xs, ys)
                self._dirty = True

    def mark(self, marks: Iterable[Mark]) -> None:
        """Draw lines where something happened."""
        if self.markers.add(marks):
            for widget in (self, self._view):
                widget.setAccessibleDescription(f"{self.plot.help} {self.markers.said()}")

    def overlay(self, key: str, name: str, colour: int, lines: Sequence[Timeline]) -> Overlay:
        """Another run beside this one, or a series of runs with these timelines, in the ``colour``-th colour."""
        self.remove(key)
        made = Overlay(self.plot, self._box, name, run_colour(colour, themes.theme()), lines, self._weight)
        made.set_spread(self._spread)
        made.show_means(self._means)
        self.overlays[key], self._colours[key] = made, colour
        return made

    def add_to(self, key: str, member: int, points: Columns) -> None:
        """Add points of another run. Nothing is drawn yet."""
        if any(len(xs) for xs, _ in points.values()):
            self.overlays[key].append(member, points)
            self._dirty = True

    def show_overlay(self, key: str, shown: bool) -> None:
        """Show or hide another run."""
        self.overlays[key].show(shown)
        self._settle()

    def remove(self, key: str) -> None:
        """Take another run away."""
        gone = self.overlays.pop(key, None)
        if gone is not None:
            gone.remove()
            self._settle()

    def clear(self) -> None:
        """An empty plot, for another run. Other runs stay."""
        self.markers.clear()
        for widget in (self, self._view):
            widget.setAccessibleDescription(self.plot.help)
        for curve in self.curves.values():
            curve.track.clear()
        self.timeline.clear()
        self._free, self._ended = False, False
        self._fit.hide()
        self._settle()

    def end(self) -> None:
        """The run is over: no room is kept for more."""
        self._ended = True
        self._right, self._dirty = 0.0, True

    @property
    def has_data(self) -> bool:
        """Whether there is anything to show."""
        own = any(len(curve.values) for curve in self.curves.values())
        return own or any(overlay.last("iteration") for overlay in self.overlays.values())

    # ------------------------------------------------------------ choices

    def set_smoothing(self, weight: float) -> None:
        """How much training curves are smoothed, 0 to below 1."""
        self._weight = weight
        for curve in self.curves.values():
            curve.track.set_weight(weight)
        for overlay in self.overlays.values():
            overlay.set_weight(weight)
        self._dirty = True
        self.refresh()

    def set_log(self, on: bool) -> None:
        """Logarithmic y, for plots that offer it."""
        self._log = on and self.plot.log
        self._log_button.setChecked(self._log)
        self._y_axis.setLogMode(y=self._log)
        self._range, self._dirty = None, True
        self.refresh()

    def set_axis(self, axis: Axis) -> None:
        """Count iterations, epochs or seconds; the whole run is in view then."""
        self.axis = axis
        self._x_axis.use(axis)
        self.markers.use(axis)
        self.fit()

    def set_spread(self, how: Spread) -> None:
        """What the band around the mean of several runs is."""
        self._spread = how
        for overlay in self.overlays.values():
            overlay.set_spread(how)
        self._settle()

    def set_means(self, shown: bool) -> None:
        """Whether the means of whole epochs are shown."""
        self._means = shown
        for curve in self.curves.values():
            if curve.series.style == "means":
                curve.show(shown)
        for overlay in self.overlays.values():
            overlay.show_means(shown)
        self._settle()

    def take_choices(self, other: DrawnPlot) -> None:
        """Count, scale and smooth as another plot does."""
        self.axis, self._ended, self._weight = other.axis, other._ended, other._weight
        self._x_axis.use(self.axis)
        self.markers.use(self.axis)
        self.set_means(other._means)
        self.set_spread(other._spread)
        self.set_log(other._log)

    def colour_of(self, key: str) -> int:
        """Which of the colours another run has."""
        return self._colours[key]

    def chosen_range(self) -> tuple[float, float] | None:
        """The part that a person looks at; None for the whole run."""
        start, stop = self._box.viewRange()[0]
        return (start, stop) if self._free else None

    def _settle(self) -> None:
        self._range, self._right, self._dirty = None, 0.0, True
        self.refresh()

    # ------------------------------------------------------------ drawing

    def _last(self) -> float:
        """The last iteration of this run that is drawn."""
        return max((float(c.values.x[-1]) for c in self.curves.values() if len(c.values)), default=0.0)

    def _end(self) -> float:
        """Where the longest run in view ends on the axis."""
        last = self._last()
        own = self.timeline.place(last, self.axis) if last and self.timeline.knows(self.axis) else 0.0
        return max([own, *(o.last(self.axis) for o in self.overlays.values() if o.shown)])

    def _reach(self) -> float:
        """The right end of the axis: with room for what a run that goes on will bring."""
        last, line = self._end(), self.timeline
        total = per_epoch = 0
        if not line.total or self._ended:
            total = math.ceil(last) if self.axis == "iteration" else 0
            if self.axis != "iteration":
                return last or 1.0
        elif self.axis == "time":
            done = self._last()
            planned = line.place(done, "time") * line.total / done if done and line.knows("time") else 0.0
            total = math.ceil(max(last, planned))
        elif self.axis == "iteration":
            total, per_epoch = line.total, line.per_epoch
        elif self.axis == "epoch" and line.per_epoch:
            total, per_epoch = math.ceil(line.total / line.per_epoch), 1
        return grown(last, self._right, per_epoch, total) or 10.0

    def refresh(self) -> None:
        """Draw what has come in. Nothing happens while the plot is hidden; showing it draws it."""
        if not self._dirty or not self.isVisible():
            return
        self._dirty = False
        self._own = True
        try:
            self._right = self._reach()
            least = _LEAST if self.axis == "iteration" else self._right * 1e-5
            self._box.setLimits(xMin=-0.02 * self._right, xMax=self._right * 1.05, minXRange=min(least, self._right))
            if not self._free:
                # The first and the last dot are whole.
                self._box.setXRange(-0.008 * self._right, self._right * 1.012, padding=0)
            self._draw()
        finally:
            self._own = False
        self._write_legend()

    def _draw(self) -> None:
        start, stop = self._box.viewRange()[0]
        view = View(start, stop, self.axis, self._log)
        extents = []
        for curve in self.curves.values():
            if curve.shown:
                curve.draw(view, self.timeline)
                extents.append(curve.extent(view, self.timeline))
        extents += [overlay.draw(view) for overlay in self.overlays.values()]
        found = [extent for extent in extents if extent is not None]
        if found:
            low, high = min(e[0] for e in found), max(e[1] for e in found)
            if self._log:
                low, high = math.log10(max(low, 1e-12)), math.log10(max(high, 1e-12))
            self._range = settled(low, high, self._range, None if self._log else self.plot.ceiling)
        self._say_none(not found)
        bottom, top = self._range or (0.0, 1.0)
        self._box.setYRange(bottom, top, padding=0)
        self._draw_epochs(start, stop, bottom, top)

    def _say_none(self, none: bool) -> None:
        """Why a plot is empty, where it is."""
        self._none.setVisible(none)
        self._y_axis.setStyle(showValues=not none)
        if none:
            timed = self.axis == "iteration" or self.timeline.knows(self.axis) or not self.has_data
            self._none.setText("No values yet" if timed else "Not known on this axis: count iterations")
            self._none.setGeometry(self._view.rect())

    def _draw_epochs(self, start: float, stop: float, bottom: float, top: float) -> None:
        first, last = 1, 0
        if self.timeline.per_epoch > 1 and self.timeline.knows(self.axis):
            a, b = self.timeline.back(np.array([start, stop]), self.axis) / self.timeline.per_epoch
            first, last = max(1, math.ceil(a)), math.floor(b)
        if not 0 < last - first + 1 <= _EPOCH_LINES:
            self._epochs.setData([], [])
            return
        at = np.arange(first, last + 1, dtype=np.float64) * self.timeline.per_epoch
        x = np.repeat(self.timeline.places(at, self.axis), 2)
        y = np.tile([bottom, top], last - first + 1)
        self._epochs.setData(x, y)

    def fit(self) -> None:
        """Show the whole run again."""
        self._free = False
        self._fit.hide()
        self._settle()

    def show_range(self, start: float, stop: float) -> None:
        """Look at a part, as another plot does."""
        self._free = True
        self._fit.show()
        self._box.setXRange(start, stop, padding=0)

    def colour(self, curve: Curve) -> QColor:
        """The colour of a curve of the run itself."""
        return QColor(themes.theme().series[curve.series.colour])

    def _fit_all(self) -> None:
        self.fit()
        self.fitted.emit()

    def _zoomed(self, *_: Any) -> None:
        self._free = True
        self._fit.show()
        self.viewed.emit(*self._box.viewRange()[0])

    def _moved(self, *_: Any) -> None:
        if not self._own and self.isVisible():
            self._own = True
            try:
                self._draw()
            finally:
                self._own = False

    def readout(self) -> list[tuple[str, str]]:
        """What the legend says: (series, value) at the cursor, or the latest."""
        out = []
        at = self._read_at()
        for name, curve in self.curves.items():
            sample = curve.best.at(at) if curve.shown and not math.isnan(at) else None
            if sample is not None:
                out.append((name, self.plot.text(sample[1])))
        return out

    def _read_at(self) -> float:
        """The iteration whose values the legend shows; NaN for none."""
        return math.inf

    def _write_legend(self) -> None:
        self.head.write([(self.colour(self.curves[name]).name(), name, value) for name, value in self.readout()])

    # ------------------------------------------------------------ looks

    def _dress(self) -> None:
        t = themes.theme()
        self._view.setBackground(None)  # the panel's own
        self._view.setStyleSheet("background: transparent")
        for axis in (self._x_axis, self._y_axis):
            axis.setTickFont(themes.font("small"))
            axis.setTextPen(pen(t.muted))
            axis.setPen(pen(t.border))
        self._view.showGrid(x=False, y=True, alpha=0.3)
        self._epochs.setPen(pen(t.border, 1, 140))
        self.markers.dress(t)
        for curve in self.curves.values():
            curve.dress(self.colour(curve), t.surface)
        for key, overlay in self.overlays.items():
            overlay.dress(run_colour(self._colours[key], t))
        self._y_axis.setWidth(QFontMetrics(themes.font("small")).horizontalAdvance("100.0 %") + 12)
        self.head.dress()
        self._write_legend()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Names in the legend as long as there is room."""
        super().resizeEvent(event)
        self._none.setGeometry(self._view.rect())
        self._write_legend()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came in while the plot was hidden."""
        super().showEvent(event)
        self._dirty = True
        self.refresh()
