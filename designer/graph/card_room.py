"""Room for what takes the place of something else when groups close and open: who moves, level by level.

At each level of open groups the others make way, and so does what is around the frames that grow by that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from designer.arrange.boxes import Boxes
from designer.arrange.drawing import Box, Point
from designer.arrange.frames import bounds, frames
from designer.arrange.spread import Spread, aside, moved, spread, sunk
from designer.graph.arrange import place_of
from designer.graph.edits import Bend, Edit, Move, Put
from designer.graph.marks import mark_of
from designer.graph.model import Network
from designer.graph.names import prefixes

__all__ = ["Part", "Sizes", "Surroundings", "box_at", "nominal"]

Sizes = Callable[[str], tuple[float, float]]  # of a block, or of the card of a group
Chain = tuple[str, ...]


def nominal(name: str) -> tuple[float, float]:
    """The size of most cards, for those who do not draw them."""
    return 216.0, 68.0


def box_at(at: Point, size: tuple[float, float]) -> Box:
    """The box of a card."""
    return at[0], at[1], at[0] + size[0], at[1] + size[1]


@dataclass(frozen=True)
class Part:
    """What takes the place of something else: boxes by name, and the frames of its own that they lie in."""

    boxes: Mapping[str, Box]
    within: Mapping[str, Chain] = field(default_factory=dict)

    def outline(self) -> Box:
        """The box around all of it, with its frames."""
        return bounds([*self.boxes.values(), *frames(self.boxes, self.within).values()])

    def by(self, step: Point) -> Part:
        """The same elsewhere."""
        return replace(self, boxes={n: moved(box, step) for n, box in self.boxes.items()})


class Surroundings:
    """What is seen around some blocks or a group that lies in ``parent``. `change` moves it, `edits` tells how."""

    def __init__(self, network: Network, sizes: Sizes, parent: str, own: Iterable[str]) -> None:
        self._network = network
        closed = {p for p, g in network.groups.items() if g.closed}
        around = [*prefixes(parent), parent] if parent else []
        self.scope = next((p for p in reversed(around) if p in closed), "")
        self._deep = len(self.scope)
        self._open = {p for p in network.groups if p not in closed and len(p) > self._deep}
        self._levels = [*reversed([p for p in around if p in self._open]), ""]
        mine = set(own)
        start = f"{self.scope}." if self.scope else ""
        self.boxes: dict[str, Box] = {}
        self._shown: dict[str, str] = {}
        for name in network.nodes:
            if name.startswith(start):
                seen = next((p for p in prefixes(name) if p in closed and len(p) > self._deep), name)
                self._shown[name] = seen
                if mine.isdisjoint((*prefixes(seen), seen)) and seen not in self.boxes:
                    self.boxes[seen] = box_at(place_of(network, seen), sizes(seen))
        self._first = dict(self.boxes)
        self._within = {n: self._chain(n) for n in self.boxes}
        places = {self.scope, *self._open}
        self._sheets = {
            k: (n.x, n.y, n.x + n.width, n.y + n.height) for k, n in network.notes.items() if n.scope in places
        }

    def _chain(self, name: str) -> Chain:
        return tuple(p for p in prefixes(name) if p in self._open)

    def free(self, box: Box) -> Box:
        """The box, moved aside as far as it takes to cover nothing."""
        boxes = Boxes()
        for name, other in self.boxes.items():
            boxes.put(name, other)
        return moved(box, (aside(box, boxes), 0.0)) if boxes.within(*box) else box

    # --- making room -----------------------------------------------------------------------------------------

    def change(self, before: Part, after: Part) -> Part:
        """Let one part become another while all around makes room; the part where it comes to lie in the end."""
        old, new = before.outline(), after.outline()
        inner = ""
        for level in self._levels:
            units, names = self._units(level, inner)
            deep = sunk(units, old, new)
            if deep:
                after, new = after.by((0.0, deep)), moved(new, (0.0, deep))
                self._go(inner, [n for n in self.boxes if inner and inner in self._within[n]], (0.0, deep))
            enclosing = self._frame(level, before, self.boxes) if level else None
            shift, steps = spread(units, old, new, [n for n in units if self._pinned(n)])
            for unit, step in steps.items():
                self._go(unit if unit not in self.boxes else "", names[unit], step)
            if shift is not None:
                self._move_sheets(level, shift)
            if enclosing is not None:
                old, new, inner = enclosing, self._frame(level, after, self.boxes), level
        return after

    def _units(self, level: str, inner: str) -> tuple[dict[str, Box], dict[str, list[str]]]:
        """What lies on a level beside the part that changes, a group with its frame being one; and what is in it."""
        names: dict[str, list[str]] = {}
        for name, chain in self._within.items():
            if (level and level not in chain) or (inner and inner in chain):
                continue
            at = chain.index(level) + 1 if level else 0
            names.setdefault(chain[at] if at < len(chain) else name, []).append(name)
        around = frames(self.boxes, self._within)
        return {unit: around.get(unit) or self.boxes[unit] for unit in names}, names

    def _frame(self, level: str, part: Part, others: Mapping[str, Box]) -> Box:
        """The frame of an open group around the part."""
        chain = tuple(reversed(self._levels[:-1]))
        within = {**self._within, **{n: (*chain, *part.within.get(n, ())) for n in part.boxes}}
        return frames({**others, **part.boxes}, within)[level]

    def _pinned(self, unit: str) -> bool:
        return unit in self._network and bool(mark_of(self._network[unit].marks, "pinned"))

    def _go(self, group: str, names: Iterable[str], step: Point) -> None:
        """Move blocks and cards, and the notes that lie in a group of them."""
        for name in names:
            self.boxes[name] = moved(self.boxes[name], step)
        for key in self._sheets if group else ():
            if f"{self._network.notes[key].scope}.".startswith(f"{group}."):
                self._sheets[key] = moved(self._sheets[key], step)

    def _move_sheets(self, level: str, shift: Spread) -> None:
        """Notes go with the blocks beside them; a frame around what grows grows with it."""
        old, new = shift.old, shift.new
        for key, box in self._sheets.items():
            if self._network.notes[key].scope != (level or self.scope):
                continue
            if box[0] <= old[0] and box[1] <= old[1] and box[2] >= old[2] and box[3] >= old[3]:
                wide = max(box[2], new[2] + old[0] - box[0]) if new[2] > old[2] else box[2]
                self._sheets[key] = (box[0], box[1], wide, box[3] + new[3] - old[3])
            else:
                self._sheets[key] = moved(box, shift.of(box))

    # --- telling ---------------------------------------------------------------------------------------------

    def steps(self) -> dict[str, Point]:
        """How far the others have moved."""
        return {n: (b[0] - a[0], b[1] - a[1]) for n, b in self.boxes.items() if b[:2] != (a := self._first[n])[:2]}

    def edits(self, own: Mapping[str, Point]) -> Iterator[Edit]:
        """The edits by which all have moved, ``own`` blocks and groups with them."""
        steps = {**self.steps(), **{n: step for n, step in own.items() if step != (0.0, 0.0)}}
        if steps:
            yield Move({n: _there(place_of(self._network, n), step) for n, step in steps.items()})
        for wire, via in self._network.bends.items():
            a, b = self._shown.get(wire.src, wire.src), self._shown.get(wire.dst, wire.dst)
            a, b = (wire.src if wire.src in own else a), (wire.dst if wire.dst in own else b)
            if a != b and (step := steps.get(a)) is not None and step == steps.get(b):
                yield Bend(wire, tuple(_there(point, step) for point in via))
        for key, box in self._sheets.items():
            note = self._network.notes[key]
            if box != (note.x, note.y, note.x + note.width, note.y + note.height):
                yield Put("note", key, replace(note, x=box[0], y=box[1], width=box[2] - box[0], height=box[3] - box[1]))


def _there(at: Point, step: Point) -> Point:
    return round(at[0] + step[0], 1), round(at[1] + step[1], 1)
