"""Which blocks lie in a rectangle: squares of the plane, each with the blocks that touch it."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QRectF

__all__ = ["Cells"]

SIDE = 256.0
_Span = tuple[int, int, int, int]


def _span(rect: QRectF) -> _Span:
    return (
        int(rect.left() // SIDE),
        int(rect.top() // SIDE),
        int(rect.right() // SIDE),
        int(rect.bottom() // SIDE),
    )


class Cells:
    """Rectangles by name. A query looks only at the squares that it touches."""

    def __init__(self) -> None:
        self.rects: dict[str, QRectF] = {}
        self._spans: dict[str, _Span] = {}
        self._cells: dict[tuple[int, int], set[str]] = {}

    def put(self, name: str, rect: QRectF) -> None:
        """Add a rectangle or move it."""
        span = _span(rect)
        self.rects[name] = rect
        if self._spans.get(name) == span:
            return
        self._leave(name)
        self._spans[name] = span
        for key in _keys(span):
            self._cells.setdefault(key, set()).add(name)

    def drop(self, name: str) -> None:
        """Take a rectangle away, if it is there."""
        self._leave(name)
        self.rects.pop(name, None)
        self._spans.pop(name, None)

    def _leave(self, name: str) -> None:
        for key in _keys(self._spans[name]) if name in self._spans else ():
            cell = self._cells[key]
            cell.discard(name)
            if not cell:
                del self._cells[key]

    def within(self, area: QRectF) -> list[str]:
        """The names of the rectangles that overlap an area."""
        span = _span(area)
        if (span[2] - span[0] + 1) * (span[3] - span[1] + 1) > len(self._cells):
            return [name for name, rect in self.rects.items() if rect.intersects(area)]
        near: set[str] = set()
        for key in _keys(span):
            near.update(self._cells.get(key, ()))
        return [name for name in near if self.rects[name].intersects(area)]


def _keys(span: _Span) -> Iterator[tuple[int, int]]:
    left, top, right, bottom = span
    return ((x, y) for x in range(left, right + 1) for y in range(top, bottom + 1))
