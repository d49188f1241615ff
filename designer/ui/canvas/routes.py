"""Lays one wire: straight down in a smooth curve, or along a lane beside the blocks that stand in its way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

__all__ = ["Route", "loose_route", "route"]

BEND = 40.0  # how much height a change of lane takes
CLEAR = 18.0  # between a lane and a block
LABEL_CLEAR = 40.0  # the same where there is room: half a label fits between
SHORT = 132.0  # wires shorter than this go straight: nothing fits between their ends
LANE_STEP = 14.0
RISE, TURN = 26.0, 14.0  # how far beyond the blocks a wire turns back, and how round its corners are

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
    if down < -SHORT and abs(end.x() - start.x()) > SHORT:
        return _return_route(start, end, obstacles)
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


def _return_route(start: QPointF, end: QPointF, obstacles: Obstacles) -> Route:
    """Down and out of the one column, up between the two, and over the top of the next."""
    side = 1.0 if end.x() > start.x() else -1.0
    top, bottom = end.y() - RISE, start.y() + RISE
    x = _gap(start, end, obstacles)
    path = QPainterPath(start)
    turns = ((start.x(), bottom), (x, bottom), (x, top), (end.x(), top))
    corner = min(TURN, abs(x - start.x()) / 2, abs(end.x() - x) / 2)
    path.lineTo(start.x(), bottom - corner)
    path.quadTo(start.x(), bottom, start.x() + side * corner, bottom)
    path.lineTo(x - side * corner, bottom)
    path.quadTo(x, bottom, x, bottom - corner)
    path.lineTo(x, top + corner)
    path.quadTo(x, top, x + side * corner, top)
    path.lineTo(end.x() - side * corner, top)
    path.quadTo(end.x(), top, end.x(), top + corner)
    path.lineTo(end)
    corners = (start, *(QPointF(a, b) for a, b in turns), end)
    return Route(path, QPointF(x, (top + bottom) / 2), corners)


def _gap(start: QPointF, end: QPointF, obstacles: Obstacles) -> float:
    """Where between two columns nothing stands, half way or as near as can be."""
    half = (start.x() + end.x()) / 2
    reach = abs(end.x() - start.x()) / 2 - TURN
    for step in range(24):
        for x in (half + step * LANE_STEP, half - step * LANE_STEP):
            strip = QRectF(x - CLEAR, end.y(), 2 * CLEAR, start.y() - end.y())
            if abs(x - half) <= reach and not obstacles(strip):
                return x
    return half


def _hits(direct: Route, near: Sequence[QRectF]) -> bool:
    return any(rect.adjusted(-6, -4, 6, 4).contains(point) for point in direct.points[1:-1] for rect in near)


def _lane(start: QPointF, end: QPointF, corridor: QRectF, obstacles: Obstacles, lane: int) -> float:
    best, least = start.x(), float("inf")
    for side, clear in ((1, LABEL_CLEAR), (-1, LABEL_CLEAR), (1, CLEAR), (-1, CLEAR)):
        x = start.x()
        for _ in range(40):
            strip = QRectF(x - clear, corridor.top(), 2 * clear, corridor.height())
            near = obstacles(strip)
            if not near:
                break
            x = max(r.right() for r in near) + clear + 1 if side > 0 else min(r.left() for r in near) - clear - 1
        x += side * lane * LANE_STEP
        # To the right and with room for the label, all else being nearly equal.
        detour = abs(x - start.x()) + abs(x - end.x()) + (0 if side > 0 else 1) + (0 if clear > CLEAR else 160)
        if detour < least:
            best, least = x, detour
    return best
