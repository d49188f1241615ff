"""A plot that one reads values from: crosshair, a table of what every curve is there, keys."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from designer.ui import theme as themes
from designer.ui.plots.choices import Axis
from designer.ui.plots.declared import Plot
from designer.ui.plots.drawing import logged, pen
from designer.ui.plots.drawn import DrawnPlot
from designer.ui.plots.readout import Line, Readout
from designer.ui.plots.scale import thousands
from designer.ui.plots.timeline import Timeline
from designer.ui.run_state import duration

__all__ = ["CurvePlot"]


class CurvePlot(DrawnPlot):
    """One declared plot with a crosshair. It is at a place of the x axis that is chosen."""

    hovered = Signal(object)  # the place under the cursor, or None

    def __init__(self, plot: Plot, parent: QWidget | None = None, timeline: Timeline | None = None) -> None:
        self._cursor: float | None = None
        super().__init__(plot, parent, timeline)

    def _build(self) -> None:
        super()._build()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._cross = pg.InfiniteLine(angle=90, movable=False)
        self._cross.hide()
        self._near = pg.ScatterPlotItem(pxMode=True, size=8, antialias=True)
        self._near.setZValue(40)
        for item in (self._cross, self._near):
            self._box.addItem(item, ignoreBounds=True)
        self._tag = QLabel(self._view)
        self._tag.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._tag.hide()
        self.table = Readout(self)
        self._view.viewport().installEventFilter(self)
        self._view.scene().sigMouseMoved.connect(self._mouse_moved)

    def set_axis(self, axis: Axis) -> None:
        """Count iterations, epochs or seconds; the whole run is in view then, without a crosshair."""
        self.set_cursor(None)
        super().set_axis(axis)

    @property
    def crosshair(self) -> float | None:
        """Where the crosshair is."""
        return self._cursor

    def _read_at(self) -> float:
        return super()._read_at() if self._cursor is None else self.timeline.iteration(self._cursor, self.axis)

    def set_cursor(self, place: float | None, detail: bool = False) -> None:
        """Show the values at a place, or the latest ones for None; in ``detail``: those of every run, in a table."""
        self._cursor = place
        self._cross.setVisible(place is not None)
        self._tag.setVisible(place is not None)
        if place is None:
            self._near.setData([], [])
            self.table.hide()
        else:
            self._cross.setValue(place)
            self._tag.setText(self._place(place))
            self._tag.adjustSize()
            x = self._view.mapFromScene(self._box.mapViewToScene(QPointF(place, 0))).x()
            left = max(0, min(x - self._tag.width() // 2, self._view.width() - self._tag.width()))
            self._tag.move(left, self._view.height() - self._tag.height())  # over the axis: it hides no curve
            self._dot_nearest(place)
            if detail:
                t = themes.theme()
                notes = [(getattr(t, name).name(), words) for name, words in self.markers.near(place)]
                self.table.show_lines(self.lines(place), notes, self._view.mapToGlobal(QPoint(x, 8)))
            else:
                self.table.hide()
        self._write_legend()

    def _dot_nearest(self, place: float) -> None:
        spots = []
        for curve in self.curves.values():
            found = curve.best.at(self.timeline.iteration(place, self.axis)) if curve.shown else None
            if found is not None and self.timeline.knows(self.axis):
                at = self.timeline.place(found[0], self.axis)
                y = float(logged(np.array([found[1]]), self._log)[0])
                spots.append({"pos": (at, y), "brush": self.colour(curve)})
        self._near.setData(spots)

    def lines(self, place: float) -> list[Line]:
        """What every curve of every run is at a place: colour, name, value, and the raw value or spread behind it."""
        out: list[Line] = []
        at = self.timeline.iteration(place, self.axis)
        for name, curve in self.curves.items():
            best, raw = curve.best.at(at), curve.values.at(at)
            if curve.shown and best is not None and raw is not None and not math.isnan(at):
                more = self.plot.text(raw[1]) if curve.smoothed is not None else ""
                out.append((self.colour(curve).name(), name, self.plot.text(best[1]), more))
        for overlay in self.overlays.values():
            if overlay.shown:
                several = sum(s.style != "means" for s in self.plot.series) > 1
                for name, value, more in overlay.rows(place, self.axis):
                    words = f"{overlay.name}, {name.lower()}" if several else overlay.name
                    out.append((overlay.colour.name(), words, value, more))
        return out

    def _place(self, place: float) -> str:
        iteration = self.timeline.iteration(place, self.axis)
        whole = 0 if math.isnan(iteration) else round(iteration)
        words = f"Iteration {thousands(whole)}" if whole else ""
        if self.axis == "time":
            return " · ".join(filter(None, [duration(place), words]))
        if self.axis == "epoch":
            return " · ".join(filter(None, [f"Epoch {place:.4g}", words]))
        per_epoch = self.timeline.per_epoch
        return f"{words} · epoch {max(1, math.ceil(whole / per_epoch))}" if per_epoch else words or "Start"

    def _nearest(self, wanted: float) -> float | None:
        """The place of the sample nearest to a place; without samples of this run, that place."""
        longest = max((c.values for c in self.curves.values()), key=len, default=None)
        sample = None
        if longest is not None and self.timeline.knows(self.axis):
            sample = longest.at(self.timeline.iteration(wanted, self.axis))
        if sample is not None:
            found = self.timeline.place(sample[0], self.axis)
            if not self.overlays or wanted <= found:
                return found
        return wanted if any(o.last(self.axis) for o in self.overlays.values()) else None

    def _mouse_moved(self, where: QPointF) -> None:
        inside = self._box.sceneBoundingRect().contains(where)
        self._point(self._nearest(float(self._box.mapSceneToView(where).x())) if inside else None)

    def _point(self, place: float | None) -> None:
        if place is not None:
            self.set_cursor(place, detail=True)
        self.hovered.emit(place)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leaving the plot hides the crosshair; a double click fits."""
        if event.type() == QEvent.Type.Leave:
            self.hovered.emit(None)
        elif event.type() == QEvent.Type.MouseButtonDblClick:
            self._fit_all()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the crosshair (with Shift the view), plus and minus zoom, Home fits, Escape takes it away."""
        (start, stop), key = self._box.viewRange()[0], event.key()
        span, shift = stop - start, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            step = (1 if key == Qt.Key.Key_Right else -1) * span
            if shift:
                self._look(start + step / 10, stop + step / 10)
            else:
                fast = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
                self._step(step / (10 if fast else 100), start, stop)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            middle = self._cursor if self._cursor is not None else (start + stop) / 2
            factor = 1.25 if key == Qt.Key.Key_Minus else 0.8
            self._look(middle - (middle - start) * factor, middle + (stop - middle) * factor)
        elif key == Qt.Key.Key_Home:
            self._fit_all()
        elif key == Qt.Key.Key_Escape and self._cursor is not None:
            self.hovered.emit(None)
        else:
            super().keyPressEvent(event)

    def _step(self, by: float, start: float, stop: float) -> None:
        """Move the crosshair by a bit, and by a sample at least."""
        before = self._cursor if self._cursor is not None else (start if by > 0 else stop)
        least = 1.0
        for wanted in (before + by, before + math.copysign(least, by)):
            place = self._nearest(min(max(wanted, start), stop))
            if place is not None and place != before:
                self._point(place)
                said = ", ".join(f"{name} {value}" for _, name, value, _ in self.lines(place))
                self.setAccessibleDescription(f"{self._place(place)}: {said}")
                return

    def _look(self, start: float, stop: float) -> None:
        self.show_range(start, stop)
        self.viewed.emit(*self._box.viewRange()[0])

    def _dress(self) -> None:
        t = themes.theme()
        self._cross.setPen(pen(t.muted, 1, 160))
        self._near.setPen(pen(t.surface, 1.5))
        self._tag.setStyleSheet(
            f"background: {t.raised.name()}; color: {t.text.name()}; border: 1px solid {t.border.name()};"
            "border-radius: 4px; padding: 2px 6px; font-size: 12px;"
        )
        self.table.dress(t)
        super()._dress()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ring of the keyboard's focus."""
        super().paintEvent(event)
        if self.hasFocus():
            with QPainter(self) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(themes.theme().accent)
                painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 6, 6)

    def hideEvent(self, event: QHideEvent) -> None:
        """The table goes with the plot."""
        super().hideEvent(event)
        self.table.hide()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The crosshair of the keyboard goes with it."""
        super().focusOutEvent(event)
        if not self._view.underMouse():
            self.hovered.emit(None)
