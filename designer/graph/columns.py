"""Places across the flow for the layered layout: chains as straight columns, blocks of any width, no overlap.

Brandes and Koepf 2001, four alignments (from above and below, leaning left and right), their median; compaction by
longest paths over the columns, so that widths may differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

__all__ = ["Spot", "place"]


@dataclass(eq=False)
class Spot:
    """A block, or a stop of a long wire (``name`` is None), in its row."""

    name: str | None
    width: float
    row: int
    before: list[Spot] = field(default_factory=list)
    after: list[Spot] = field(default_factory=list)
    at: float = 0.0  # centre across the flow


Places = dict[Spot, float]


def place(rows: list[list[Spot]], gap: float) -> None:
    """Set ``at`` of every spot, keeping the order of each row and ``gap`` between neighbours."""
    conflicts = set(_conflicts(rows))
    found: list[Places] = []
    for down in (True, False):
        for left in (True, False):
            roots = _align(rows, conflicts, down, left)
            found.append(_compact(rows, roots, gap, left))
    narrow = min(found, key=_width)
    low, high = min(narrow.values()), max(narrow.values())
    for i, places in enumerate(found):
        shift = low - min(places.values()) if i % 2 == 0 else high - max(places.values())
        found[i] = {spot: at + shift for spot, at in places.items()}
    for row in rows:
        for spot in row:
            middle = sorted(places[spot] for places in found)[1:3]
            spot.at = sum(middle) / 2


def _width(places: Places) -> float:
    edges = [(at - spot.width / 2, at + spot.width / 2) for spot, at in places.items()]
    return max(e[1] for e in edges) - min(e[0] for e in edges)


def _conflicts(rows: list[list[Spot]]) -> Iterator[tuple[Spot, Spot]]:
    """Short wires that cross a stretch of a long one: the long one stays straight (type 1 conflicts)."""
    for upper, lower in pairwise(rows):
        rank = {spot: i for i, spot in enumerate(upper)}
        left, start = -1, 0
        for i, spot in enumerate(lower):
            inner = next((s for s in spot.before if s.name is None and s in rank), None) if spot.name is None else None
            if inner is None and i < len(lower) - 1:
                continue
            right = rank[inner] if inner is not None else len(upper)
            for other in lower[start : i + 1]:
                for source in other.before:
                    if not (left <= rank[source] <= right) and not (source.name is None and other.name is None):
                        yield source, other
            start, left = i + 1, right


def _align(rows: list[list[Spot]], conflicts: set[tuple[Spot, Spot]], down: bool, left: bool) -> dict[Spot, Spot]:
    """The column that each spot belongs to, named by the spot that it began with."""
    root = {spot: spot for row in rows for spot in row}
    ordered = rows if down else rows[::-1]
    taken: set[Spot] = set()
    for last, row in pairwise(ordered):
        rank = {spot: i for i, spot in enumerate(last)}
        limit = -1 if left else len(last)
        for spot in row if left else reversed(row):
            near = sorted(spot.before if down else spot.after, key=rank.__getitem__)
            if not near:
                continue
            middles = [near[(len(near) - 1) // 2], near[len(near) // 2]]
            for candidate in middles if left else reversed(middles):
                edge = (candidate, spot) if down else (spot, candidate)
                free = rank[candidate] > limit if left else rank[candidate] < limit
                if edge not in conflicts and free and candidate not in taken:
                    root[spot] = root[candidate]
                    taken.add(candidate)
                    limit = rank[candidate]
                    break
    return root


def _compact(rows: list[list[Spot]], root: dict[Spot, Spot], gap: float, left: bool) -> Places:
    """Push all columns together, then let each go back towards its place as far as there is room."""
    after: dict[Spot, list[tuple[Spot, float]]] = {r: [] for r in set(root.values())}
    before: dict[Spot, list[tuple[Spot, float]]] = {r: [] for r in after}
    for row in rows:
        for a, b in pairwise(row):
            space = (a.width + b.width) / 2 + gap
            after[root[a]].append((root[b], space))
            before[root[b]].append((root[a], space))
    order = _sorted(after, before)
    at: Places = {}
    if left:
        _push(order, before, at, lambda a, space: a + space, max)
        _pull(reversed(order), after, at, lambda b, space: b - space, min)
    else:
        _push(list(reversed(order)), after, at, lambda b, space: b - space, min)
        _pull(order, before, at, lambda a, space: a + space, max)
    return {spot: at[r] for spot, r in root.items()}


Step = Callable[[float, float], float]
Links = dict[Spot, list[tuple[Spot, float]]]


def _push(order: list[Spot], links: Links, at: Places, step: Step, pick: Callable[..., float]) -> None:
    for column in order:
        at[column] = pick((step(at[other], space) for other, space in links[column]), default=0.0)


def _pull(order: Iterator[Spot] | list[Spot], links: Links, at: Places, step: Step, pick: Callable[..., float]) -> None:
    for column in order:
        if links[column]:
            room = pick(step(at[other], space) for other, space in links[column])
            at[column] = max(at[column], room) if pick is min else min(at[column], room)


def _sorted(after: Links, before: Links) -> list[Spot]:
    """The columns from left to right, each after all that stand left of it in some row."""
    waiting = {column: len(before[column]) for column in after}
    ready = [column for column, n in waiting.items() if n == 0]
    order: list[Spot] = []
    while ready:
        column = ready.pop()
        order.append(column)
        for other, _ in after[column]:
            waiting[other] -= 1
            if waiting[other] == 0:
                ready.append(other)
    return order
