"""Drag blocks about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from designer.graph.edits import Move
from designer.ui.canvas.gestures.base import Gesture, Press, starter
from designer.ui.canvas.metrics import SNAP

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["MoveBlocks"]

PULL = 6.0  # within this, a dragged block lines up with a neighbour it is wired to


class MoveBlocks(Gesture):
    """Moves the selection with the cursor, onto the grid; lines the grabbed block up with its neighbours.

    Alt held moves freely.
    """

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, view: CanvasView, grabbed: str, start: QPointF, names: frozenset[str]) -> None:
        super().__init__(view)
        self._grabbed = grabbed
        self._start = start
        self._from = {name: QPointF(self.scene.blocks[name].pos()) for name in names}
        self._by = QPointF()
        self._columns = self._neighbours()
        for name in names:
            self.scene.blocks[name].setZValue(2)

    def _neighbours(self) -> list[float]:
        """Where the grabbed block's middle would be straight above or below a block it is wired to."""
        ends: set[str] = set()
        for wire in self.scene.wires_at(self._grabbed):
            ends |= {wire.src, wire.dst}
        return [self.scene.blocks[n].body.center().x() for n in ends if n not in self._from]

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Show the blocks where they would land."""
        by = at - self._start
        if not modifiers & Qt.KeyboardModifier.AltModifier:
            by = self._landed(by)
        if by != self._by:
            self._by = by
            self.scene.shift({name: place + by for name, place in self._from.items()})

    def _landed(self, by: QPointF) -> QPointF:
        origin = self._from[self._grabbed]
        wanted = origin + by
        x, y = (round(wanted.x() / SNAP) * SNAP, round(wanted.y() / SNAP) * SNAP)
        half = self.scene.blocks[self._grabbed].card.width / 2
        for middle in self._columns:
            if abs(wanted.x() + half - middle) <= PULL:
                x = middle - half
        return QPointF(x, y) - origin

    def end(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Put the blocks down: one edit."""
        self.move(at, modifiers)
        self._lower()
        if self._by.isNull():
            return
        places = {n: (p.x() + self._by.x(), p.y() + self._by.y()) for n, p in self._from.items()}
        if self.view.bridge.do(Move(places)) is None:
            self.scene.settle(self._from)

    def cancel(self) -> None:
        """Put everything back."""
        self._lower()
        self.scene.settle(self._from)

    def _lower(self) -> None:
        for name in self._from:
            if name in self.scene.blocks:
                self.scene.blocks[name].setZValue(1)


@starter("pull", 60)
def move(view: CanvasView, press: Press) -> Gesture | None:
    """A pull at a selected block."""
    on = press.under
    if not isinstance(on, str) or on not in view.canvas.selection or view.read_only:
        return None
    return MoveBlocks(view, on, press.at, frozenset(view.canvas.selection))
