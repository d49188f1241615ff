"""Drag the paper itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from designer.ui.canvas.gestures.base import Gesture, Press, starter

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["Pan"]


class Pan(Gesture):
    """Keeps the point that was grabbed under the cursor."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, view: CanvasView, start: QPointF) -> None:
        super().__init__(view)
        self._held = start

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Scroll."""
        by = (at - self._held) * self.view.zoom
        self.view.scroll_by(-by.x(), -by.y())


@starter("press", 0, ("Middle button, or Space and drag", "Move the paper"))
def pan(view: CanvasView, press: Press) -> Gesture | None:
    """The middle button, or the left one while Space is held."""
    middle = press.button == Qt.MouseButton.MiddleButton
    return Pan(view, press.at) if middle or (press.left and view.space_held) else None
