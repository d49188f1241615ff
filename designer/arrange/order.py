"""The order inside the rows: few crossings, and the order of last time unless a much better one is found.

Rows are sorted by the mean rank of their neighbours, in sweeps down and up (Sugiyama, Tagawa and Toda 1981).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from designer.arrange.drawing import Rows, Spot
from designer.arrange.layers import Layers
from designer.arrange.trunks import linked, trunks

__all__ = ["crossings", "ordered"]

_SWEEPS = 8
_ROUNDS = 4


def ordered(layers: Layers) -> Rows:
    """The rows in order, with the stops of long wires between the pieces."""
    if all(len(row) == 1 for row in layers.rows):
        return trunks(layers)
    known = sum(spot.was is not None for row in layers.rows for spot in row)
    if known * 2 <= sum(map(len, layers.rows)):
        _fresh(layers)
    else:
        layers.rows = _as_last_time(layers.rows)
    for _ in range(_ROUNDS):
        if not _improved(layers):
            break
    return trunks(layers)


def _improved(layers: Layers) -> bool:
    """Take another order if it has so many crossings less that it is worth to give up this one."""
    before = crossings(trunks(layers))
    if not before:
        return False
    kept = [list(row) for row in layers.rows]
    _fresh(layers)
    if layers.rows != kept:
        now = crossings(trunks(layers))
        if now <= 0.8 * before - 2 or now == 0:
            return True
    layers.rows = kept
    return False


def _as_last_time(rows: Rows) -> Rows:
    """Each row by the places of last time; what is new stands where its neighbours want it."""
    found: Rows = []
    for row in rows:
        keys = {}
        for i, spot in enumerate(row):
            near = [s.was for s in (*spot.before, *spot.after) if s.was is not None]
            guess = sum(near) / len(near) + 1.0 if near else float("inf")  # beside, not before, what was there
            keys[spot] = (spot.was if spot.was is not None else guess, i)
        found.append(sorted(row, key=keys.__getitem__))
    return found


def _fresh(layers: Layers) -> None:
    """Order the pieces from scratch, long wires taking part with a stop in each row."""
    rows = [list(row) for row in layers.rows]
    for start, ends in layers.long:
        for i in range(start.row + 1, max(e.row for e in ends)):
            rows[i].append(Spot((), 0.0, 0.0, 0.0, i))
    with linked(rows, layers.long):
        _sweep(rows)
    layers.rows = [[spot for spot in row if spot.names] for row in rows]


def _sweep(rows: Rows) -> None:
    best, fewest = [list(row) for row in rows], crossings(rows)
    for sweep in range(_SWEEPS):
        if fewest == 0:
            break
        down = sweep % 2 == 0
        near: Callable[[Spot], Sequence[Spot]] = (lambda s: s.before) if down else (lambda s: s.after)
        for row in rows if down else reversed(rows):
            _rank(row)
            keys = {}
            for spot in row:
                ranks = [s.rank for s in near(spot)]
                keys[spot] = (sum(ranks) / len(ranks) if ranks else float(spot.rank), spot.rank)
            row.sort(key=keys.__getitem__)
            _rank(row)
        found = crossings(rows)
        if found < fewest:
            best, fewest = [list(row) for row in rows], found
    rows[:] = best


def _rank(row: list[Spot]) -> None:
    for i, spot in enumerate(row):
        spot.rank = i


def crossings(rows: Rows) -> int:
    """How many pairs of wires cross between the rows."""
    total = 0
    for row in rows:
        _rank(row)
    for upper, lower in pairwise(rows):
        ends = [rank for spot in upper for rank in sorted(s.rank for s in spot.after)]
        total += _inversions(ends, len(lower))
    return total


def _inversions(values: list[int], count: int) -> int:
    """Pairs in the wrong order, by a tree of counts."""
    tree = [0] * (count + 1)
    total = 0
    for seen, value in enumerate(values):
        i, not_larger = value + 1, 0
        while i > 0:
            not_larger += tree[i]
            i -= i & -i
        total += seen - not_larger
        i = value + 1
        while i <= count:
            tree[i] += 1
            i += i & -i
    return total
