"""Places for a drawing with frames: inside of each frame first, which then is one large block around it.

So no frame overlaps another or holds a block that is not its own, and a long spine folds between frames.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import sqrt

from designer.arrange.circles import forward
from designer.arrange.drawing import GAP, Box, Drawing, Line, Point
from designer.arrange.engine import Direction, arrange
from designer.arrange.frames import Within, bounds, depths, framed
from designer.arrange.strips import FOLD_FROM

__all__ = ["arrange_nested"]

_ENTRY = ":entry"  # where values come into a frame: a row of its own at the top, which nobody sees
_TOO_TALL = 1.15  # a frame this much taller than a view of everything folds inside


def arrange_nested(
    drawing: Drawing,
    within: Within,
    direction: Direction = "down",
    aspect: float | None = None,
    fed: Collection[str] = (),
) -> dict[str, Point]:
    """The top left corner of every block, as `arrange` gives it; ``within`` names the frames that blocks lie in.

    Wires may run in circles between frames or cards: some of them then run back. ``fed`` are blocks that values from
    outside of the drawing reach, from above.
    """
    nest = _Nest(drawing, {n: tuple(within.get(n, ())) for n in drawing.sizes}, direction, aspect)
    nest.fed[""] = set(fed)
    return _held(drawing, nest.arranged("", aspect)) if fed else nest.arranged("", aspect)


def _held(drawing: Drawing, places: dict[str, Point]) -> dict[str, Point]:
    """Held at the top of last time: the row where values come in is not seen."""
    known = [drawing.last[n][1] for n in places if n in drawing.last]
    if not known or drawing.pinned:
        return places
    dy = min(known) - min(y for _, y in places.values())
    return {n: (x, round(y + dy, 1)) for n, (x, y) in places.items()}


class _Nest:
    """A drawing level by level. The top level is the empty frame."""

    def __init__(self, drawing: Drawing, within: Within, direction: Direction, aspect: float | None) -> None:
        self.drawing = drawing
        self.direction = direction
        self.aspect = aspect
        self._within = within
        self._depths = depths(within.values())
        self._children: dict[str, dict[str, None]] = {"": {}}
        self._lines: dict[str, list[Line]] = {}
        self._flow = {name: float(i) for i, name in enumerate(drawing.sizes)}
        for name, chain in within.items():
            for outer, inner in zip(("", *chain), (*chain, name), strict=True):
                self._children.setdefault(outer, {})[inner] = None
        for line in drawing.lines:
            self._lines.setdefault(self._level(line), []).append(line)
        self.fed: dict[str, set[str]] = {}  # by frame, its blocks that are fed from outside of it
        self._read: dict[str, set[str]] = {}  # those that are read from outside
        for line in drawing.lines:
            for path in {*within[line.src]} ^ {*within[line.dst]}:
                if path in within[line.src]:
                    self._read.setdefault(path, set()).add(line.src)
                else:
                    self.fed.setdefault(path, set()).add(line.dst)
        self._most = self._tallest()

    def _level(self, line: Line) -> str:
        """The innermost frame around both ends."""
        found = ""
        for a, b in zip(self._within[line.src], self._within[line.dst], strict=False):
            if a != b:
                break
            found = a
        return found

    def _tallest(self) -> float:
        """A frame that is taller than this is folded inside."""
        if not self.aspect:
            return float("inf")
        area = sum((w + GAP[0]) * (h + GAP[1]) for w, h in self.drawing.sizes.values())
        return max(FOLD_FROM, _TOO_TALL * sqrt(area / self.aspect))

    def _child(self, path: str, name: str) -> str:
        """What stands for a block on the level inside of a frame."""
        chain = self._within[name]
        at = chain.index(path) + 1 if path else 0
        return chain[at] if at < len(chain) else name

    # --- one level -------------------------------------------------------------------------------------------

    def arranged(self, path: str, aspect: float | None = None) -> dict[str, Point]:
        """The places of all blocks inside of a frame, where the frame would like to be."""
        inner = {c: self._inside(c) for c in self._children[path] if c in self._children}
        places = arrange(self._drawn(path, inner), self.direction, aspect)
        found = {name: at for name, at in places.items() if name not in inner and name != _ENTRY}
        for child, blocks in inner.items():
            left, top = self._frame(child, blocks)[:2]
            dx, dy = places[child][0] - left, places[child][1] - top
            found |= {n: (round(x + dx, 1), round(y + dy, 1)) for n, (x, y) in blocks.items()}
        return found

    def _inside(self, path: str) -> dict[str, Point]:
        places = self.arranged(path)
        high = _size(self._frame(path, places))[1]
        if high > self._most and self.direction == "down":
            return self.arranged(path, self.aspect)
        return places

    def _frame(self, path: str, places: Mapping[str, Point]) -> Box:
        """The frame around blocks at these places."""
        return framed(bounds([self._box(n, at) for n, at in places.items()]), self._depths[path])

    def _box(self, name: str, at: Point) -> Box:
        width, height = self.drawing.sizes[name]
        return at[0], at[1], at[0] + width, at[1] + height

    def _drawn(self, path: str, inner: Mapping[str, Mapping[str, Point]]) -> Drawing:
        """What there is to arrange on one level: its blocks, and each frame as one block."""
        whole = self.drawing
        own = self._children[path]
        frames = {child: self._frame(child, places) for child, places in inner.items()}
        sizes = {n: whole.sizes[n] if n not in frames else _size(frames[n]) for n in own}
        last = {n: whole.last[n] for n in own if n in whole.last}
        pinned = {n: whole.pinned[n] for n in own if n in whole.pinned}
        for child, places in inner.items():
            known = {n: whole.last[n] for n in places if n in whole.last}
            if known:
                last[child] = self._frame(child, known)[:2]
            if any(n in whole.pinned for n in places):
                pinned[child] = frames[child][:2]
        flow = {n: self._flow[n] if n in self._flow else _mean(self._flow, inner[n]) for n in own}
        lines = forward([self._outer(path, line, inner, frames) for line in self._lines.get(path, ())], sizes, flow)
        if fed := {self._child(path, name) for name in self.fed.get(path, ())}:
            sizes = {_ENTRY: (0.0, 0.0), **sizes}
            lines = [*(Line(_ENTRY, n, 0.0, 0.0) for n in own if n in fed), *lines]
        axes = {child: axis for child in frames if (axis := self._axis(child, inner[child], frames[child]))}
        return Drawing(sizes, lines, last, pinned, () if path else whole.around, axes)

    def _outer(
        self, path: str, line: Line, inner: Mapping[str, Mapping[str, Point]], frames: Mapping[str, Box]
    ) -> Line:
        """A wire between what stands for its ends."""
        src, dst = self._child(path, line.src), self._child(path, line.dst)
        leaves, arrives = line.leaves, line.arrives
        if src in frames:
            leaves += inner[src][line.src][0] - frames[src][0]
        if dst in frames:
            arrives += inner[dst][line.dst][0] - frames[dst][0]
        return Line(src, dst, leaves, arrives)

    def _axis(self, path: str, places: Mapping[str, Point], frame: Box) -> float | None:
        """Where the flow goes through a frame: the middle of the first block that has wires to others."""
        ends = self.fed.get(path) or self._read.get(path)
        if not ends:
            return None
        first = min(ends, key=self._flow.__getitem__)
        side = 0 if self.direction == "down" else 1
        return places[first][side] + self.drawing.sizes[first][side] / 2 - frame[side]


def _size(box: Box) -> tuple[float, float]:
    return box[2] - box[0], box[3] - box[1]


def _mean(flow: Mapping[str, float], names: Mapping[str, Point]) -> float:
    return sum(flow[n] for n in names) / len(names)
