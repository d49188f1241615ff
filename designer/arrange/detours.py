"""A way down between blocks that stand anywhere: level by level, with as few changes of lane as it takes."""

from __future__ import annotations

from itertools import pairwise

from designer.arrange.boxes import Boxes
from designer.arrange.drawing import Box, Point

__all__ = ["detour"]

_ASIDE, _CLEAR, _HALF = 420.0, 12.0, 10.0
_MOST = 24  # blocks that are looked at, the nearest to the straight way
_TURN = 80.0


def detour(start: Point, end: Point, boxes: Boxes) -> tuple[Point, ...]:
    """The course around what is in the way; empty where there is none."""
    (ax, ay), (bx, by) = start, end
    left, right = min(ax, bx), max(ax, bx)
    near = list(boxes.within(left - _ASIDE, ay + 1, right + _ASIDE, by - 1).values())
    near.sort(key=lambda b: (max(0.0, b[0] - right, left - b[2]), b))
    near = near[:_MOST]
    xs = sorted({ax, bx, *(b[0] - _CLEAR for b in near), *(b[2] + _CLEAR for b in near)})
    edges = {y for b in near for y in (b[1] - _CLEAR, b[3] + _CLEAR)}
    levels = [ay + _CLEAR, *sorted(y for y in edges if ay + _CLEAR < y < by - _CLEAR), by - _CLEAR]
    ways = _descend(xs, levels, near, xs.index(ax))
    return _course(start, end, ways[xs.index(bx)])


Way = tuple[float, tuple[tuple[float, float, float], ...]]  # its length; the changes: level, from, to


def _descend(xs: list[float], levels: list[float], near: list[Box], first: int) -> list[Way | None]:
    """The best way to each place of the last level."""
    walls = [[(b[1], b[3]) for b in near if b[0] - _HALF < x < b[2] + _HALF] for x in xs]
    ways: list[Way | None] = [None] * len(xs)
    ways[first] = (0.0, ())
    ways = _over(ways, xs, levels[0], near)
    for upper, lower in pairwise(levels):
        for i, wall in enumerate(walls):
            if ways[i] is not None and any(top < lower and upper < bottom for top, bottom in wall):
                ways[i] = None
        ways = _over(ways, xs, lower, near)
    return ways


def _over(ways: list[Way | None], xs: list[float], y: float, near: list[Box]) -> list[Way | None]:
    """After one level: each place from above, or from the best of those that can be reached on this level."""
    walls = [(b[0], b[2]) for b in near if b[1] - _HALF < y < b[3] + _HALF]
    found = list(ways)
    for step in (1, -1):
        best: tuple[float, float, Way] | None = None  # length so far, where it left, the way until there
        order = range(len(xs)) if step > 0 else range(len(xs) - 1, -1, -1)
        last: float | None = None
        for i in order:
            x, way = xs[i], ways[i]
            if last is not None and any(a < max(x, last) and min(x, last) < b for a, b in walls):
                best = None
            last = x
            if best is not None:
                length = best[0] + abs(x - best[1])
                here = found[i]
                if here is None or length < here[0]:
                    found[i] = (length, (*best[2][1], (y, best[1], x)))
            if way is not None and (best is None or way[0] + _TURN < best[0] + abs(x - best[1])):
                best = (way[0] + _TURN, x, way)
    return found


def _course(start: Point, end: Point, way: Way | None) -> tuple[Point, ...]:
    if way is None:
        return ()
    points = [start]
    for y, a, b in way[1]:
        points += [(a, y - _HALF), (b, y + _HALF)]
    return (*points, end)
