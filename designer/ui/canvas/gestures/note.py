"""Notes and frames by mouse: select, change the size, write. Moving them is part of moving blocks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt

from designer.graph.edits import Put
from designer.ui.canvas.gestures.base import Gesture, Press, double_click, starter, tapped
from designer.ui.canvas.gestures.move import MoveBlocks
from designer.ui.canvas.hits import finder
from designer.ui.canvas.metrics import SNAP
from designer.ui.canvas.note_editor import write
from designer.ui.canvas.sheets import NoteAt, rect_of

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["ResizeNote"]

LEAST = (96.0, 56.0)
SLACK = 5.0  # pixels on both sides of a frame's edge


@finder(60)
def _find(view: CanvasView, at: QPointF) -> object:
    return view.canvas.sheets.at(at, SLACK / view.zoom)


class ResizeNote(Gesture):
    """Pulls the bottom right corner."""

    cursor = Qt.CursorShape.SizeFDiagCursor

    def __init__(self, view: CanvasView, key: str, start: QPointF) -> None:
        super().__init__(view)
        self._note = view.document.network.notes[key]
        self._start = start

    def _rect(self, at: QPointF) -> QRectF:
        by, rect = at - self._start, rect_of(self._note)
        right = round((rect.right() + by.x()) / SNAP) * SNAP
        bottom = round((rect.bottom() + by.y()) / SNAP) * SNAP
        return QRectF(rect.x(), rect.y(), max(LEAST[0], right - rect.x()), max(LEAST[1], bottom - rect.y()))

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Show the new size."""
        self.scene.sheets.shifted = {self._note.id: self._rect(at)}
        self.scene.touch()
        self.view.refresh_far()

    def end(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Keep it: one edit."""
        rect = self._rect(at)
        self.cancel()
        if rect != rect_of(self._note):
            new = replace(self._note, width=rect.width(), height=rect.height())
            self.view.bridge.do(Put("note", new.id, new))

    def cancel(self) -> None:
        """Leave the size as it was."""
        self.scene.sheets.shifted = {}
        self.scene.touch()
        self.view.refresh_far()


@tapped(30)
def tap(view: CanvasView, press: Press) -> bool:
    """A press selects it, with Shift or Ctrl in addition."""
    if not isinstance(press.under, NoteAt):
        return False
    scene, key = view.canvas, press.under.id
    adding = press.held(Qt.KeyboardModifier.ShiftModifier) or press.held(Qt.KeyboardModifier.ControlModifier)
    if adding:
        scene.select(scene.selection, scene.cut, scene.sheets.chosen ^ {key})
    elif key not in scene.sheets.chosen:
        scene.select((), (), {key})
    return True


@starter("pull", 30, ("Drag a note, or a frame by its head", "Move it; a frame takes its blocks along"))
def pull(view: CanvasView, press: Press) -> Gesture | None:
    """A pull at the corner changes the size, elsewhere it moves all that is selected."""
    on, scene = press.under, view.canvas
    if not isinstance(on, NoteAt) or view.read_only or on.id not in view.document.network.notes:
        return None
    if on.part == "corner":
        return ResizeNote(view, on.id, press.at)
    return MoveBlocks(view, None, press.at, frozenset(scene.selection), notes=frozenset(scene.sheets.chosen | {on.id}))


@double_click(30, ("Double-click a note", "Write it"))
def edit(view: CanvasView, press: Press) -> bool:
    """A double click writes."""
    if not isinstance(press.under, NoteAt) or view.read_only:
        return False
    write(view, press.under.id)
    return True
