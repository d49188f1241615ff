"""A live plot over the iterations of a run: any number of points, crosshair, zoom, light and dark."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from designer.ui import theme as themes
from designer.ui.plots.declared import Columns, Plot
from designer.ui.plots.drawing import Curve, pen
from designer.ui.plots.markers import Mark, Markers
from designer.ui.plots.scale import grown, settled, thousands

__all__ = ["CurvePlot"]

_EPOCH_LINES = 40  # more would be a grey wash


class _Iterations(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Whole iterations with thousands separators."""

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        return [thousands(value) if value >= 0 else "" for value in values]

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N803
        levels = super().tickValues(minVal, maxVal, size)
        return [(step, ticks) for step, ticks in levels if step >= 1][:1]


class _Values(pg.AxisItem):  # type: ignore[misc]
    """Values as the plot's declaration writes them, a fixed width so that plots line up."""

    percent = False

    def boundingRect(self) -> QRectF:
        # pyqtgraph leaves out labels that reach beyond the axis, such as 100 % at its top
        return QRectF(super().boundingRect()).adjusted(0, -10, 0, 10)

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        if self.logMode:
            return [f"{10.0**value:.3g}" for value in values]
        if self.percent:
            digits = 0 if spacing >= 0.0099 else 1 if spacing >= 0.00099 else 2
            return [f"{100 * value:.{digits}f} %" for value in values]
        return [f"{value:.4g}" for value in values]

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N803
        if self.logMode:
            return _decades(minVal, maxVal)
        levels = list(super().tickValues(minVal, maxVal, size))[:1]
        room = max(2, int(size // 22))  # lines of text
        return [(step, list(ticks)[:: -(-len(ticks) // room)]) for step, ticks in levels if len(ticks)]


def _decades(low: float, high: float) -> list[tuple[float, list[float]]]:
    """Ticks of a log10 axis: 1, 10, 100; with 2 and 5 between them while few decades are in view."""
    parts = (1, 2, 5) if high - low < 3 else (1,)
    ticks = [
        power + math.log10(part)
        for power in range(math.floor(low), math.ceil(high) + 1)
        for part in parts
        if low <= power + math.log10(part) <= high
    ]
    return [(1.0, ticks)] if len(ticks) > 1 else [(1.0, np.linspace(low, high, 4).tolist())]


class CurvePlot(QWidget):
    """One declared plot.

    ``add`` takes points at any rate and draws nothing; ``refresh`` draws once. A person who zooms keeps their view
    until a double click (or the button) fits it again.
    """

    hovered = Signal(object)  # the iteration under the cursor, or None

    def __init__(self, plot: Plot, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = plot
        self._per_epoch = self._total = 0
        self._right = 0.0
        self._range: tuple[float, float] | None = None
        self._log = False
        self._free = False  # a person chose the x range
        self._own = False  # this widget is changing the range
        self._dirty = True
        self._cursor: float | None = None
        self._build()
        self.markers = Markers(self._box)
        self.curves = {s.name: Curve(s, self._box, 0.9) for s in plot.series}
        themes.notifier().changed.connect(self._dress)
        self._dress()

    def _build(self) -> None:
        x_axis, self._y_axis = _Iterations("bottom"), _Values("left")
        self._y_axis.percent = self.plot.ceiling == 1.0
        self._x_axis = x_axis
        axes = {"bottom": x_axis, "left": self._y_axis}
        self._view = pg.PlotWidget(parent=self, axisItems=axes, enableMenu=False)
        menu = self._view.getPlotItem().ctrlMenu  # made by pyqtgraph in any case, and left without an owner
        menu.setParent(self._view, menu.windowFlags())
        self._view.setAccessibleName(f"{self.plot.title} plot")
        self._view.setAccessibleDescription(self.plot.help)
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setMinimumSize(120, 60)
        self._box = self._view.getPlotItem().getViewBox()
        self._view.getPlotItem().hideButtons()
        self._view.getPlotItem().setContentsMargins(0, 8, 16, 0)  # room for the outermost labels
        self._box.setMouseEnabled(x=True, y=False)
        self._box.disableAutoRange()
        self._box.sigRangeChangedManually.connect(self._zoomed)
        self._box.sigXRangeChanged.connect(self._moved)
        self._y_axis.setWidth(52)
        for axis in (x_axis, self._y_axis):
            axis.setStyle(
                tickLength=0,
                tickTextOffset=6,
                autoExpandTextSpace=False,
                autoReduceTextSpace=False,
                hideOverlappingLabels=False,
            )
        x_axis.setHeight(22)
        self._epochs = pg.PlotCurveItem(connect="pairs", skipFiniteCheck=True)
        self._epochs.setZValue(-10)
        self._cross = pg.InfiniteLine(angle=90, movable=False)
        self._cross.hide()
        for item in (self._epochs, self._cross):
            self._box.addItem(item, ignoreBounds=True)
        self._tag = QLabel(self._view)
        self._tag.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._tag.hide()
        self._view.viewport().installEventFilter(self)
        self._view.scene().sigMouseMoved.connect(self._mouse_moved)

        self._title = QLabel(self.plot.title, self)
        self._title.setProperty("role", "strong")
        self._title.setToolTip(self.plot.help)
        self._legend = QLabel(self)
        self._legend.setProperty("role", "small")
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._legend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._log_button = QToolButton(self)
        self._log_button.setText("Log")
        self._log_button.setCheckable(True)
        self._log_button.setToolTip("Logarithmic scale")
        self._log_button.setAccessibleName(f"Logarithmic scale for {self.plot.title}")
        self._log_button.toggled.connect(self.set_log)
        self._log_button.setVisible(self.plot.log)
        self._fit = QToolButton(self)
        self._fit.setIcon(themes.icon("mdi6.fit-to-page-outline"))
        self._fit.setToolTip("Show the whole run (double click)")
        self._fit.setAccessibleName(f"Show the whole run in {self.plot.title}")
        self._fit.clicked.connect(self.fit)
        self._fit.hide()
        head = QHBoxLayout()
        head.setContentsMargins(8, 0, 4, 0)
        head.setSpacing(12)
        head.addWidget(self._title)
        head.addWidget(self._legend, 1)
        head.addWidget(self._fit)
        head.addWidget(self._log_button)
        for button in (self._fit, self._log_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._title.setFixedHeight(30)  # the same in plots with and without buttons
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self._view, 1)

    # ------------------------------------------------------------ data

    def set_run(self, per_epoch: int, total: int) -> None:
        """How many iterations an epoch and the whole run have; 0 where that is not known."""
        self._per_epoch, self._total = per_epoch, total
        self._right, self._dirty = 0.0, True

    def add(self, points: Columns) -> None:
        """Add points by series. Nothing is drawn yet."""
        for name, (xs, ys) in points.items():
            if len(xs):
                self.curves[name].append(xs, ys)
                self._dirty = True

    def mark(self, marks: Iterable[Mark]) -> None:
        """Draw lines where parts begin to learn."""
        if self.markers.add(marks):
            self._view.setAccessibleDescription(f"{self.plot.help} {self.markers.said()}")

    def clear(self) -> None:
        """An empty plot, for another run."""
        self.markers.clear()
        self._view.setAccessibleDescription(self.plot.help)
        for curve in self.curves.values():
            curve.values.clear()
            curve.append([], [])
        self._right, self._range, self._free, self._dirty = 0.0, None, False, True
        self._fit.hide()
        self.refresh()

    def end(self) -> None:
        """The run is over: no room is kept for more."""
        self._total = int(self._last())
        self._right, self._dirty = 0.0, True

    def set_smoothing(self, weight: float) -> None:
        """How much the training curve is smoothed, 0 to below 1."""
        for curve in self.curves.values():
            curve.set_weight(weight)
        self._dirty = True
        self.refresh()

    def set_log(self, on: bool) -> None:
        """Logarithmic y, for plots that offer it."""
        self._log = on and self.plot.log
        self._log_button.setChecked(self._log)
        self._y_axis.setLogMode(y=self._log)
        self._range, self._dirty = None, True
        self.refresh()

    def _last(self) -> float:
        return max((float(c.values.x[-1]) for c in self.curves.values() if len(c.values)), default=0.0)

    # ------------------------------------------------------------ drawing

    def refresh(self) -> None:
        """Draw what has come in. Nothing happens while the plot is hidden; showing it draws it."""
        if not self._dirty or not self.isVisible():
            return
        self._dirty = False
        self._own = True
        try:
            if not self._free:
                self._right = grown(self._last(), self._right, self._per_epoch, self._total) or 10.0
                self._box.setXRange(0, self._right * 1.012, padding=0)  # the last dot is whole
            self._draw()
        finally:
            self._own = False
        self._write_legend()

    def _draw(self) -> None:
        start, stop = self._box.viewRange()[0]
        for curve in self.curves.values():
            curve.draw(start, stop, self._log)
        extents = [e for c in self.curves.values() if (e := c.extent(start, stop)) is not None]
        if extents:
            low, high = min(e[0] for e in extents), max(e[1] for e in extents)
            if self._log:
                low, high = math.log10(max(low, 1e-12)), math.log10(max(high, 1e-12))
            self._range = settled(low, high, self._range, None if self._log else self.plot.ceiling)
        bottom, top = self._range or (0.0, 1.0)
        self._box.setYRange(bottom, top, padding=0)
        self._draw_epochs(start, stop, bottom, top)

    def _draw_epochs(self, start: float, stop: float, bottom: float, top: float) -> None:
        first = last = 0
        if self._per_epoch > 1:
            first, last = max(1, math.ceil(start / self._per_epoch)), math.floor(stop / self._per_epoch)
        if not 0 < last - first + 1 <= _EPOCH_LINES or first == 0:
            self._epochs.setData([], [])
            return
        x = np.repeat(np.arange(first, last + 1, dtype=np.float64) * self._per_epoch, 2)
        y = np.tile([bottom - (top - bottom), top + (top - bottom)], last - first + 1)
        self._epochs.setData(x, y)

    def fit(self) -> None:
        """Show the whole run again."""
        self._free, self._right, self._range, self._dirty = False, 0.0, None, True
        self._fit.hide()
        self.refresh()

    def _zoomed(self, *_: Any) -> None:
        self._free = True
        self._fit.show()

    def _moved(self, *_: Any) -> None:
        if not self._own and self.isVisible():
            self._own = True
            try:
                self._draw()
            finally:
                self._own = False

    # ------------------------------------------------------------ reading

    def set_cursor(self, iteration: float | None) -> None:
        """Show the values at an iteration, or the latest ones for None."""
        self._cursor = iteration
        self._cross.setVisible(iteration is not None)
        self._tag.setVisible(iteration is not None)
        if iteration is not None:
            self._cross.setValue(iteration)
            self._tag.setText(self._place(iteration))
            self._tag.adjustSize()
            x = self._view.mapFromScene(self._box.mapViewToScene(QPointF(iteration, 0))).x() - self._tag.width() // 2
            x = max(0, min(x, self._view.width() - self._tag.width()))
            self._tag.move(x, self._view.height() - self._tag.height())  # over the axis: it hides no curve
        self._write_legend()

    def readout(self) -> list[tuple[str, str]]:
        """What the legend says: (series, value) at the cursor, or the latest."""
        out = []
        for name, curve in self.curves.items():
            values = curve.best
            sample = values.at(self._cursor if self._cursor is not None else math.inf)
            if sample is not None:
                out.append((name, self.plot.text(sample[1])))
        return out

    def _write_legend(self) -> None:
        t, values = themes.theme(), self.readout()
        metrics = QFontMetrics(themes.font("small"))
        room = metrics.horizontalAdvance("".join(f"● {name} {value}    " for name, value in values))
        named = room <= self._legend.width()  # where it is narrow the colours must do
        parts = []
        for name, value in values:
            colour = t.series[self.curves[name].series.colour].name()
            parts.append(
                f'<span style="color:{colour}">●</span>&nbsp;{name + "&nbsp;" if named else ""}'
                f'<span style="color:{t.text.name()}">{value.replace(" ", "&nbsp;")}</span>'
            )
        text = "&nbsp;&nbsp; ".join(parts)
        if text != self._legend.text():
            self._legend.setText(text)

    def _place(self, iteration: float) -> str:
        place = f"Iteration {thousands(round(iteration))}"
        if self._per_epoch:
            place += f" · epoch {max(1, math.ceil(round(iteration) / self._per_epoch))}"
        return place

    def _mouse_moved(self, where: QPointF) -> None:
        if not self._box.sceneBoundingRect().contains(where):
            self.hovered.emit(None)
            return
        wanted = float(self._box.mapSceneToView(where).x())
        longest = max((c.values for c in self.curves.values()), key=len)
        sample = longest.at(wanted)
        self.hovered.emit(sample[0] if sample is not None else None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leaving the plot hides the crosshair; a double click fits."""
        if event.type() == QEvent.Type.Leave:
            self.hovered.emit(None)
        elif event.type() == QEvent.Type.MouseButtonDblClick:
            self.fit()
        return super().eventFilter(watched, event)

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
        self._cross.setPen(pen(t.muted, 1, 160))
        self._tag.setStyleSheet(
            f"background: {t.raised.name()}; color: {t.text.name()}; border: 1px solid {t.border.name()};"
            "border-radius: 4px; padding: 2px 6px; font-size: 12px;"
        )
        self.markers.dress(t)
        for curve in self.curves.values():
            curve.dress(QColor(t.series[curve.series.colour]), t.surface)
        self._y_axis.setWidth(QFontMetrics(themes.font("small")).horizontalAdvance("100.0 %") + 12)
        self._legend.setText("")
        self._write_legend()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Names in the legend as long as there is room."""
        super().resizeEvent(event)
        self._write_legend()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came in while the plot was hidden."""
        super().showEvent(event)
        self._dirty = True
        self.refresh()
