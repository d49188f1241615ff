"""The curves of wires: what the engine's rails look like on the canvas."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

from designer.arrange.boxes import Boxes
from designer.arrange.drawing import Point
from designer.arrange.rails import Job, Rails, reach
from designer.graph.model import Wire

__all__ = ["Ends", "Route", "Router", "loose_route"]

TURN = 14.0  # how round the corners are
FAR_LABEL = 600.0  # on longer rails the label is near the start, where the rails beside it have not begun
BELOW = 48.0
_PULL = 0.6  # how long a wire keeps its way before it changes lanes, as a part of the height of the change


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
            steps = max(12 * (len(self.corners) - 1), min(600, int(self.path.length() / 10)))
            self._points = tuple(self.path.pointAtPercent(i / steps) for i in range(steps + 1))
        return self._points


class Ends(NamedTuple):
    """A wire, from where to where it runs, and the middle of the block at its end."""

    wire: Wire
    start: QPointF
    end: QPointF
    middle: float


class Router:
    """Lays wires between the blocks as they stand, each source on rails of its own."""

    def __init__(self, boxes: Boxes) -> None:
        self._rails = Rails(boxes)

    def lay(self, wires: Iterable[Ends]) -> Iterator[tuple[Wire, Route]]:
        """New routes for some wires; the others keep their rails."""
        ends = {e.wire: e for e in wires}
        courses = self._rails.lay_all(
            Job(e.wire, _source(e.wire), (e.start.x(), e.start.y()), (e.end.x(), e.end.y()), e.middle)
            for e in ends.values()
        )
        for wire, (_, start, end, _) in ends.items():
            course = courses[wire]
            yield wire, railed_route(course) if course else loose_route(start, end)

    def forget(self, wire: Wire) -> None:
        """A wire is gone, or goes its own way."""
        self._rails.forget(wire)


def _source(wire: Wire) -> Hashable:
    return wire.src, wire.out


def loose_route(start: QPointF, end: QPointF) -> Route:
    """A curve that leaves downwards and arrives from above, whatever lies between."""
    path = QPainterPath(start)
    way = QPointF(0, reach((start.x(), start.y()), (end.x(), end.y())))
    path.cubicTo(start + way, end - way, end)
    return Route(path, (start + end) / 2, (start, end))


def railed_route(course: Sequence[Point]) -> Route:
    """The curve of a course: straight stretches, and changes of lane between them."""
    path = QPainterPath(QPointF(*course[0]))
    for i, (a, b) in enumerate(pairwise(course)):
        if i % 2 == 0:
            continue
        if a[1] == b[1]:
            _level(path, course[i - 1][1], a, b, course[i + 2][1])
        else:
            pull = _PULL * (b[1] - a[1])
            path.lineTo(*a)
            path.cubicTo(a[0], a[1] + pull, b[0], b[1] - pull, *b)
    path.lineTo(*course[-1])
    corners = [QPointF(*course[0])]
    corners += [QPointF(*b) for a, b in pairwise(course) if a != b]
    return Route(path, _middle(course), tuple(corners))


def _level(path: QPainterPath, before: float, a: Point, b: Point, after: float) -> None:
    """A level stretch with round corners at both ends."""
    half = abs(b[0] - a[0]) / 2
    side = 1.0 if b[0] > a[0] else -1.0
    into, out = (min(TURN, half, abs(y - a[1]) / 2) for y in (before, after))
    path.lineTo(a[0], a[1] + (into if before > a[1] else -into))
    path.quadTo(*a, a[0] + side * into, a[1])
    path.lineTo(b[0] - side * out, b[1])
    path.quadTo(*b, b[0], b[1] + (out if after > b[1] else -out))


def _middle(course: Sequence[Point]) -> QPointF:
    """Where the label is: on the longest straight stretch."""
    (x, top), (_, bottom) = max(list(pairwise(course))[::2], key=lambda s: abs(s[1][1] - s[0][1]))
    down = bottom - top
    return QPointF(x, top + BELOW if down > FAR_LABEL else top + down / 2)
