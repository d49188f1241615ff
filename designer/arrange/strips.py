"""From rows to places: slices one below the other, and a long spine folded into strips side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from designer.arrange.drawing import COLUMN_GAP, GAP, Drawing, Point, Rows, Spot

__all__ = ["Slice", "Strip", "fold", "slices", "strip"]

FOLD_FROM = 900.0  # what is shorter than this is read well as one column
MOST_COLUMNS = 12
_FAN, _FAN_MOST = 4.0, 96.0  # more room between rows where many wires change lanes
_AS_GOOD = 1.3  # the folds of last time stay unless others make the drawing this much larger on the screen


@dataclass(frozen=True)
class Slice:
    """Blocks that stay together when a spine is folded: their corners from the slice's top, on the spine's axis."""

    corners: dict[str, Point]
    left: float
    right: float
    height: float
    gap: float  # to the next slice
    whole: bool  # more than one wire goes on to the next slice: no fold below this one


@dataclass(frozen=True)
class Strip:
    """Some slices as one column: the corners of its blocks, from its top and on its axis."""

    corners: dict[str, Point]
    left: float
    right: float


def slices(drawing: Drawing, rows: Rows) -> list[Slice]:
    """The rows, those with a single chain cut into its blocks."""
    found: list[Slice] = []
    for row, lower in zip(rows, [*rows[1:], []], strict=True):
        gap = _gap(row, lower)
        whole = sum(len(s.after) for s in row) != 1 or sum(len(s.before) for s in lower) != 1 or len(lower) != 1
        beside, below = _parted(drawing, row)
        pieces = [beside] * bool(beside) + [[spot] for spot in below]
        found += [_slice(drawing, piece, GAP[1], False) for piece in pieces[:-1]]
        found.append(_slice(drawing, pieces[-1], gap, whole))
    return found


def _parted(drawing: Drawing, row: Sequence[Spot]) -> tuple[list[Spot], list[Spot]]:
    """A row's spots that stay together, and one by one the blocks of a chain that come below them.

    Those are all of a chain that has nothing beside it, and what goes on below others that end here.
    """
    chain = max(row, key=lambda spot: spot.height)
    others = [spot for spot in row if spot is not chain]
    if not chain.names or any(spot.after for spot in others):
        return list(row), []
    deep, upper, height = max((spot.height for spot in others), default=0.0), 0, 0.0
    while upper < len(chain.names) and height < deep:
        height += drawing.sizes[chain.names[upper]][1] + GAP[1]
        upper += 1
    parts = [_part(drawing, chain, name) for name in chain.names]
    if not upper or upper == len(parts):
        return ([], parts) if not others else (list(row), [])
    left, right = max(part.left for part in parts[:upper]), max(part.right for part in parts[:upper])
    head = replace(chain, names=chain.names[:upper], left=left, right=right, height=height - GAP[1])
    return [head if spot is chain else spot for spot in row], parts[upper:]


def _part(drawing: Drawing, spot: Spot, name: str) -> Spot:
    (width, height), axis = drawing.sizes[name], drawing.axis(name)
    return Spot((name,), axis, width - axis, height, spot.row, before=spot.before, at=spot.at)


def _gap(row: Sequence[Spot], lower: Sequence[Spot]) -> float:
    moving = [(s, t) for s in row for t in s.after if abs(s.at - t.at) > 1]
    reach = max((abs(s.at - t.at) for s, t in moving), default=0.0)
    fan = _FAN * max(0, len(moving) - 4) + 0.04 * max(0.0, reach - 600.0)
    return GAP[1] + (min(_FAN_MOST, fan) if lower else 0.0)


def _slice(drawing: Drawing, row: Sequence[Spot], gap: float, whole: bool) -> Slice:
    height = max(s.height for s in row)
    corners: dict[str, Point] = {}
    for spot in row:
        # What nothing feeds stands right above what it feeds.
        y = height - spot.height if not spot.before else 0.0
        for name in spot.names:
            corners[name] = (spot.at - drawing.axis(name), y)
            y += drawing.sizes[name][1] + GAP[1]
    left, right = min(s.at - s.left for s in row), max(s.at + s.right for s in row)
    return Slice(corners, left, right, height, gap, whole)


def strip(parts: Sequence[Slice]) -> Strip:
    """Slices one below the other."""
    corners: dict[str, Point] = {}
    top = 0.0
    for part in parts:
        corners.update({name: (x, y + top) for name, (x, y) in part.corners.items()})
        top += part.height + part.gap
    return Strip(corners, min(p.left for p in parts), max(p.right for p in parts))


def fold(drawing: Drawing, parts: Sequence[Slice], aspect: float) -> list[Strip]:
    """The strips of a spine: one, or several where that shows it larger in a view of this width over height."""
    tops = [0.0, *accumulate(p.height + p.gap for p in parts)]
    free = [i + 1 for i, part in enumerate(parts[:-1]) if not part.whole]
    if tops[-1] <= FOLD_FROM or not free:
        return [strip(parts)]
    best: list[int] = []
    least = tops[-1]
    for columns in range(2, MOST_COLUMNS + 1):
        aims = [tops[-1] * c / columns for c in range(1, columns)]
        cuts = sorted({_nearest(free, tops, aim) for aim in aims})
        size = _size(parts, tops, cuts, aspect)
        if size < 0.9 * least:
            best, least = cuts, size
    kept = [i for i in free if _was_cut(drawing, parts[i - 1], parts[i])]
    if kept and _size(parts, tops, kept, aspect) <= _AS_GOOD * least:
        best = kept
    return [strip(parts[a:b]) for a, b in pairwise([0, *best, len(parts)])]


def _nearest(free: Sequence[int], tops: Sequence[float], aim: float) -> int:
    return min(free, key=lambda i: abs(tops[i] - aim))


def _size(parts: Sequence[Slice], tops: Sequence[float], cuts: Sequence[int], aspect: float) -> float:
    """The height of the view that would show all of it."""
    ends = list(pairwise([0, *cuts, len(parts)]))
    height = max(tops[b] - tops[a] for a, b in ends)
    width = sum(max(p.right for p in parts[a:b]) - min(p.left for p in parts[a:b]) for a, b in ends)
    return max((width + COLUMN_GAP * len(cuts)) / aspect, height)


def _was_cut(drawing: Drawing, upper: Slice, lower: Slice) -> bool:
    """Whether the drawing of last time went on here in the next column."""
    above = [drawing.last[n][1] for n in upper.corners if n in drawing.last]
    below = [drawing.last[n][1] for n in lower.corners if n in drawing.last]
    return bool(above and below) and max(below) < min(above)
