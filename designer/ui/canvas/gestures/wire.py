"""Draw a wire from a port, or carry the end of one elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QPointF, QRectF, Qt

from designer.errors import EditRefused
from designer.graph.edits import Batch, Disconnect
from designer.graph.ends import connection, disconnection, slots_at, value_at, why_not
from designer.graph.model import Wire
from designer.ui.canvas.gestures.base import Gesture, Press, starter
from designer.ui.canvas.gestures.ghost import Ghost
from designer.ui.canvas.hits import PortAt, block_at, ports_near
from designer.ui.canvas.routes import loose_route
from designer.ui.canvas.search.popup import open_search

if TYPE_CHECKING:
    from designer.ui.canvas.scene import CanvasScene
    from designer.ui.canvas.view import CanvasView

__all__ = ["DrawWire", "near_end", "wire_from"]

EXACT = 12.0  # pixels from a port that mean this port and no other
REACH = 30.0  # how near, in pixels on the screen, a port pulls the loose end to itself


@dataclass(frozen=True)
class _Target:
    port: PortAt
    why_not: str | None


class DrawWire(Gesture):
    """One end is held by ``fixed``, the other follows the cursor and snaps to ports that can take it.

    With ``carried``, a wire that exists already: dropping it on another port re-plugs it, dropping it in the void
    takes it away.
    """

    def __init__(self, view: CanvasView, fixed: PortAt, carried: Wire | None = None) -> None:
        super().__init__(view)
        self._fixed = fixed
        self._wanted: Literal["in", "out"] = "in" if fixed.side == "out" else "out"
        self._carried = carried
        self._target: _Target | None = None
        self._ghost = Ghost(self.scene)
        self.scene.lay_over(self._ghost)
        if carried is not None:
            self.scene.wires[carried].hidden_end = True
        self.scene.fade(self._possible())

    # --- who can take it -------------------------------------------------------------------------------------

    def _possible(self) -> frozenset[str]:
        visible, name = self.scene.visible, self._fixed.block
        network, out = visible.network, self._fixed.side == "out"
        own = visible.blocks(name) if name in self.scene.blocks else []
        barred = network.upstream(own) if out else network.downstream(own)
        if visible.plain:
            nodes = network.nodes.items()
            open_ = {n for n, node in nodes if (node.block.inputs if out else node.outputs) and n not in barred}
        else:
            items = self.scene.blocks.items()
            ports = {n for n, item in items if (item.card.wired if out else item.card.fed)}
            open_ = {n for n in ports if barred.isdisjoint(visible.blocks(n))}
        return frozenset(open_ | {name})

    def _ends(self, port: PortAt) -> tuple[str, int, str, int]:
        here = (self._fixed.block, self._fixed.index)
        there = (port.block, port.index)
        return (*here, *there) if self._fixed.side == "out" else (*there, *here)

    def _is_carried(self, ends: tuple[str, int, str, int]) -> bool:
        return self._carried is not None and self.scene.visible.wire(self._carried) == Wire(*ends)

    def _why_not(self, port: PortAt) -> str | None:
        ends = self._ends(port)
        return None if self._is_carried(ends) else why_not(self.view.document, self.scene.visible, *ends)

    def _find(self, at: QPointF) -> _Target | None:
        near = ports_near(self.scene, at, REACH / self.view.zoom, self._wanted)
        over = block_at(self.scene, at)
        if over is not None and over != self._fixed.block:
            exact = [pair for pair in near if pair[0] * self.view.zoom <= EXACT]
            near = [*exact, *self._of_block(over), *near]
        refused: _Target | None = None
        for _, port in near:
            if port.block == self._fixed.block and port.block != over:
                continue
            why = self._why_not(port)
            if why is None:
                return _Target(port, None)
            refused = refused or _Target(port, why)
        return refused or self._refusal(over)

    def _of_block(self, name: str) -> list[tuple[float, PortAt]]:
        """The ports of a block that the cursor is over, free ones first: people aim at blocks, not at dots."""
        item = self.scene.blocks[name]
        card, corner = item.card, item.pos()
        if self._fixed.side == "in":
            return [(0.0, PortAt(name, "out", i, corner + card.output_at(i))) for i in range(len(card.fed))]
        slots = sorted(range(len(card.wired)), key=lambda i: (card.wired[i], i))
        return [(0.0, PortAt(name, "in", i, corner + card.input_at(i))) for i in slots]

    def _refusal(self, over: str | None) -> _Target | None:
        # A block without a port on this side still owes an answer.
        if over is None:
            return None
        item = self.scene.blocks[over]
        port = PortAt(over, self._wanted, 0, item.body.center())
        return _Target(port, self._why_not(port)) if self._why_not(port) else None

    # --- the gesture -----------------------------------------------------------------------------------------

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Follow the cursor, snap, and say why not."""
        self._target = target = self._find(at)
        state, words, tone = "free", "", "plain"
        if target is None:
            words = "Drop here to disconnect" if self._carried is not None else ""
        elif target.why_not:
            state, words, tone = "bad", target.why_not, "bad"
        else:
            state, words, tone = self._verdict(target.port)
        held = target is not None and target.why_not is None
        end = target.port.at if target is not None and held else at
        downwards = self._fixed.side == "out"
        route = loose_route(self._fixed.at, end) if downwards else loose_route(end, self._fixed.at)
        self._ghost.show_route(route, state, end if held else None)
        self.view.hint.say(words, tone, self.view.mapFromScene(at))
        self.view.refresh_far()

    def _verdict(self, port: PortAt) -> tuple[str, str, str]:
        document, visible = self.view.document, self.scene.visible
        ends = self._ends(port)
        if self._is_carried(ends):
            return "good", "", "plain"
        slots = slots_at(visible, *ends[2:])
        try:
            value = value_at(visible, *ends[:2])
        except EditRefused:
            return "good", "Joins this input of the group", "good"
        warnings = (document.warn(*value, *slot) for slot in slots)
        warning = next((words for words in warnings if words), None)
        if warning:
            return "warn", warning, "warn"
        taken = document.network.wire_at(*slots[0]) if slots else None
        if taken is not None and taken != self._carried:
            return "good", f"Replaces the wire from {taken.src}", "plain"
        tensor = document.shapes[value[0]].outputs[value[1]]
        return "good", str(tensor) if tensor else "", "good"

    def end(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Connect, re-plug or disconnect: one edit; or none where it was refused."""
        self.move(at, modifiers)
        target = self._target
        self._away()
        if target is None:
            if self._carried is not None:
                self.view.bridge.do(self._unplugged())
            elif self._far(at):
                open_search(self.view, at, self._fixed)
            return
        if target.why_not is not None:
            self.view.statusMessage.emit(target.why_not)
            return
        ends = self._ends(target.port)
        if self._is_carried(ends):
            return
        edit = connection(self.view.document, self.scene.visible, *ends)
        if self._carried is not None:
            replug = edit.edits if isinstance(edit, Batch) else (edit,)
            gone = self._unplugged().edits
            cuts = [e for e in replug if isinstance(e, Disconnect) and e not in gone]
            joins = [e for e in replug if not isinstance(e, Disconnect)]
            edit = Batch("Re-plug", (*gone, *cuts, *joins))
        self.view.bridge.do(edit)

    def _unplugged(self) -> Batch:
        assert self._carried is not None
        visible = self.scene.visible
        return disconnection(self.view.document, visible, visible.wire(self._carried) or self._carried)

    def _far(self, at: QPointF) -> bool:
        """Whether the wire was pulled into the void, rather than its port clicked."""
        return block_at(self.scene, at) is None and (at - self._fixed.at).manhattanLength() * self.view.zoom > REACH

    def cancel(self) -> None:
        """Leave the wires as they were."""
        self._away()

    def _away(self) -> None:
        if self._carried is not None and self._carried in self.scene.wires:
            item = self.scene.wires[self._carried]
            item.hidden_end = False
            item.update()
        self.scene.take_off(self._ghost)
        self.scene.fade(None)
        self.view.hint.clear()


def near_end(scene: CanvasScene, wire: Wire, at: QPointF) -> bool:
    """Whether a point is nearer to the wire's far end than to its source."""
    a, b = scene.start_of(wire), scene.end_of(wire)
    rect = QRectF(a, b).normalized()
    if rect.height() + rect.width() == 0:
        return True
    to_a, to_b = at - a, at - b
    return bool(to_b.x() ** 2 + to_b.y() ** 2 <= to_a.x() ** 2 + to_a.y() ** 2)


def wire_from(view: CanvasView, port: PortAt) -> DrawWire:
    """Draw from a port; from an input that has a wire, take that wire's end along."""
    wire = None
    if port.side == "in":
        ends = slots_at(view.canvas.visible, port.block, port.index)
        wire = next((w for end in ends if (w := view.document.network.wire_at(*end)) in view.canvas.wires), None)
    if wire is None:
        return DrawWire(view, port)
    return _carry(view, wire, "out")


def _carry(view: CanvasView, wire: Wire, held: Literal["in", "out"]) -> DrawWire:
    """Take one end of a wire along; ``held`` is the end that stays."""
    scene = view.canvas
    shown = scene.visible.wire(wire) or wire
    if held == "out":
        return DrawWire(view, PortAt(shown.src, "out", shown.out, scene.start_of(wire)), wire)
    return DrawWire(view, PortAt(shown.dst, "in", shown.slot, scene.end_of(wire)), wire)


@starter(
    "press",
    40,
    ("Drag from a port", "Draw a wire; dropped on empty canvas it offers the blocks that fit"),
    ("Drag from a wired input", "Take the wire's end elsewhere, or away"),
)
def from_port(view: CanvasView, press: Press) -> Gesture | None:
    """A press on a port."""
    return wire_from(view, press.under) if press.left and isinstance(press.under, PortAt) else None


@starter("pull", 70)
def from_wire(view: CanvasView, press: Press) -> Gesture | None:
    """A pull at a wire takes its nearer end along."""
    wire, scene = press.under, view.canvas
    if not isinstance(wire, Wire) or wire not in scene.wires or view.read_only:
        return None
    return _carry(view, wire, "out" if near_end(scene, wire, press.at) else "in")
