"""Small widgets that lie over the canvas and keep to its edges: search bars, the minimap, the way out of a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QObject, QPoint, QRect
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["Corner", "Hud"]

Corner = Literal["top left", "top right", "top", "bottom left", "bottom right", "bottom"]
MARGIN = 12
GAP = 8


class Hud(QObject):
    """Places widgets at the corners of a canvas, one below the other, again whenever a size changes.

    Where the canvas is too narrow for two of them side by side, the one that was added later gives way.
    """

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._at: dict[Corner, list[QWidget]] = {}
        self._placing = False

    def add(self, widget: QWidget, corner: Corner) -> None:
        """Keep a child widget of the canvas at a corner; the first added lies nearest to the edge."""
        widget.setParent(self._view)
        self._at.setdefault(corner, []).append(widget)
        widget.installEventFilter(self)
        self.place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A widget changed its size, or came or went."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide):
            self.place()
        return False

    def place(self) -> None:
        """Put every widget where it belongs."""
        if self._placing:
            return
        self._placing = True
        placed: list[QRect] = []
        for corner, widgets in self._at.items():
            for widget in widgets:
                if not widget.isHidden():
                    placed.append(self._put(widget, corner, placed))
        self._placing = False

    def _put(self, widget: QWidget, corner: Corner, placed: list[QRect]) -> QRect:
        """Move a widget as near to its corner as those that are placed already let it."""
        width, height = self._view.width(), self._view.height()
        x = MARGIN if "left" in corner else (width - widget.width()) // 2
        if "right" in corner:
            x = width - widget.width() - MARGIN
        low = "bottom" in corner
        rect = QRect(QPoint(max(MARGIN, x), height - MARGIN - widget.height() if low else MARGIN), widget.size())
        for _ in range(len(placed)):
            met = next((other for other in placed if other.adjusted(-GAP, -GAP, GAP, GAP).intersects(rect)), None)
            if met is None:
                break
            rect.moveTop(met.top() - GAP - rect.height() if low else met.bottom() + 1 + GAP)
        widget.move(rect.topLeft())
        widget.raise_()
        return rect
