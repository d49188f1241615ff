"""Wires that a person leads through points of their own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

from designer.ui.canvas.routes import Route

__all__ = ["bent_route", "inserted"]

PULL = 0.35  # how far a curve swings, as a part of the way to the next point


def bent_route(start: QPointF, via: Sequence[QPointF], end: QPointF) -> Route:
    """A smooth curve that leaves downwards, passes through every point, and arrives from above."""
    points = [start, *via, end]
    path = QPainterPath(start)
    for i, (a, b) in enumerate(pairwise(points)):
        length = ((b.x() - a.x()) ** 2 + (b.y() - a.y()) ** 2) ** 0.5
        reach = max(12.0, length * PULL)
        path.cubicTo(a + _heading(points, i) * reach, b - _heading(points, i + 1) * reach, b)
    middle = path.pointAtPercent(0.5) if len(via) % 2 == 0 else via[len(via) // 2] + QPointF(0, -18)
    return Route(path, middle, tuple(points))


def _heading(points: Sequence[QPointF], i: int) -> QPointF:
    """The direction in which the wire passes a point: downwards at its ends."""
    if i in (0, len(points) - 1):
        return QPointF(0, 1)
    way = points[i + 1] - points[i - 1]
    length = (way.x() ** 2 + way.y() ** 2) ** 0.5
    return way / length if length else QPointF(0, 1)


def inserted(start: QPointF, via: Sequence[QPointF], end: QPointF, new: QPointF) -> tuple[list[QPointF], int]:
    """The points with one more where it makes the least detour, and its number."""
    points = [start, *via, end]

    def detour(i: int) -> float:
        a, b = points[i], points[i + 1]
        return _apart(a, new) + _apart(new, b) - _apart(a, b)

    best = min(range(len(points) - 1), key=detour)
    return [*via[:best], new, *via[best:]], best


def _apart(a: QPointF, b: QPointF) -> float:
    return float(((a.x() - b.x()) ** 2 + (a.y() - b.y()) ** 2) ** 0.5)
