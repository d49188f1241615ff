"""Make room: pinned blocks stay exactly where they are, and what would lie on them goes aside."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from designer.arrange.drawing import GAP, Box, Drawing, Point

__all__ = ["clear_shift", "cleared"]

_MARGIN = 16.0
_TRIES = 400


def cleared(drawing: Drawing, places: Mapping[str, Point], fixed: Collection[str]) -> dict[str, Point]:
    """The places, with every block that lies on a fixed one moved aside in its row, to the nearest free spot."""
    found = dict(places)
    walls = [*drawing.around, *(_box(drawing, n, found[n]) for n in fixed)]
    for name in sorted(found, key=lambda n: (found[n][1], found[n][0])):
        if name in fixed or not any(_over(_box(drawing, name, found[name], _MARGIN), wall) for wall in walls):
            continue
        others = [_box(drawing, n, at) for n, at in found.items() if n != name and n not in fixed]
        found[name] = _aside(drawing, name, found[name], [*walls, *others])
    return found


def _aside(drawing: Drawing, name: str, at: Point, boxes: Sequence[Box]) -> Point:
    width = drawing.sizes[name][0]
    found: list[float] = []
    for side in (1, -1):
        x = at[0]
        for _ in range(_TRIES):
            near = [b for b in boxes if _over(_box(drawing, name, (x, at[1]), _MARGIN), b)]
            if not near:
                found.append(x)
                break
            x = max(b[2] for b in near) + GAP[0] if side > 0 else min(b[0] for b in near) - GAP[0] - width
    return min(found, key=lambda x: abs(x - at[0]), default=at[0]), at[1]


def clear_shift(drawing: Drawing, places: Mapping[str, Point]) -> Point:
    """How far all of it has to go, right or left or down, to lie on nothing that stays; (0, 0) where it does not."""
    best: Point | None = None
    for dx, dy in ((1, 0), (-1, 0), (0, 1)):
        x = y = 0.0
        for _ in range(_TRIES):
            step = _step(drawing, places, (x, y), (dx, dy))
            if not step:
                if best is None or abs(x) + y < abs(best[0]) + best[1]:
                    best = (x, y)
                break
            x, y = x + dx * step, y + dy * step
    return best or (0.0, 0.0)


def _step(drawing: Drawing, places: Mapping[str, Point], by: Point, way: Point) -> float:
    """How much further it has to go that way; 0 where it is free."""
    step = 0.0
    for name, (x, y) in places.items():
        box = _box(drawing, name, (x + by[0], y + by[1]), _MARGIN)
        for wall in drawing.around:
            if _over(box, wall):
                room = wall[2] - box[0] if way[0] > 0 else box[2] - wall[0] if way[0] < 0 else wall[3] - box[1]
                step = max(step, room + 1.0)
    return step


def _box(drawing: Drawing, name: str, at: Point, margin: float = 0.0) -> Box:
    width, height = drawing.sizes[name]
    return (at[0] - margin, at[1] - margin, at[0] + width + margin, at[1] + height + margin)


def _over(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
