"""Put chosen blocks into line: rectangles in, new corners out. Nothing ends up on top of anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

__all__ = ["GAP", "Box", "Edge", "Line", "Places", "align", "distribute", "line_up"]

GAP = 24.0  # between two blocks that had to make room
Box = tuple[float, float, float, float]  # left, top, width, height
Places = dict[str, tuple[float, float]]
Edge = Literal["left", "centre", "right", "top", "middle", "bottom"]
Line = Literal["column", "row"]
_ACROSS, _DOWN = 0, 1
# Which axis an edge fixes, and which share of a block's extent sits on the line.
_EDGES: Mapping[Edge, tuple[int, float]] = {
    "left": (_ACROSS, 0.0),
    "centre": (_ACROSS, 0.5),
    "right": (_ACROSS, 1.0),
    "top": (_DOWN, 0.0),
    "middle": (_DOWN, 0.5),
    "bottom": (_DOWN, 1.0),
}


def align(boxes: Mapping[str, Box], edge: Edge, rest: Sequence[Box] = ()) -> Places:
    """Bring all to one edge (or the middle) of the rectangle around them.

    Blocks that would cover each other, or one of the ``rest``, make room along the line, in the order they had.
    """
    axis, share = _EDGES[edge]
    low, high = _extent(boxes, axis)
    line = low + share * (high - low)
    wanted = {name: line - share * box[2 + axis] for name, box in boxes.items()}
    return _stack(boxes, axis, wanted, rest)


def line_up(boxes: Mapping[str, Box], line: Line, rest: Sequence[Box] = (), gap: float = GAP) -> Places:
    """One column or row, middle on middle, with equal gaps, from where the first block is."""
    axis = _ACROSS if line == "column" else _DOWN
    low, high = _extent(boxes, axis)
    wanted = {name: (low + high - box[2 + axis]) / 2 for name, box in boxes.items()}
    return _stack(boxes, axis, wanted, rest, gap)


def distribute(boxes: Mapping[str, Box], way: Literal["across", "down"], rest: Sequence[Box] = ()) -> Places:
    """Equal gaps between the first and the last, which stay; where there is no room, the last ones move on."""
    axis = _ACROSS if way == "across" else _DOWN
    order = _in_order(boxes, axis)
    if len(order) < 3:
        return {name: (box[0], box[1]) for name, box in boxes.items()}
    first, last = boxes[order[0]], boxes[order[-1]]
    inner = sum(boxes[name][2 + axis] for name in order[1:-1])
    gap = (last[axis] - first[axis] - first[2 + axis] - inner) / (len(order) - 1)
    gap = gap if gap >= 0 else GAP
    places: Places = {}
    at = first[axis]
    for name in order:
        box = boxes[name]
        corner = _corner(box, axis, at)
        if corner != (box[0], box[1]):
            corner = _past(corner, box, rest, 1 - axis)
        places[name] = corner
        at += box[2 + axis] + gap
    return places


def _stack(
    boxes: Mapping[str, Box], axis: int, wanted: Mapping[str, float], rest: Sequence[Box], gap: float | None = None
) -> Places:
    """Put each block at its place on ``axis``. On the other one it stays if it is clear, or with a gap follows on."""
    along = 1 - axis
    places: Places = {}
    low = min(wanted.values(), default=0.0)
    high = max((wanted[name] + box[2 + axis] for name, box in boxes.items()), default=0.0)
    strip = [box for box in rest if box[axis] < high and box[axis] + box[2 + axis] > low]
    end: float | None = None
    for name in _in_order(boxes, along):
        box = boxes[name]
        start = box[along]
        if end is not None and (gap is not None or start < end):
            start = end + (GAP if gap is None else gap)
        corner = (wanted[name], start) if axis == _ACROSS else (start, wanted[name])
        places[name] = corner = _past(corner, box, strip, along)
        end = corner[along] + box[2 + along]
    return places


def _past(corner: tuple[float, float], box: Box, rest: Sequence[Box], axis: int) -> tuple[float, float]:
    """The corner, moved on along an axis until the block covers none of the others."""
    while over := [other for other in rest if _covers((*corner, box[2], box[3]), other)]:
        beyond = max(other[axis] + other[2 + axis] for other in over) + GAP
        corner = (beyond, corner[1]) if axis == _ACROSS else (corner[0], beyond)
    return corner


def _covers(a: Box, b: Box) -> bool:
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def _corner(box: Box, axis: int, value: float) -> tuple[float, float]:
    return (value, box[1]) if axis == _ACROSS else (box[0], value)


def _extent(boxes: Mapping[str, Box], axis: int) -> tuple[float, float]:
    low = min((box[axis] for box in boxes.values()), default=0.0)
    return low, max((box[axis] + box[2 + axis] for box in boxes.values()), default=0.0)


def _in_order(boxes: Mapping[str, Box], axis: int) -> list[str]:
    def key(name: str) -> tuple[float, float]:
        box = boxes[name]
        return box[axis] + box[2 + axis] / 2, box[1 - axis]

    return sorted(boxes, key=key)
