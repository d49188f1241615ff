"""What is dragged onto the canvas from outside: blocks from the palette."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent

from designer.graph.composites import offered
from designer.ui.canvas.gestures.place import PlaceBlock
from designer.ui.canvas.paper import Paper

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["MIME", "TakesDrops", "drop", "enter", "leave", "over"]

MIME = "application/x-layerloom-block"


def _type_in(data: QMimeData) -> str | None:
    """The block type that a drag carries."""
    found = bytes(data.data(MIME).data()).decode("utf-8", "replace") if data.hasFormat(MIME) else ""
    return found if found in offered() else None


def enter(view: CanvasView, event: QDragEnterEvent) -> None:
    """A block from the palette shows where it would lie."""
    block_type = _type_in(event.mimeData())
    if view.read_only or block_type is None:
        event.ignore()
        return
    view.cancel_gesture()
    view.begin(PlaceBlock(view, block_type))
    over(view, event)


def over(view: CanvasView, event: QDragMoveEvent) -> None:
    """Follow the cursor."""
    if isinstance(view.gesture, PlaceBlock):
        view.gesture.move(view._to_scene(event.position()), event.modifiers())
        event.acceptProposedAction()


def leave(view: CanvasView) -> None:
    """It was taken elsewhere."""
    if isinstance(view.gesture, PlaceBlock):
        view.cancel_gesture()


def drop(view: CanvasView, event: QDropEvent) -> None:
    """Put it down."""
    if isinstance(view.gesture, PlaceBlock):
        event.acceptProposedAction()
        view._finish(view._to_scene(event.position()), event.modifiers())
        view.setFocus()


class TakesDrops(Paper):
    """The part of the canvas that hears of drags."""

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Something is dragged over the canvas."""
        enter(cast("CanvasView", self), event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """It moves."""
        over(cast("CanvasView", self), event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """It left."""
        leave(cast("CanvasView", self))

    def dropEvent(self, event: QDropEvent) -> None:
        """It was dropped."""
        drop(cast("CanvasView", self), event)
