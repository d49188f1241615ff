"""Draw a wire with keys alone: go through the ports that may take it, then press Enter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QKeyEvent

from designer.graph.model import Wire
from designer.ui.canvas.gestures.base import Gesture
from designer.ui.canvas.gestures.ghost import Ghost
from designer.ui.canvas.routes import loose_route
from designer.ui.words import plural

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["WireByKeys", "wire_by_keys"]

_NEXT = (Qt.Key.Key_Tab, Qt.Key.Key_Right, Qt.Key.Key_Down)
_BACK = (Qt.Key.Key_Backtab, Qt.Key.Key_Left, Qt.Key.Key_Up)
_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
Side = Literal["out", "in"]


@dataclass(frozen=True)
class _Candidate:
    wire: Wire
    end: QPointF  # the port at the far end
    far: str  # its block
    taken: bool


class WireByKeys(Gesture):
    """A wire from one block to a port that is chosen with arrows or Tab, or by typing a part of the block's name.

    Free ports come before taken ones, near ones before far ones. Enter connects, Escape leaves everything as it was.
    """

    def __init__(self, view: CanvasView, block: str, side: Side) -> None:
        super().__init__(view)
        self._block, self._side = block, side
        self._typed = ""
        self._at = 0
        self._ghost = Ghost(self.scene)
        self._all = self._candidates()
        self._shown = self._all
        self._keys = _Keys(self)
        if self._all:
            self.scene.lay_over(self._ghost)
            self.scene.fade(frozenset({c.far for c in self._all} | {block}))
            self._keys.listen()
            self._show()

    # --- what may take it ------------------------------------------------------------------------------------

    @property
    def possible(self) -> bool:
        """Whether there is any port that could take the wire."""
        return bool(self._all)

    @property
    def chosen(self) -> Wire:
        """The wire that Enter would draw."""
        return self._shown[self._at].wire

    def _candidates(self) -> list[_Candidate]:
        network = self.view.document.network
        barred = network.upstream([self._block]) if self._side == "out" else network.downstream([self._block])
        found = [
            c for name in network.nodes if name not in barred and name in self.scene.blocks for c in self._to(name)
        ]
        own = self.scene.blocks[self._block].body.center()
        found.sort(key=lambda c: (c.taken, (c.end - own).manhattanLength(), c.far, c.wire))
        return found

    def _to(self, name: str) -> list[_Candidate]:
        """The wires between the block and another one, none that is drawn already."""
        network, item = self.view.document.network, self.scene.blocks[name]
        own, card = self.scene.blocks[self._block].card, item.card
        if self._side == "out":
            pairs = [(Wire(self._block, out, name, slot), card.input_at(slot))
                     for out in range(len(own.fed)) for slot in range(len(card.wired))]  # fmt: skip
        else:
            pairs = [(Wire(name, out, self._block, slot), card.output_at(out))
                     for slot in range(len(own.wired)) for out in range(len(card.fed))]  # fmt: skip
        return [
            _Candidate(wire, item.pos() + at, name, network.wire_at(wire.dst, wire.slot) is not None)
            for wire, at in pairs
            if not network.has_wire(wire)
        ]

    # --- showing ---------------------------------------------------------------------------------------------

    def _show(self) -> None:
        candidate = self._shown[self._at]
        wire = candidate.wire
        warning = self.view.document.warn(wire.src, wire.out, wire.dst, wire.slot)
        start, end = self.scene.start_of(wire), self.scene.end_of(wire)
        self._ghost.show_route(loose_route(start, end), "warn" if warning else "good", candidate.end)
        self.view.reveal_softly(candidate.far)
        words = self._words(candidate, warning)
        self.view.hint.say(words, "warn" if warning else "good", self.view.mapFromScene(candidate.end))
        self.view.statusMessage.emit(words.partition(". ")[0].partition("\n")[0])
        self.view.refresh_far()

    def _words(self, candidate: _Candidate, warning: str | None) -> str:
        wire, document = candidate.wire, self.view.document
        port = document.network[candidate.far].block.port_of(wire.slot) if self._side == "out" else None
        several = port is not None and len(document.network[candidate.far].block.inputs) > 1
        place = f"{candidate.far}, {port.name}" if several and port is not None else candidate.far
        tensor = document.shapes[wire.src].outputs[wire.out]
        taken = document.network.wire_at(wire.dst, wire.slot)
        what = warning or (f"replaces the wire from {taken.src}" if taken else str(tensor) if tensor else "")
        count = f"{self._at + 1} of {plural(len(self._shown), 'port')}"
        typed = f" with “{self._typed}”" if self._typed else ""
        return f"{'To' if self._side == 'out' else 'From'} {place}: {what}\n{count}{typed}. Enter connects."

    # --- keys ------------------------------------------------------------------------------------------------

    def key(self, event: QKeyEvent) -> bool:
        """Do what a key says; whether it says anything here."""
        key = Qt.Key(event.key())
        if event.modifiers() & _COMMANDS:
            return False
        if key in _NEXT or key in _BACK:
            self._at = (self._at + (1 if key in _NEXT else -1)) % len(self._shown)
            self._show()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._connect()
        elif key == Qt.Key.Key_Escape:
            self.view.cancel_gesture()
        elif key == Qt.Key.Key_Backspace:
            self._look_for(self._typed[:-1])
        elif event.text().isprintable() and event.text().strip():
            self._look_for(self._typed + event.text().lower())
        else:
            return False
        return True

    def _look_for(self, typed: str) -> None:
        found = [c for c in self._all if typed in c.far.lower()]
        if found:
            self._typed, self._shown, self._at = typed, found, 0
            self._show()
        else:
            self.view.statusMessage.emit(f"No block that may take the wire has “{typed}” in its name.")

    def _connect(self) -> None:
        wire = self.chosen
        self.view.cancel_gesture()
        if self.view.bridge.do(self.view.document.connection(wire.src, wire.out, wire.dst, wire.slot)) is not None:
            self.view.select({wire.dst if self._side == "out" else wire.src})

    # --- the end ---------------------------------------------------------------------------------------------

    def end(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """A click somewhere: it was not meant."""
        self._away()

    def cancel(self) -> None:
        """No wire is drawn."""
        self._away()

    def _away(self) -> None:
        self._keys.stop()
        self.scene.take_off(self._ghost)
        self.scene.fade(None)
        self.view.hint.clear()
        self.view.refresh_far()


class _Keys(QObject):
    """Hears the canvas's keys, Tab among them, before menus and shortcuts do; a press of the mouse ends it."""

    def __init__(self, gesture: WireByKeys) -> None:
        super().__init__(gesture.view)
        self._gesture = gesture

    def listen(self) -> None:
        """Begin."""
        self._gesture.view.installEventFilter(self)
        self._gesture.view.viewport().installEventFilter(self)

    def stop(self) -> None:
        """End."""
        self._gesture.view.removeEventFilter(self)
        self._gesture.view.viewport().removeEventFilter(self)
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys go to the gesture."""
        view = self._gesture.view
        if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.FocusOut):
            view.cancel_gesture()
        elif watched is view and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and not event.modifiers() & _COMMANDS:
                event.accept()
                return True
            return event.type() == QEvent.Type.KeyPress and self._gesture.key(event)
        return False


def wire_by_keys(view: CanvasView, side: Side) -> None:
    """Begin a wire at the selected block, or say why there is none to draw."""
    name = next(iter(view.canvas.selection))
    if name not in view.document.network:
        view.statusMessage.emit(f"{name} is a group. Open it, then draw the wire at one of its blocks.")
        return
    card = view.canvas.blocks[name].card
    if not (card.fed if side == "out" else card.wired):
        ends = "has no output: it ends the network" if side == "out" else "takes no input: it is where data comes in"
        view.statusMessage.emit(f"{name} {ends}.")
        return
    view.cancel_gesture()
    gesture = WireByKeys(view, name, side)
    if gesture.possible:
        view.begin(gesture)
    else:
        gesture.cancel()
        view.statusMessage.emit(f"No block can take a wire {'from' if side == 'out' else 'to'} {name}.")
