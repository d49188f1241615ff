"""Room where something grows, and back where it shrinks: what is below goes down, columns beside it go aside."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from designer.arrange.boxes import Boxes
from designer.arrange.drawing import COLUMN_GAP, GAP, Box, Point

__all__ = ["Spread", "aside", "moved", "spread", "sunk"]

_APART = (COLUMN_GAP + GAP[0]) / 2  # what is farther away stands in another column of a folded spine
_CLEAR = 8.0  # between a frame and what is above it
_TRIES = 400


@dataclass(frozen=True)
class Spread:
    """How everything around goes aside when one box becomes another."""

    old: Box
    new: Box
    column: tuple[float, float] = (0.0, 0.0)  # from where to where the column of the box reaches
    push: tuple[float, float] = (0.0, 0.0)  # what is left and right of the box, in its column
    wider: tuple[float, float] = (0.0, 0.0)  # the columns to the left and to the right

    def of(self, box: Box) -> Point:
        """How far something goes."""
        low, high = self.column
        if box[2] <= low:
            return self.wider[0], 0.0
        if box[0] >= high:
            return self.wider[1], 0.0
        dx = self.push[1] if box[0] >= self.old[2] - 1 else self.push[0] if box[2] <= self.old[0] + 1 else 0.0
        return dx, self.new[3] - self.old[3] if _below(self.old, box) else 0.0


def spread(
    units: Mapping[str, Box], old: Box, new: Box, fixed: Collection[str] = ()
) -> tuple[Spread | None, dict[str, Point]]:
    """How far each of the units goes when ``old`` becomes ``new``; those that stay are left out. And the rule for it.

    What is larger pushes. What is smaller draws the others near, where nothing comes to lie on anything by that.
    """
    shift = _plan(units, old, new)
    found = {n: by for n, box in units.items() if n not in fixed and (by := shift.of(box)) != (0.0, 0.0)}
    grows = new[3] > old[3] or new[2] - new[0] > old[2] - old[0]
    if not grows:
        crowded = any(_overlap(box, old) for box in units.values()) or _collides(units, found, new)
        return (None, {}) if crowded else (shift, found)
    return shift, found | _out_of_the_way(units, found, new, fixed)


def _plan(units: Mapping[str, Box], old: Box, new: Box) -> Spread:
    """How all around goes aside."""
    low, high = _column(units, old)
    own = [box for box in units.values() if box[0] < high and low < box[2]]
    beside = [b for b in own if not _below(old, b) and b[3] > new[1] and b[1] < new[3]]
    right = max((new[2] + GAP[0] - b[0] for b in beside if b[0] >= old[2] - 1), default=0.0)
    left = min((new[0] - GAP[0] - b[2] for b in beside if b[2] <= old[0] + 1), default=0.0)
    shift = Spread(old, new, (low, high), (min(0.0, left), max(0.0, right)))
    after = [new, *(moved(b, shift.of(b)) for b in own)]
    wider = min(b[0] for b in after) - low, max(b[2] for b in after) - high
    return Spread(old, new, (low, high), shift.push, wider)


def sunk(units: Mapping[str, Box], old: Box, new: Box) -> float:
    """How far something that grows upwards has to go down to leave alone what is above it."""
    above = [b for b in units.values() if b[3] <= old[1] + 1 and b[0] < new[2] and new[0] < b[2]]
    return max(0.0, max((b[3] + _CLEAR - new[1] for b in above), default=0.0))


def _column(units: Mapping[str, Box], old: Box) -> tuple[float, float]:
    """From where to where the column reaches in which a box stands."""
    low, high = old[0], old[2]
    spans = sorted((b[0], b[2]) for b in units.values())
    grown = True
    while grown:
        grown = False
        for left, right in spans:
            if left < high + _APART and low - _APART < right and (left < low or right > high):
                low, high, grown = min(low, left), max(high, right), True
    return low, high


def _below(old: Box, box: Box) -> bool:
    return box[1] >= old[3] - 1


def moved(box: Box, by: Point) -> Box:
    """The box elsewhere."""
    return box[0] + by[0], box[1] + by[1], box[2] + by[0], box[3] + by[1]


def _overlap(a: Box, b: Box) -> bool:
    """Whether one covers a part of the other."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _collides(units: Mapping[str, Box], by: Mapping[str, Point], new: Box) -> bool:
    """Whether some come to lie on others, or on the new box."""
    boxes = Boxes()
    for name, box in units.items():
        boxes.put(name, moved(box, by.get(name, (0.0, 0.0))))
    return any(len(boxes.within(*boxes.all[name])) > 1 or _overlap(boxes.all[name], new) for name in by)


def _out_of_the_way(
    units: Mapping[str, Box], by: Mapping[str, Point], new: Box, fixed: Collection[str]
) -> dict[str, Point]:
    """What lies on the new box all the same, or came to lie on what is fixed, goes to the nearest free place."""
    boxes = Boxes()
    for name, box in units.items():
        boxes.put(name, moved(box, by.get(name, (0.0, 0.0))))
    walls = [new, *(units[n] for n in fixed if n in units)]
    found: dict[str, Point] = {}
    for name, box in units.items():
        here = boxes.all[name]
        hit = _overlap(here, new) or (name in by and any(_overlap(here, wall) for wall in walls))
        if name in fixed or not hit:
            continue
        boxes.drop(name)
        boxes.put("", new)
        there = moved(here, (aside(here, boxes), 0.0))
        boxes.put(name, there)
        found[name] = there[0] - box[0], there[1] - box[1]
    return found


def aside(box: Box, boxes: Boxes) -> float:
    """How far to the right or left a box has to go to lie on none of the others."""
    best: float | None = None
    for side in (1, -1):
        x = 0.0
        for _ in range(_TRIES):
            here = moved(box, (x, 0.0))
            near = boxes.within(here[0] - _CLEAR, here[1] - _CLEAR, here[2] + _CLEAR, here[3] + _CLEAR)
            if not near:
                if best is None or abs(x) < abs(best):
                    best = x
                break
            if side > 0:
                x += max(b[2] for b in near.values()) + GAP[0] - here[0]
            else:
                x += min(b[0] for b in near.values()) - GAP[0] - here[2]
    return best or 0.0
