"""What every gesture is: started by a press, moved, and then ended or cancelled; one edit at most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["Gesture"]


class Gesture:
    """Lives from press to release. ``cancel`` leaves the canvas as the document says; ``end`` may do one edit."""

    cursor: Qt.CursorShape | None = None

    def __init__(self, view: CanvasView) -> None:
        self.view = view
        self.scene = view.canvas

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """The cursor is at a point of the scene."""

    def end(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """The button was released."""

    def cancel(self) -> None:
        """Escape was pressed, the document changed underneath, or the window lost the mouse."""
