"""The loss over growing learning rates, with a line at the rate to take: drag it, click, or use the arrow keys."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from designer.train.rate_curve import RateCurve, rate_words, rounded
from designer.ui import theme as themes
from designer.ui.plots.drawing import pen

__all__ = ["RatePlot"]

_STEP = 0.05  # decades that an arrow key moves the line by
_HEADROOM = 1.25  # of the loss at the start: what soars leaves the plot


class _Rates(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Powers of ten, as people write rates."""

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        return [f"{10.0**value:g}" for value in values]

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N803
        return [(1.0, [float(power) for power in range(math.ceil(minVal - 0.01), math.floor(maxVal + 0.01) + 1)])]


class _Losses(pg.AxisItem):  # type: ignore[misc]
    """A few losses."""

    def boundingRect(self) -> QRectF:
        return QRectF(super().boundingRect()).adjusted(0, -10, 0, 10)

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        return [f"{value:.3g}" for value in values]

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N803
        return list(super().tickValues(minVal, maxVal, size))[:1]


class RatePlot(QWidget):
    """``picked(float)`` is sent when a person moves the line to another rate."""

    picked = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.curve = RateCurve()
        self.rate: float | None = None  # where the line stands
        self._chosen: float | None = None
        below, beside = _Rates("bottom"), _Losses("left")
        axes = {"bottom": below, "left": beside}
        self.view = pg.PlotWidget(parent=self, axisItems=axes, enableMenu=False)
        menu = self.view.getPlotItem().ctrlMenu  # made by pyqtgraph in any case, and left without an owner
        menu.setParent(self.view, menu.windowFlags())
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.getPlotItem().hideButtons()
        self.view.getPlotItem().setContentsMargins(0, 8, 16, 0)
        self._box = self.view.getPlotItem().getViewBox()
        self._box.setMouseEnabled(x=False, y=False)
        self._box.disableAutoRange()
        for axis in (below, beside):
            axis.setStyle(tickLength=0, tickTextOffset=6, autoExpandTextSpace=False, autoReduceTextSpace=False)
        below.setHeight(22)
        beside.setWidth(44)
        self._axes: tuple[Any, ...] = (below, beside)
        self._cloud = pg.PlotCurveItem(antialias=True)
        self._line = pg.PlotCurveItem(antialias=True)
        self._now = pg.InfiniteLine(angle=90, movable=False)
        self._now_words = pg.TextItem("chosen", anchor=(0.5, 0))
        self.marker = pg.InfiniteLine(angle=90, movable=False)
        self._words = pg.TextItem("", anchor=(0.5, 0))
        for item in (self._cloud, self._line, self._now, self._now_words, self.marker, self._words):
            self._box.addItem(item, ignoreBounds=True)
        for words in (self._words, self._now_words):
            words.setFont(themes.font("small"))
            words.setZValue(20)  # over the lines
        self.view.viewport().setCursor(Qt.CursorShape.SizeHorCursor)
        self.view.viewport().installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self.setMinimumHeight(150)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Loss by learning rate")
        themes.notifier().changed.connect(self._dress)
        self._dress()
        self.clear()

    # ------------------------------------------------------------ data

    def clear(self, chosen: float | None = None) -> None:
        """Empty, for another test; ``chosen`` is the rate of the settings."""
        self.curve, self.rate, self._chosen = RateCurve(), None, chosen
        self._draw()

    def add(self, rate: float, loss: float) -> None:
        """One more point. Drawn by `refresh`."""
        self.curve.add(rate, loss)

    def refresh(self) -> None:
        """Draw what was added."""
        self._draw()

    def choose(self, rate: float) -> None:
        """The settings have another rate now."""
        self._chosen = rate
        self._draw()

    def mark(self, rate: float | None) -> None:
        """Put the line at a rate, without telling."""
        self.rate = rate
        self._draw()

    # ------------------------------------------------------------ drawing

    def _draw(self) -> None:
        rates, losses = self.curve.rates, self.curve.losses
        x = np.log10(np.asarray(rates or [1e-7, 10.0], dtype=float))
        levels = np.asarray(self.curve.smooth(), dtype=float)
        if rates:
            self._cloud.setData(x, np.asarray(losses, dtype=float))
            self._line.setData(x, levels)
        else:
            self._cloud.setData([], [])
            self._line.setData([], [])
        top = float(max(levels[: max(3, len(levels) // 4)]) * _HEADROOM) if rates else 1.0
        low = min(0.0, float(levels.min())) if rates else 0.0
        left, right = -7.0, 1.0
        if rates:
            left, right = min(left, float(x[0])), max(right, float(x[-1]))
        self._box.setRange(xRange=(left, right), yRange=(low, max(top, low + 1e-6)), padding=0)
        self._place(self._now, self._now_words, self._chosen, low)
        self._place(self.marker, self._words, self.rate, top)
        self._words.setText(rate_words(self.rate) if self.rate is not None else "")
        self._now_words.setAnchor((0.5, 1))
        told = f"The line is at {rate_words(self.rate)}." if self.rate is not None else ""
        self.setAccessibleDescription(f"{told} Arrow keys move it.")

    def _place(self, line: pg.InfiniteLine, words: pg.TextItem, rate: float | None, at: float) -> None:
        shown = rate is not None and rate > 0
        line.setVisible(shown)
        words.setVisible(shown)
        if rate is not None and shown:
            line.setPos(math.log10(rate))
            words.setPos(math.log10(rate), at)

    def _dress(self) -> None:
        t = themes.theme()
        self.view.setBackground(t.surface)
        for axis in self._axes:
            axis.setPen(pen(t.border))
            axis.setTextPen(t.muted)
            axis.setTickFont(themes.font("small"))
        self._cloud.setPen(pen(t.series[0], 1, 110))
        self._line.setPen(pen(t.series[0], 2))
        dashes = pen(t.muted)
        dashes.setStyle(Qt.PenStyle.DashLine)
        self._now.setPen(dashes)
        self.marker.setPen(pen(t.series[1], 2))
        back = QColor(t.surface)
        back.setAlpha(225)
        for words, colour in ((self._words, t.text), (self._now_words, t.muted)):
            words.setColor(colour)
            words.fill = pg.mkBrush(back)
            words.update()

    # ------------------------------------------------------------ the hand

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A press takes the line to the mouse, and a drag takes it along."""
        kinds = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove)
        if event.type() in kinds and isinstance(event, QMouseEvent) and event.buttons() & Qt.MouseButton.LeftButton:
            if self.curve.rates:
                place = self.view.mapToScene(event.position().toPoint())
                self.setFocus(Qt.FocusReason.MouseFocusReason)
                self._pick(float(self._box.mapSceneToView(place).x()))
            return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right move the line."""
        way = {Qt.Key.Key_Left: -_STEP, Qt.Key.Key_Right: _STEP}.get(Qt.Key(event.key()))
        if way is None or self.rate is None:
            super().keyPressEvent(event)
            return
        self._pick(math.log10(self.rate) + way)

    def _pick(self, place: float) -> None:
        (left, right), _ = self._box.viewRange()
        rate = rounded(math.pow(10.0, min(max(place, left), right)))
        self.mark(rate)
        self.picked.emit(rate)
