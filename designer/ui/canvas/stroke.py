"""Draws a wire the quick way: its straight parts as rectangles, only its bends as strokes.

Qt strokes a path by filling its outline line by line, so that a long rail costs as much as a hundred cards.
"""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QPainter, QPainterPath, QPen

__all__ = ["Strokes"]

_SKEW = 0.01  # what counts as upright or level, in scene units
_Kind = QPainterPath.ElementType


class Strokes:
    """A path taken apart."""

    def __init__(self, path: QPainterPath) -> None:
        self.straight: list[QLineF] = []  # upright or level
        self.bends = QPainterPath()
        at = QPointF()
        index = 0
        while index < path.elementCount():
            element = path.elementAt(index)
            to = QPointF(element.x, element.y)
            if element.type == _Kind.MoveToElement:
                index += 1
            elif element.type == _Kind.LineToElement:
                self._line(at, to)
                index += 1
            else:
                second, end = path.elementAt(index + 1), path.elementAt(index + 2)
                to = self._curve(at, to, QPointF(second.x, second.y), QPointF(end.x, end.y))
                index += 3
            at = to

    def _line(self, a: QPointF, b: QPointF) -> None:
        if abs(a.x() - b.x()) < _SKEW or abs(a.y() - b.y()) < _SKEW:
            self.straight.append(QLineF(a, b))
            return
        self.bends.moveTo(a)
        self.bends.lineTo(b)

    def _curve(self, a: QPointF, b: QPointF, c: QPointF, d: QPointF) -> QPointF:
        xs = (a.x(), b.x(), c.x(), d.x())
        # A curve straight down, unless it swings beyond its ends.
        if max(xs) - min(xs) < _SKEW and a.y() <= b.y() <= d.y() and a.y() <= c.y() <= d.y():
            self.straight.append(QLineF(a, d))
            return d
        self.bends.moveTo(a)
        self.bends.cubicTo(b, c, d)
        return d

    def paint(self, painter: QPainter, pen: QPen) -> None:
        """Draw it in a pen of one colour."""
        half, colour = pen.widthF() / 2, pen.color()
        for line in self.straight:
            x, y = min(line.x1(), line.x2()), min(line.y1(), line.y2())
            wide, tall = abs(line.dx()), abs(line.dy())
            if wide < tall:
                painter.fillRect(QRectF(x - half, y, 2 * half, tall), colour)
            else:
                painter.fillRect(QRectF(x, y - half, wide, 2 * half), colour)
        if not self.bends.isEmpty():
            painter.strokePath(self.bends, pen)
