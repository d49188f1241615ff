"""What the view from far draws of blocks and wires, in lists that Qt takes whole; a change touches its own entries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QPolygonF

if TYPE_CHECKING:
    from designer.ui.canvas.items import WireItem
    from designer.ui.canvas.scene import CanvasScene

__all__ = ["FADED", "TINT", "Bars"]

MOST_SPOTS = 40  # beyond, everything is painted
_NOWHERE = QLineF(-9e6, -9e6, -9e6, -9e6)  # fills a place in the list that no wire uses
TINT = "!tint "  # a colour follows
FADED = "!faded"  # the kind of a bar that is no choice while a wire is dragged; others are a group or a colour


class _Shelf:
    """Rectangles by kind. Putting and dropping one costs the same among five thousand."""

    def __init__(self) -> None:
        self.rects: dict[str, list[QRectF]] = {}
        self._names: dict[str, list[str]] = {}
        self._places: dict[str, tuple[str, int]] = {}

    def put(self, name: str, kind: str, rect: QRectF) -> None:
        place = self._places.get(name)
        if place is not None and place[0] == kind:
            self.rects[kind][place[1]] = rect
            return
        self.drop(name)
        rects = self.rects.setdefault(kind, [])
        self._places[name] = (kind, len(rects))
        rects.append(rect)
        self._names.setdefault(kind, []).append(name)

    def rect(self, name: str) -> QRectF | None:
        place = self._places.get(name)
        return self.rects[place[0]][place[1]] if place is not None else None

    def drop(self, name: str) -> None:
        place = self._places.pop(name, None)
        if place is None:
            return
        kind, index = place
        rects, names = self.rects[kind], self._names[kind]
        last, moved = rects.pop(), names.pop()
        if index < len(rects):  # the last one fills the gap
            rects[index], names[index] = last, moved
            self._places[moved] = (kind, index)


class _Lines:
    """One flat list of straight lines; each wire has a run of it."""

    def __init__(self) -> None:
        self.flat: list[QLineF] = []
        self._runs: dict[WireItem, tuple[int, int]] = {}
        self.spare = 0  # lines that no wire uses any more

    def put(self, wire: WireItem, corners: Sequence[QPointF]) -> None:
        lines = [QLineF(a, b) for a, b in pairwise(corners)]
        start, room = self._runs.get(wire, (0, 0))
        if len(lines) > room:
            self.drop(wire)
            self._runs[wire] = (len(self.flat), len(lines))
            self.flat += lines
            return
        self.flat[start : start + room] = lines + [_NOWHERE] * (room - len(lines))

    def area(self, wire: WireItem) -> QRectF | None:
        start, room = self._runs.get(wire, (0, 0))
        ends = [end for line in self.flat[start : start + room] if line != _NOWHERE for end in (line.p1(), line.p2())]
        return QPolygonF(ends).boundingRect() if ends else None

    def drop(self, wire: WireItem) -> None:
        start, room = self._runs.pop(wire, (0, 0))
        if room:
            self.flat[start : start + room] = [_NOWHERE] * room
            self.spare += room


class Bars:
    """Keeps the shelves up to date: the scene notes what changed, and ``refresh`` looks at just that."""

    def __init__(self) -> None:
        self.looked_at = 0  # how many blocks and wires so far
        self.renew()

    def renew(self) -> None:
        """Look at everything when next asked."""
        self._bodies, self._alarms, self._rings, self._lines = _Shelf(), _Shelf(), _Shelf(), _Lines()
        self._frozen = _Shelf()
        self._all = True
        self._blocks: set[str] = set()
        self._wires: set[WireItem] = set()
        self._spots: list[QRectF] | None = None  # where something looks different now, None for everywhere

    def note(self, blocks: Iterable[str] = (), wires: Iterable[WireItem] = ()) -> None:
        """These have changed, come or gone. A wire that is gone has no route."""
        if not self._all:
            self._blocks.update(blocks)
            self._wires.update(wires)

    @property
    def bodies(self) -> dict[str, list[QRectF]]:
        """The blocks by kind."""
        return self._bodies.rects

    @property
    def alarms(self) -> list[QRectF]:
        """Frames around blocks with an error."""
        return self._alarms.rects.get("", [])

    @property
    def frozen(self) -> list[QRectF]:
        """Blocks whose weights stay as they are, and groups of such."""
        return self._frozen.rects.get("", [])

    @property
    def rings(self) -> list[QRectF]:
        """Frames around selected blocks."""
        return self._rings.rects.get("", [])

    @property
    def lines(self) -> list[QLineF]:
        """The wires."""
        return self._lines.flat

    def refresh(self, scene: CanvasScene) -> None:
        """Bring the lists up to date."""
        if self._all or self._lines.spare > len(self._lines.flat) / 4 + 64:
            self.renew()
            self._blocks, self._wires = set(scene.blocks), set(scene.wires.values())
            self._all = False
        self.looked_at += len(self._blocks) + len(self._wires)
        for name in self._blocks:
            self._look_at_block(scene, name)
        for wire in self._wires:
            self._spot_wire(wire)
            if wire.route is None:
                self._lines.drop(wire)
            else:
                carried = wire.pos()
                corners = wire.route.corners
                self._lines.put(wire, corners if carried.isNull() else [corner + carried for corner in corners])
                self._spot_wire(wire)
        self._blocks, self._wires = set(), set()

    def take_spots(self) -> list[QRectF] | None:
        """Where something looks different since last asked; None for everywhere."""
        found, self._spots = self._spots, []
        return found

    def _spot_wire(self, wire: WireItem) -> None:
        if self._spots is not None:
            self._spot(self._lines.area(wire))

    def _spot(self, rect: QRectF | None) -> None:
        if self._spots is not None and rect is not None:
            if len(self._spots) < MOST_SPOTS:
                self._spots.append(rect)
            else:
                self._spots = None

    def _look_at_block(self, scene: CanvasScene, name: str) -> None:
        item = scene.blocks.get(name)
        self._spot(self._bodies.rect(name))
        if item is None:
            for shelf in (self._bodies, self._alarms, self._rings, self._frozen):
                shelf.drop(name)
            return
        rect = scene.cells.rects[name]
        self._spot(rect)
        faded = scene.allowed is not None and name not in scene.allowed
        tint = scene.tints.get(name)
        self._bodies.put(name, FADED if faded else TINT + tint.name() if tint is not None else item.card.group, rect)
        if item.card.frozen == "all" and not faded:
            self._frozen.put(name, "", rect)
        else:
            self._frozen.drop(name)
        if item.card.error and not faded:
            self._alarms.put(name, "", rect.adjusted(-7, -7, 7, 7))
        else:
            self._alarms.drop(name)
        if item.selected:
            # A frame in the colour of selection; the bar itself keeps its colour.
            self._rings.put(name, "", rect.adjusted(-10, -10, 10, 10))
        else:
            self._rings.drop(name)
