"""Places for all blocks of a drawing: layered, in straight columns, and as near to last time as it goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from designer.arrange.clearing import clear_shift, cleared
from designer.arrange.columns import place
from designer.arrange.drawing import COLUMN_GAP, GAP, Drawing, Line, Point
from designer.arrange.layers import components, layers
from designer.arrange.order import ordered
from designer.arrange.strips import Strip, fold, slices, strip

__all__ = ["Direction", "arrange"]

Direction = Literal["down", "right"]
_LEAST_GAP, _MOST_GAP = 90.0, 320.0  # between strips that stay where they were
_BESIDE = 96.0  # between neighbours that a wire joins from the one's foot to the other's head
_SINGLES = 6  # blocks without wires in a column


def arrange(drawing: Drawing, direction: Direction = "down", aspect: float | None = None) -> dict[str, Point]:
    """The top left corner of every block.

    With ``aspect``, the width over the height of the view, a long spine goes on in further columns. Raises ValueError
    for wires that run in a circle.
    """
    if not drawing.sizes:
        return {}
    if direction == "right":
        return _right(drawing)
    links = _links(drawing.lines, drawing.sizes)
    groups = components(drawing)
    strips: list[Strip] = []
    for names in _as_last_time(drawing, (g for g in groups if len(g) > 1)):
        found = layers(drawing, names, *links)
        rows = ordered(found)
        place(rows)
        parts = slices(drawing, rows)
        strips += fold(drawing, parts, aspect) if aspect else [strip(parts)]
    strips += _singles(drawing, [g[0] for g in groups if len(g) == 1])
    return _settled(drawing, _side_by_side(drawing, strips))


def _right(drawing: Drawing) -> dict[str, Point]:
    """Left to right: the same with x and y exchanged and more room, as ports are at the top and the bottom."""
    room = _BESIDE - GAP[1]
    turned = replace(
        drawing,
        sizes={n: (h, w + room) for n, (w, h) in drawing.sizes.items()},
        last={n: (y, x) for n, (x, y) in drawing.last.items()},
        pinned={n: (y, x) for n, (x, y) in drawing.pinned.items()},
        around=[(t, le, b, r) for le, t, r, b in drawing.around],
    )
    return {n: (x, y) for n, (y, x) in arrange(turned).items()}


def _links(lines: Sequence[Line], sizes: Mapping[str, object]) -> tuple[dict[str, dict[str, float]], ...]:
    after: dict[str, dict[str, float]] = {name: {} for name in sizes}
    before: dict[str, dict[str, float]] = {name: {} for name in sizes}
    for line in lines:
        after[line.src].setdefault(line.dst, line.leaves)
        before[line.dst].setdefault(line.src, line.arrives)
    return after, before


def _as_last_time(drawing: Drawing, groups: Iterable[list[str]]) -> list[list[str]]:
    """Groups from left to right as they were; new ones at the end."""

    def left(names: list[str]) -> float:
        return min((drawing.last[n][0] for n in names if n in drawing.last), default=float("inf"))

    return sorted(groups, key=left)


def _singles(drawing: Drawing, names: Sequence[str]) -> list[Strip]:
    """Blocks without wires, in columns of a few."""
    found = []
    for i in range(0, len(names), _SINGLES):
        corners, y = {}, 0.0
        for name in names[i : i + _SINGLES]:
            corners[name] = (0.0, y)
            y += drawing.sizes[name][1] + GAP[1]
        found.append(Strip(corners, 0.0, max(drawing.sizes[n][0] for n in corners)))
    return found


def _side_by_side(drawing: Drawing, strips: Sequence[Strip]) -> dict[str, Point]:
    """Strips from left to right, each where it was if there is about enough room."""
    places: dict[str, Point] = {}
    edge: float | None = None
    for one in strips:
        was = _shift(drawing, one.corners, 0)
        if edge is None:
            x = was if was is not None else -one.left
        elif was is not None and edge + _LEAST_GAP <= was + one.left <= edge + _MOST_GAP:
            x = was
        else:
            x = edge + (COLUMN_GAP if len(one.corners) > 1 else GAP[0]) - one.left
        places.update({n: (a + x, b) for n, (a, b) in one.corners.items()})
        edge = x + one.right
    return places


def _shift(drawing: Drawing, corners: Mapping[str, Point], axis: Literal[0, 1]) -> float | None:
    """By how much most blocks have to go to be where they were; None where there is no such way."""
    ways = Counter(round(drawing.last[n][axis] - at[axis], 1) for n, at in corners.items() if n in drawing.last)
    if not ways:
        return None
    way, count = ways.most_common(1)[0]
    return way if 2 * count >= ways.total() else None


def _settled(drawing: Drawing, places: dict[str, Point]) -> dict[str, Point]:
    """Held where last time's corner was, or by the pinned blocks, and clear of what stays."""
    pinned = {n: at for n, at in drawing.pinned.items() if n in places}
    if pinned:
        dx, dy = (sorted(pinned[n][i] - places[n][i] for n in pinned)[len(pinned) // 2] for i in (0, 1))
    elif known := [n for n in places if n in drawing.last]:
        kept = _shift(drawing, places, 0)
        left = min(drawing.last[n][0] for n in known) - min(x for x, _ in places.values())
        dx = kept if kept is not None else left
        dy = min(drawing.last[n][1] for n in known) - min(y for _, y in places.values())
    else:
        dx, dy = -min(x for x, _ in places.values()), -min(y for _, y in places.values())
    places = {n: (round(x + dx, 1), round(y + dy, 1)) for n, (x, y) in places.items()}
    if drawing.around and not pinned:
        dx, dy = clear_shift(drawing, places)
        places = {n: (round(x + dx, 1), round(y + dy, 1)) for n, (x, y) in places.items()}
    places.update(pinned)
    return cleared(drawing, places, pinned.keys()) if pinned or drawing.around else places
