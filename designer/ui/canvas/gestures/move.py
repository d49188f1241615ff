"""Drag blocks about: to another place, into a wire, or out of the flow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt

from designer.graph.edits import Batch, Bend, Connect, Disconnect, Edit, Move, Put
from designer.graph.infer import infer_block
from designer.graph.model import Wire
from designer.graph.splice import ends_of, insertion, taking_out
from designer.ui.canvas.gestures.base import Gesture, Press, starter
from designer.ui.canvas.gestures.ghost import Ghost
from designer.ui.canvas.hits import wire_at
from designer.ui.canvas.metrics import SNAP
from designer.ui.canvas.room import room_in
from designer.ui.canvas.routes import loose_route
from designer.ui.canvas.sheets import rect_of

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["MoveBlocks"]

PULL = 6.0  # within this, a dragged block lines up with a neighbour it is wired to
REACH = 12.0


class MoveBlocks(Gesture):
    """Moves the selection with the cursor, onto the grid; lines the grabbed block up with its neighbours.

    Blocks without wires to others go into the wire that they are dropped on. With ``out`` (Alt), the blocks leave the
    flow and the wire closes behind them. Ctrl held moves freely.
    """

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(
        self,
        view: CanvasView,
        grabbed: str | None,
        start: QPointF,
        names: frozenset[str],
        out: bool = False,
        notes: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(view)
        blocks, sheets = self.scene.sheets.contents(notes)
        names = names | blocks
        known = view.document.network.notes
        self._notes = [known[key] for key in sorted(notes | sheets) if key in known]
        self._grabbed = grabbed
        self._start = start
        self._from = {name: QPointF(self.scene.blocks[name].pos()) for name in names}
        self._by = QPointF()
        self._columns = [] if out or grabbed is None else self._neighbours(grabbed)
        self._into: Wire | None = None
        network = view.document.network
        self._blocks = network.blocks_of(names)
        self._out = taking_out(network, self._blocks) if out else []
        self._ends = ends_of(network, self._blocks, apart=out) if self._blocks else None
        self._ghost = Ghost(self.scene)
        among = set(self._blocks)
        bends = network.bends.items()
        self._bends = {
            w: [QPointF(*p) for p in via]
            for w, via in bends
            if w.src in among and w.dst in among and w in self.scene.wires
        }
        for name in names:
            self.scene.blocks[name].setZValue(2)
        if self._out:
            self._part()

    def _neighbours(self, grabbed: str) -> list[float]:
        """Where the grabbed block's middle would be straight above or below a block it is wired to."""
        ends: set[str] = set()
        for wire in self.scene.wires_at(grabbed):
            shown = self.scene.wires[wire].shown
            ends |= {shown.src, shown.dst}
        return [self.scene.blocks[n].body.center().x() for n in ends if n not in self._from and n in self.scene.blocks]

    def _part(self) -> None:
        """Show the flow without the blocks."""
        scene = self.scene
        cut = [e.wire for e in self._out if isinstance(e, Disconnect) and e.wire in scene.wires]
        # A new wire begins and ends where old ones do, be it at the port of a card or at a stub.
        starts = {(w.src, w.out): scene.start_of(w) for w in cut}
        ends = {(w.dst, w.slot): scene.end_of(w) for w in cut}
        joins = [(e.wire.src, e.wire.out, e.wire.dst, e.wire.slot) for e in self._out if isinstance(e, Connect)]
        seen = [(starts[j[:2]], ends[j[2:]]) for j in joins if j[:2] in starts and j[2:] in ends]
        self._hide(True)
        self._ghost.show_routes([loose_route(start, end) for start, end in seen], "good")
        self.scene.lay_over(self._ghost)

    def _hide(self, hidden: bool) -> None:
        for edit in self._out:
            if isinstance(edit, Disconnect) and edit.wire in self.scene.wires:
                item = self.scene.wires[edit.wire]
                item.hidden_end = hidden
                item.update()

    # --- the gesture -----------------------------------------------------------------------------------------

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Show the blocks where they would land, and the wire that would take them."""
        by = at - self._start
        if not modifiers & Qt.KeyboardModifier.ControlModifier:
            by = self._landed(by)
        if by != self._by:
            self._by = by
            self.scene.shift({name: place + by for name, place in self._from.items()})
            if self._notes:
                self.scene.sheets.shifted = {note.id: rect_of(note).translated(by) for note in self._notes}
                self.scene.touch()
            for wire, via in self._bends.items():
                self.scene.lead(wire, [point + by for point in via])
            self.view.refresh_far()
        self._aim(self._wire_under(at))
        words, tone = self._words()
        self.view.hint.say(words, tone, self.view.mapFromScene(at))

    def _landed(self, by: QPointF) -> QPointF:
        origin = self._from[self._grabbed] if self._grabbed is not None else rect_of(self._notes[0]).topLeft()
        wanted = origin + by
        x, y = (round(wanted.x() / SNAP) * SNAP, round(wanted.y() / SNAP) * SNAP)
        if self._grabbed is not None and self._columns:
            half = self.scene.blocks[self._grabbed].card.width / 2
            for middle in self._columns:
                if abs(wanted.x() + half - middle) <= PULL:
                    x = middle - half
        return QPointF(x, y) - origin

    def _wire_under(self, at: QPointF) -> Wire | None:
        """The wire that the blocks would go into: under the cursor, or under the middle of the grabbed block."""
        if self._ends is None or self._grabbed is None:
            return None
        for point in (at, self.scene.blocks[self._grabbed].body.center()):
            wire = wire_at(self.scene, point, REACH)
            if wire is not None and not {wire.src, wire.dst} & set(self._blocks):
                return wire
        return None

    def _aim(self, wire: Wire | None) -> None:
        for changed in {wire, self._into} if wire != self._into else ():
            if changed is not None and changed in self.scene.wires:
                item = self.scene.wires[changed]
                item.hovered = changed == wire
                item.update()
        self._into = wire

    def _words(self) -> tuple[str, str]:
        if self._into is None or self._ends is None:
            return ("Takes it out of the flow", "plain") if self._out else ("", "plain")
        tensor = self.view.document.shapes[self._into.src].outputs[self._into.out]
        error = None
        if tensor is not None:
            entry = self.view.document.network[self._ends.entry]
            error = infer_block(entry, {self._ends.slot: tensor}).error
        return (str(error), "warn") if error else ("Insert into this wire", "good")

    def end(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Put the blocks down: one edit."""
        self.move(at, modifiers)
        into = self._into
        self._away()
        if self._by.isNull():
            self.scene.settle(self._from)
            return
        if self.view.bridge.do(self._edit(into)) is None:
            self.scene.settle(self._from)

    def _edit(self, into: Wire | None) -> Edit:
        edits: list[Edit] = list(self._out)
        places = {n: (p.x() + self._by.x(), p.y() + self._by.y()) for n, p in self._from.items()}
        if into is not None:
            edits += insertion(self.view.document.network, into, self._blocks, apart=bool(self._out)) or []
            area = QRectF()
            for name in self._from:
                area = area.united(self.scene.blocks[name].body)
            corner, moved = room_in(self.view, into, area.topLeft(), area.height(), self._from)
            shift = corner - area.topLeft()
            places = {n: (x + shift.x(), y + shift.y()) for n, (x, y) in places.items()} | moved
        shift = self._by
        if self._grabbed is not None:
            shift = QPointF(*places[self._grabbed]) - self._from[self._grabbed]
        along: list[Edit] = [Bend(w, tuple((p + shift).toTuple() for p in via)) for w, via in self._bends.items()]
        along += [Put("note", n.id, replace(n, x=n.x + shift.x(), y=n.y + shift.y())) for n in self._notes]
        if not edits:
            return Batch("Move", (*([Move(places)] if places else ()), *along)) if along else Move(places)
        names = list(self._from)
        what = names[0] if len(names) == 1 else f"{len(names)} blocks"
        return Batch(f"Insert {what}" if into is not None else f"Take out {what}", (*edits, Move(places), *along))

    def cancel(self) -> None:
        """Put everything back."""
        self._away()
        self.scene.settle(self._from)

    def _away(self) -> None:
        self._aim(None)
        self._hide(False)
        self.scene.take_off(self._ghost)
        self.view.hint.clear()
        if self._notes:
            self.scene.sheets.shifted = {}
            self.scene.touch()
        for name in self._from:
            if name in self.scene.blocks:
                self.scene.blocks[name].setZValue(1)
        self.view.refresh_far()


@starter(
    "pull",
    60,
    ("Drag a block", "Move it, and all that is selected; with Ctrl off the grid"),
    ("Drag a loose block onto a wire", "It goes into the wire, and what follows makes room"),
    ("Alt + drag a block", "Take it out of the flow; the wire closes behind it"),
)
def move(view: CanvasView, press: Press) -> Gesture | None:
    """A pull at a selected block; with Alt, out of the flow."""
    on = press.under
    if not isinstance(on, str) or on not in view.canvas.selection or view.read_only:
        return None
    out = press.held(Qt.KeyboardModifier.AltModifier)
    notes = frozenset() if out else frozenset(view.canvas.sheets.chosen)
    return MoveBlocks(view, on, press.at, frozenset(view.canvas.selection), out, notes)
