"""Long wires: one trunk of stops for all that leave a piece, through the gaps of the rows where it crosses least.

The trunks depend on the order of the pieces and on nothing else, so the same order gives the same rails again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from designer.arrange.drawing import LANE, Rows, Spot
from designer.arrange.layers import Layers

__all__ = ["linked", "trunks"]

_WIDE = 24  # rows with more pieces: only the gaps near the straight way are tried
_Long = Sequence[tuple[Spot, list[Spot]]]


@contextmanager
def linked(rows: Rows, long: _Long) -> Iterator[None]:
    """For a while, the pieces are joined through the stops that stand at the ends of the rows."""
    stops = {i: [s for s in row if not s.names] for i, row in enumerate(rows)}
    used = dict.fromkeys(stops, 0)
    saved = [(s, list(s.before), list(s.after)) for row in rows for s in row]
    for start, ends in long:
        trunk: dict[int, Spot] = {start.row: start}
        for i in range(start.row + 1, max(e.row for e in ends)):
            trunk[i] = stops[i][used[i]]
            used[i] += 1
        _join(trunk, ends)
    try:
        yield
    finally:
        for spot, before, after in saved:
            spot.before, spot.after = before, after


def _join(trunk: dict[int, Spot], ends: Sequence[Spot]) -> None:
    for i, stop in trunk.items():
        for lower in [*([trunk[i + 1]] if i + 1 in trunk else []), *(e for e in ends if e.row == i + 1)]:
            if lower.names or not lower.before:
                stop.after.append(lower)
                lower.before.append(stop)


def trunks(layers: Layers) -> Rows:
    """The rows with a stop for each trunk in each row that it passes, linked to what comes before and after."""
    rows = layers.rows
    for row in rows:
        for i, spot in enumerate(row):
            spot.rank = i
            spot.before = [s for s in spot.before if s.names and s.row == spot.row - 1 and spot in s.after]
            spot.after = [s for s in spot.after if s.names]
    costs = _Costs(rows)
    held: list[dict[int, list[tuple[int, int, Spot]]]] = [{} for _ in rows]
    joins: list[tuple[dict[int, Spot], list[Spot]]] = []
    for number, (start, ends) in enumerate(layers.long):
        ends = [e for e in ends if e.row > start.row + 1]
        slots = _way(rows, costs, start, ends)
        trunk = {start.row: start}
        for i, slot in slots.items():
            trunk[i] = Spot((), LANE / 2, LANE / 2, 0.0, i)
            held[i].setdefault(slot, []).append((len(slots), number, trunk[i]))
        joins.append((trunk, ends))
    for trunk, ends in joins:
        _join(trunk, ends)
    return [_merged(row, held[i]) for i, row in enumerate(rows)]


def _merged(row: list[Spot], held: dict[int, list[tuple[int, int, Spot]]]) -> list[Spot]:
    """The pieces with the stops between them: the shorter a trunk, the nearer to the pieces that it goes around."""
    found: list[Spot] = []
    for slot in range(len(row) + 1):
        stops = sorted(held.get(slot, ()), key=lambda s: (s[0], -s[1]), reverse=slot == 0)
        found += [stop for _, _, stop in stops]
        found += row[slot : slot + 1]
    return found


class _Costs:
    """How many short wires a stretch of a trunk crosses, from one place in a row to another in the next."""

    def __init__(self, rows: Rows) -> None:
        self._links = [[(s.rank, t.rank) for s in row for t in s.after if t.row == s.row + 1] for row in rows]
        self._found: dict[tuple[int, float, float], int] = {}

    def of(self, row: int, a: float, b: float) -> int:
        key = (row, a, b)
        if key not in self._found:
            self._found[key] = sum((i - a) * (k - b) < 0 for i, k in self._links[row])
        return self._found[key]


def _way(rows: Rows, costs: _Costs, start: Spot, ends: Sequence[Spot]) -> dict[int, int]:
    """The gap in each row through which a trunk goes: fewest crossings, to the right where it is all the same."""
    last = max(e.row for e in ends) - 1
    exits: dict[int, list[int]] = {}
    for end in ends:
        exits.setdefault(end.row - 1, []).append(end.rank)
    best: dict[int, tuple[float, tuple[int, ...]]] = {}
    for i in range(start.row + 1, last + 1):
        now: dict[int, tuple[float, tuple[int, ...]]] = {}
        for slot in _slots(len(rows[i]), start.rank):
            place = slot - 0.5
            leaving = sum(costs.of(i, place, rank) for rank in exits.get(i, ())) + 0.01 * (len(rows[i]) - slot)
            if i == start.row + 1:
                now[slot] = (costs.of(start.row, start.rank, place) + leaving, (slot,))
            else:
                cost, way = min((c + costs.of(i - 1, s - 0.5, place), w) for s, (c, w) in best.items())
                now[slot] = (cost + leaving, (*way, slot))
        best = now
    return dict(enumerate(min(best.values())[1], start.row + 1))


def _slots(count: int, near: int) -> range:
    if count <= _WIDE:
        return range(count + 1)
    low = max(0, min(near, count) - _WIDE // 2)
    return range(low, min(count, low + _WIDE) + 1)
