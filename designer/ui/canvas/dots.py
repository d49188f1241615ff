"""The dots on the paper: one row drawn once a zoom, then blitted row by row."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap, QTransform

from designer.ui.canvas.metrics import GRID

__all__ = ["Dots"]

APART = 16.0  # the least distance in pixels; beyond, every other dot is left out
HALF = 2.0  # of a row's height


class Dots:
    """Remembers the row that it drew last."""

    def __init__(self) -> None:
        self._key: tuple[float, int, float, int] | None = None
        self._row = QPixmap()

    def paint(self, painter: QPainter, transform: QTransform, rect: QRectF, colour: QColor) -> None:
        """Draw the dots of an area of the scene; the painter is in pixels, ``transform`` leads there."""
        step = GRID
        while step * transform.m11() < APART:
            step *= 2
        area = transform.mapRect(rect)
        left = math.floor(rect.left() / step) * step
        y = math.floor(rect.top() / step) * step
        row = self._strip(step * transform.m11(), area.width(), painter.device().devicePixelRatioF(), colour)
        x = round(transform.map(QPointF(left, 0)).x() - HALF)
        while y <= rect.bottom() + step:
            painter.drawPixmap(QPointF(x, round(transform.map(QPointF(0, y)).y() - HALF)), row)
            y += step

    def _strip(self, apart: float, width: float, ratio: float, colour: QColor) -> QPixmap:
        # In steps of 256 pixels, so that panning, which asks for narrow strips too, does not draw anew each time.
        wide = (math.ceil((width + 2 * apart) / 256) + 1) * 256
        key = (apart, wide, ratio, colour.rgb())
        old = self._key
        if old is not None and (old[0], old[2], old[3]) == (apart, ratio, colour.rgb()) and old[1] >= wide:
            return self._row
        self._key = key
        row = QPixmap(round(wide * ratio), round(2 * HALF * ratio))
        row.setDevicePixelRatio(ratio)
        row.fill(Qt.GlobalColor.transparent)
        inner = QPainter(row)
        inner.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner.setPen(Qt.PenStyle.NoPen)
        inner.setBrush(colour)
        x = HALF
        while x < wide:
            inner.drawEllipse(QPointF(x, HALF), 1.1, 1.1)
            x += apart
        inner.end()
        self._row = row
        return row
