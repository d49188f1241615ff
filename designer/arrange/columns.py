"""Places across the flow: a straight spine through all rows, all else packed against it, no overlap.

As Brandes and Koepf (2001) do, wires that can be straight tie their ends into columns, and the columns are pushed
together by longest paths, so that widths may differ. Not the median of four leanings, though: that moves half of the
drawing when a block is added. The heaviest way through the network is the spine, and it stands still.
"""

from __future__ import annotations

from bisect import bisect
from itertools import pairwise

from designer.arrange.drawing import GAP, Rows, Spot

__all__ = ["place"]

_BESIDE = 50.0  # between a block and a rail: half a label, grown as it is from far
_KEPT = 10_000.0  # what was straight last time weighs more than any chain


def place(rows: Rows) -> None:
    """Set ``at`` of every spot, keeping the order of the rows; the spine is at 0."""
    for row in rows:
        for i, spot in enumerate(row):
            spot.rank = i
    spine = _spine(rows)
    root = _columns(rows, spine)
    at = {root[spine[0]]: 0.0}
    _pack(rows, root, spine, at, 1)
    _pack(rows, root, spine, at, -1)
    for row in rows:
        for spot in row:
            spot.at = at[root[spot]]


def _straight(upper: Spot, lower: Spot) -> float:
    """What it is worth that a wire is straight."""
    was = upper.was is not None and lower.was is not None and abs(upper.was - lower.was) < 1.0
    return (_KEPT if was else 0.0) + min(len(upper.names), len(lower.names))


def _spine(rows: Rows) -> list[Spot]:
    """The heaviest way from the first row to the last."""
    best: dict[Spot, tuple[float, Spot | None]] = {s: (len(s.names), None) for s in rows[0]}
    for row in rows[1:]:
        for spot in row:
            ways = [(best[s][0] + _straight(s, spot), -s.rank, s) for s in spot.before if s.names and s in best]
            if spot.names and ways:
                weight, _, source = max(ways, key=lambda w: w[:2])
                best[spot] = (weight + len(spot.names), source)
    ends = [spot for spot in rows[-1] if spot in best]
    found = [max(ends, key=lambda s: (best[s][0], -s.rank))]
    while (above := best[found[-1]][1]) is not None:
        found.append(above)
    return found[::-1]


def _columns(rows: Rows, spine: list[Spot]) -> dict[Spot, Spot]:
    """The column that each spot belongs to, named by its first spot. Straight wires never cross one another."""
    on = set(spine)
    ties: list[tuple[tuple[float, ...], Spot, Spot]] = []
    for row in rows:
        for upper in row:
            for lower in upper.after:
                if upper in on and lower in on:
                    weight = 3.0
                elif not upper.names and not lower.names:
                    weight = 2.0  # rails are straight
                else:
                    weight = 1.0 if upper.names and lower.names else 0.0
                ties.append(((-weight, -_straight(upper, lower), upper.row, upper.rank, lower.rank), upper, lower))
    ties.sort(key=lambda tie: tie[0])
    below: dict[Spot, Spot] = {}
    above: dict[Spot, Spot] = {}
    taken: list[list[tuple[int, int]]] = [[] for _ in rows]
    for _, upper, lower in ties:
        if upper in below or lower in above:
            continue
        held = taken[upper.row]
        i = bisect(held, (upper.rank, lower.rank))
        if (i and held[i - 1][1] > lower.rank) or (i < len(held) and held[i][1] < lower.rank):
            continue
        held.insert(i, (upper.rank, lower.rank))
        below[upper], above[lower] = lower, upper
    root: dict[Spot, Spot] = {}
    for row in rows:
        for spot in row:
            root[spot] = root[above[spot]] if spot in above else spot
    return root


def _space(left: Spot, right: Spot) -> float:
    """From the axis of one spot to the axis of its right neighbour."""
    gap = GAP[0] if left.names and right.names else _BESIDE if left.names or right.names else 0.0
    return left.right + right.left + gap


def _pack(rows: Rows, root: dict[Spot, Spot], spine: list[Spot], at: dict[Spot, float], side: int) -> None:
    """Push the columns on one side as near to the spine as they go."""
    after: dict[Spot, list[tuple[Spot, float]]] = {}
    waiting: dict[Spot, int] = {}
    for row, middle in zip(rows, spine, strict=True):
        outwards = row[middle.rank :] if side > 0 else row[middle.rank :: -1]
        for inner, outer in pairwise(outwards):
            space = _space(inner, outer) if side > 0 else _space(outer, inner)
            after.setdefault(root[inner], []).append((root[outer], space))
            waiting[root[outer]] = waiting.get(root[outer], 0) + 1
    ready = [root[spine[0]]]
    far: dict[Spot, float] = {ready[0]: 0.0}
    while ready:
        column = ready.pop()
        for outer, space in after.get(column, ()):
            far[outer] = max(far.get(outer, 0.0), far[column] + space)
            waiting[outer] -= 1
            if not waiting[outer]:
                ready.append(outer)
    at.update({column: side * way for column, way in far.items()})
