"""Lays one wire: straight down in a smooth curve, or along a lane beside the blocks that stand in its way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

__all__ = ["Route", "loose_route", "route"]

BEND = 40.0  # how much height a change of lane takes
CLEAR = 18.0  # between a lane and a block
SHORT = 132.0  # wires shorter than this go straight: nothing fits between their ends
LANE_STEP = 14.0

Obstacles = Callable[[QRectF], Sequence[QRectF]]


class Route:
    """A wire's curve, the place of its label, and (worked out when asked) points along it for hit tests."""

    def __init__(self, path: QPainterPath, middle: QPointF, corners: tuple[QPointF, ...]) -> None:
        self.path = path
        self.middle = middle
        self.corners = corners  # a coarse course of straight lines, for the view from far
        self._points: tuple[QPointF, ...] | None = None

    @property
    def points(self) -> tuple[QPointF, ...]:
        """Points along the curve, close enough together to measure distances."""
        if self._points is None:
            steps = 12 * (len(self.corners) - 1)
            self._points = tuple(self.path.pointAtPercent(i / steps) for i in range(steps + 1))
        return self._points


def loose_route(start: QPointF, end: QPointF) -> Route:
    """A curve that leaves downwards and arrives from above, whatever lies between."""
    path = QPainterPath(start)
    down = end.y() - start.y()
    reach = max(24.0, min(abs(down) * 0.5, 90.0)) if down >= 0 else min(160.0, 60.0 + abs(down) * 0.25)
    path.cubicTo(start + QPointF(0, reach), end - QPointF(0, reach), end)
    return Route(path, (start + end) / 2, (start, end))


def route(start: QPointF, end: QPointF, obstacles: Obstacles, lane: int = 0) -> Route:
    """A curve from an output to an input that goes around blocks. ``lane`` spreads wires which share a way round."""
    down = end.y() - start.y()
    if down < SHORT:
        return loose_route(start, end)
    corridor = QRectF(start, end).normalized().adjusted(-CLEAR, BEND * 0.6, CLEAR, -BEND * 0.6)
    near = obstacles(corridor)
    direct = loose_route(start, end)
    if not near or not _hits(direct, near):
        return direct
    x = _lane(start, end, corridor, obstacles, lane)
    top, bottom = start.y() + BEND, end.y() - BEND
    path = QPainterPath(start)
    path.cubicTo(QPointF(start.x(), start.y() + BEND * 0.72), QPointF(x, start.y() + BEND * 0.28), QPointF(x, top))
    path.lineTo(QPointF(x, bottom))
    path.cubicTo(QPointF(x, end.y() - BEND * 0.28), QPointF(end.x(), end.y() - BEND * 0.72), end)
    return Route(path, QPointF(x, (top + bottom) / 2), (start, QPointF(x, top), QPointF(x, bottom), end))


def _hits(direct: Route, near: Sequence[QRectF]) -> bool:
    return any(rect.adjusted(-6, -4, 6, 4).contains(point) for point in direct.points[1:-1] for rect in near)


def _lane(start: QPointF, end: QPointF, corridor: QRectF, obstacles: Obstacles, lane: int) -> float:
    best, least = start.x(), float("inf")
    for side in (1, -1):
        x = start.x()
        for _ in range(40):
            strip = QRectF(x - CLEAR, corridor.top(), 2 * CLEAR, corridor.height())
            near = obstacles(strip)
            if not near:
                break
            x = max(r.right() for r in near) + CLEAR + 1 if side > 0 else min(r.left() for r in near) - CLEAR - 1
        x += side * lane * LANE_STEP
        # To the right, all else being equal.
        detour = abs(x - start.x()) + abs(x - end.x()) + (0 if side > 0 else 1)
        if detour < least:
            best, least = x, detour
    return best
