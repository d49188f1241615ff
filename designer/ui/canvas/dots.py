"""The dots on the paper: one row drawn once a zoom, then blitted row by row."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap, QTransform

from designer.ui.canvas.metrics import GRID

__all__ = ["Dots"]

APART = 16.0  # the least distance in pixels; beyond, every other dot is left out
HALF = 2.0  # of a row's height
MOST = 8  # rows that are kept
_Key = tuple[float, float, int, float, int]


class Dots:
    """Remembers the rows that it drew last.

    Every dot lies on whole pixels by itself, so that a strip that comes in while one pans continues what is there.
    """

    def __init__(self) -> None:
        self._rows: dict[_Key, QPixmap] = {}

    def paint(self, painter: QPainter, transform: QTransform, rect: QRectF, colour: QColor) -> None:
        """Draw the dots of an area of the scene; the painter is in pixels, ``transform`` leads there."""
        step = GRID
        while step * transform.m11() < APART:
            step *= 2
        ratio = painter.device().devicePixelRatioF()
        left = math.floor(rect.left() / step) * step
        y = math.floor(rect.top() / step) * step
        start = transform.map(QPointF(left, 0)).x()
        row = self._row(step * transform.m11(), start % 1.0, transform.mapRect(rect).width(), ratio, colour)
        x = math.floor(start) - HALF
        while y <= rect.bottom() + step:
            painter.drawPixmap(QPointF(x, math.floor(transform.map(QPointF(0, y)).y() + 0.5) - HALF), row)
            y += step

    def _row(self, apart: float, phase: float, width: float, ratio: float, colour: QColor) -> QPixmap:
        # In steps of 256 pixels, so that panning, which asks for narrow strips too, does not draw anew each time.
        wide = (math.ceil((width + 2 * apart) / 256) + 1) * 256
        key = (round(apart, 6), round(phase, 3), wide, ratio, colour.rgb())
        if key not in self._rows:
            if len(self._rows) >= MOST:
                self._rows.pop(next(iter(self._rows)))
            self._rows[key] = _drawn(apart, phase, wide, ratio, colour)
        return self._rows[key]


def _drawn(apart: float, phase: float, wide: int, ratio: float, colour: QColor) -> QPixmap:
    row = QPixmap(round(wide * ratio), round(2 * HALF * ratio))
    row.setDevicePixelRatio(ratio)
    row.fill(Qt.GlobalColor.transparent)
    with QPainter(row) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        at = phase
        while at < wide:
            painter.drawEllipse(QPointF(HALF + math.floor(at + 0.5), HALF), 1.1, 1.1)
            at += apart
    return row
