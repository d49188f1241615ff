"""Which blocks lie in a rectangle, for Qt's rectangles; the boxes are what the wires are laid around."""

from __future__ import annotations

from PySide6.QtCore import QRectF

from designer.arrange.boxes import Boxes

__all__ = ["Cells"]


class Cells:
    """Rectangles by name."""

    def __init__(self) -> None:
        self.rects: dict[str, QRectF] = {}
        self.boxes = Boxes()

    def put(self, name: str, rect: QRectF) -> None:
        """Add a rectangle or move it."""
        self.rects[name] = rect
        left, top = rect.left(), rect.top()
        self.boxes.put(name, (left, top, left + rect.width(), top + rect.height()))

    def drop(self, name: str) -> None:
        """Take a rectangle away, if it is there."""
        self.rects.pop(name, None)
        self.boxes.drop(name)

    def within(self, area: QRectF) -> list[str]:
        """The names of the rectangles that overlap an area."""
        left, top = area.left(), area.top()
        return list(self.boxes.within(left, top, left + area.width(), top + area.height()))
