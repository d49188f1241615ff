"""Layered layout: blocks in rows from inputs to outputs, wires straight where they can be, room for long ones.

Longest-path layers, one shared trunk of invisible stops for the long wires of a source (Sugiyama, Tagawa and Toda
1981), rows ordered by the mean place of their neighbours, places across the flow from columns.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Literal

from designer.graph.columns import Spot, place
from designer.graph.edits import Move
from designer.graph.model import Network

__all__ = ["COLUMN_GAP", "GAP", "LANE", "arrange"]

GAP = (48.0, 56.0)  # between neighbours in a row, between rows
COLUMN_GAP = 120.0  # between the columns of a folded spine: room for the wire that goes back up
FOLD_FROM = 900.0  # what is shorter than this is read well as one column
MOST_COLUMNS = 12
LANE = 28.0  # the width that a long wire takes in a row
_SWEEPS = 8


def arrange(
    network: Network,
    sizes: Mapping[str, tuple[float, float]],
    direction: Literal["down", "right"] = "down",
    only: Iterable[str] | None = None,
    fold: float | None = None,
) -> Move:
    """The edit that puts blocks (all, or ``only`` these) into rows, or into columns for ``right``.

    ``sizes`` gives width and height of each block. What is arranged keeps its top left corner. With ``fold``, the
    width over the height of the view, a long spine goes on in further columns, so that it can be read as a whole.
    """
    names = [n for n in network.order() if n in (set(only) if only is not None else network.nodes)]
    if not names:
        return Move({})
    turn = direction == "right"
    across = {n: sizes[n][1 if turn else 0] for n in names}
    along = {n: sizes[n][0 if turn else 1] for n in names}
    rows = _rows(network, names, across)
    _order(rows)
    place(rows, GAP[0])
    deep = [max((along[s.name] for s in row if s.name), default=0.0) for row in rows]
    cuts = _fold(rows, deep, fold) if fold and not turn else []
    places: dict[str, tuple[float, float]] = {}
    aside = front = 0.0
    for first, end in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        left, right = _span(rows[first:end])
        aside, front = aside - left, 0.0
        for row, depth in zip(rows[first:end], deep[first:end], strict=True):
            for spot in row:
                if spot.name:
                    a, b = spot.at + aside - across[spot.name] / 2, front + (depth - along[spot.name]) / 2
                    places[spot.name] = (b, a) if turn else (a, b)
            front += depth + GAP[1]
        aside += right + COLUMN_GAP
    return Move(_anchored(network, places))


def _span(rows: Sequence[Sequence[Spot]]) -> tuple[float, float]:
    """The left and the right edge of some rows."""
    left = min(spot.at - spot.width / 2 for row in rows for spot in row)
    return left, max(spot.at + spot.width / 2 for row in rows for spot in row)


def _fold(rows: Sequence[Sequence[Spot]], deep: Sequence[float], aspect: float) -> list[int]:
    """The rows that begin a new column: only where a single wire passes, and only where it makes things larger."""
    tops = [0.0, *accumulate(d + GAP[1] for d in deep)]
    if tops[-1] <= FOLD_FROM:
        return []
    free = [i + 1 for i, row in enumerate(rows[:-1]) if sum(len(spot.after) for spot in row) == 1]
    best: list[int] = []
    least = tops[-1]
    for columns in range(2, MOST_COLUMNS + 1):
        cuts = sorted(
            {min(free, key=lambda i: abs(tops[i] - tops[-1] * c / columns)) for c in range(1, columns)} if free else ()
        )
        ends = list(zip([0, *cuts], [*cuts, len(rows)], strict=True))
        height = max(tops[end] - tops[first] for first, end in ends)
        spans = [_span(rows[first:end]) for first, end in ends]
        width = sum(right - left for left, right in spans) + COLUMN_GAP * len(cuts)
        if max(width / aspect, height) < 0.9 * least:
            best, least = cuts, max(width / aspect, height)
    return best


def _anchored(network: Network, places: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    left = min(network[n].x for n in places) - min(x for x, _ in places.values())
    top = min(network[n].y for n in places) - min(y for _, y in places.values())
    return {n: (round(x + left, 1), round(y + top, 1)) for n, (x, y) in places.items()}


def _rows(network: Network, names: Sequence[str], across: Mapping[str, float]) -> list[list[Spot]]:
    among = set(names)
    depth: dict[str, int] = {}
    for name in names:
        depth[name] = 1 + max((depth[w.src] for w in network.inputs_of(name) if w.src in among), default=-1)
    for name in reversed(names):  # an input that only a late block needs goes down to it
        below = [depth[w.dst] for w in network.outputs_of(name) if w.dst in among]
        if below and not any(w.src in among for w in network.inputs_of(name)):
            depth[name] = min(below) - 1
    rows: list[list[Spot]] = [[] for _ in range(max(depth.values()) + 1)]
    spots = {name: Spot(name, across[name], depth[name]) for name in names}
    for name in names:
        rows[depth[name]].append(spots[name])
    for name in names:
        trunk: dict[int, Spot] = {}
        for wire in network.outputs_of(name):
            if wire.dst not in among:
                continue
            last = spots[name]
            for row in range(depth[name] + 1, depth[wire.dst]):
                if row not in trunk:
                    trunk[row] = Spot(None, LANE, row)
                    rows[row].append(trunk[row])
                    _join(last, trunk[row])
                last = trunk[row]
            _join(last, spots[wire.dst])
    return rows


def _join(upper: Spot, lower: Spot) -> None:
    upper.after.append(lower)
    lower.before.append(upper)


def _order(rows: list[list[Spot]]) -> None:
    """Sort each row by the mean rank of its neighbours, keeping the order with the fewest crossings."""
    best = [list(row) for row in rows]
    fewest = _crossings(rows)
    for sweep in range(_SWEEPS):
        if fewest == 0:
            break
        down = sweep % 2 == 0
        for row in rows if down else reversed(rows):
            rank = {id(s): i for i, s in enumerate(_next_to(rows, row, down))}
            keyed = []
            for i, spot in enumerate(row):
                near_spots = spot.before if down else spot.after
                ranks = [rank[id(s)] for s in near_spots if id(s) in rank]
                keyed.append((sum(ranks) / len(ranks) if ranks else float(i), i, spot))
            row[:] = [spot for _, _, spot in sorted(keyed, key=lambda k: k[:2])]
        crossings = _crossings(rows)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    rows[:] = best


def _next_to(rows: list[list[Spot]], row: list[Spot], down: bool) -> list[Spot]:
    number = row[0].row + (-1 if down else 1)
    return rows[number] if 0 <= number < len(rows) else []


def _crossings(rows: list[list[Spot]]) -> int:
    total = 0
    for upper, lower in pairwise(rows):
        rank = {id(s): i for i, s in enumerate(lower)}
        ends = [rank[id(t)] for s in upper for t in sorted(s.after, key=lambda t: rank.get(id(t), 0)) if id(t) in rank]
        total += _inversions(ends)
    return total


def _inversions(values: list[int]) -> int:
    if len(values) < 2:
        return 0
    tree = [0] * (max(values) + 2)
    total = 0
    for seen, value in enumerate(values):
        i, not_larger = value + 1, 0
        while i > 0:
            not_larger += tree[i]
            i -= i & -i
        total += seen - not_larger
        i = value + 1
        while i < len(tree):
            tree[i] += 1
            i += i & -i
    return total
