"""Small lines on the cards: the course of what an overlay shows. A layer above the blocks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from designer.ui.canvas.layers import Layer
from designer.ui.canvas.look import mix
from designer.ui.canvas.metrics import FLAT_BELOW, TALL

if TYPE_CHECKING:
    from designer.ui.canvas.scene import CanvasScene

__all__ = ["Sparks", "spark_place"]

_WIDE, _HIGH = 54.0, 14.0


class Sparks(Layer):
    """``courses`` are the numbers by block, oldest first; blocks without have no line."""

    def __init__(self, scene: CanvasScene) -> None:
        self._scene = scene
        self.courses: Mapping[str, Sequence[float]] = {}

    def paint(self, painter: QPainter, area: QRectF, zoom: float) -> None:
        """Draw the lines that are in sight, where cards are near enough to be read."""
        if not self.courses or zoom < FLAT_BELOW:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for name, course in self.courses.items():
            item = self._scene.blocks.get(name)
            if item is None or len(course) < 2 or not item.body.intersects(area):
                continue
            place = spark_place(item.body, item.card.height)
            body, back, line = self._colours(name)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(body)
            painter.drawRect(place.adjusted(-6, 0, 0, 0))  # words that reach here end before it
            painter.setBrush(back)
            painter.drawRoundedRect(place, 3, 3)
            painter.setPen(QPen(line, 1.3))
            painter.drawPolyline(_points(course, place.adjusted(3, 2.5, -3, -2.5)))

    def _colours(self, name: str) -> tuple[QColor, QColor, QColor]:
        look, tint = self._scene.look, self._scene.tints.get(name)
        theme = look.theme
        body = mix(tint, theme.raised, look.tinge) if tint is not None else theme.raised
        return body, mix(body, theme.surface, 0.6), theme.text


def spark_place(body: QRectF, height: float) -> QRectF:
    """Where on a card the line is: at the right end of its last line of words."""
    top = body.top() + (44.0 if height >= TALL else height - _HIGH - 7)
    return QRectF(body.right() - 14 - _WIDE, top, _WIDE, _HIGH)


def _points(course: Sequence[float], place: QRectF) -> QPolygonF:
    """From the first to the last; by powers of ten where the numbers lie far apart."""
    values = list(course)
    if min(values) > 0 and max(values) / min(values) > 20:
        values = [math.log(value) for value in values]
    low, span = min(values), max(values) - min(values)
    step = place.width() / (len(values) - 1)
    shares = [(value - low) / span if span else 0.5 for value in values]
    return QPolygonF(
        [QPointF(place.left() + i * step, place.bottom() - share * place.height()) for i, share in enumerate(shares)]
    )
