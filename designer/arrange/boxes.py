"""Which rectangles lie in an area: squares of the plane, each with the rectangles that touch it."""

from __future__ import annotations

from math import inf

from designer.arrange.drawing import Box

__all__ = ["Boxes"]

SIDE = 256.0
_Span = tuple[int, int, int, int]


def _span(left: float, top: float, right: float, bottom: float) -> _Span:
    return int(left // SIDE), int(top // SIDE), int(right // SIDE), int(bottom // SIDE)


class Boxes:
    """Rectangles by name. A query looks only at the squares that it touches."""

    def __init__(self) -> None:
        self.all: dict[str, Box] = {}
        self._spans: dict[str, _Span] = {}
        self._cells: dict[tuple[int, int], dict[str, Box]] = {}

    def put(self, name: str, box: Box) -> None:
        """Add a rectangle or move it."""
        span = _span(*box)
        self.all[name] = box
        if self._spans.get(name) != span:
            self._leave(name)
            self._spans[name] = span
        for x in range(span[0], span[2] + 1):
            for y in range(span[1], span[3] + 1):
                self._cells.setdefault((x, y), {})[name] = box

    def drop(self, name: str) -> None:
        """Take a rectangle away, if it is there."""
        self._leave(name)
        self.all.pop(name, None)
        self._spans.pop(name, None)

    def _leave(self, name: str) -> None:
        if name not in self._spans:
            return
        left, top, right, bottom = self._spans[name]
        for x in range(left, right + 1):
            for y in range(top, bottom + 1):
                cell = self._cells[x, y]
                cell.pop(name, None)
                if not cell:
                    del self._cells[x, y]

    def within(self, left: float, top: float, right: float, bottom: float) -> dict[str, Box]:
        """The rectangles that overlap an area; those that only touch its edge do not."""
        if left >= right or top >= bottom:
            return {}
        a, b, c, d = _span(left, top, right, bottom)
        cells = self._cells
        if (c - a + 1) * (d - b + 1) > len(cells):
            near = [self.all]
        else:
            near = [cell for x in range(a, c + 1) for y in range(b, d + 1) if (cell := cells.get((x, y)))]
        found: dict[str, Box] = {}
        for cell in near:
            for name, box in cell.items():
                box_left, box_top, box_right, box_bottom = box
                if box_left < right and left < box_right and box_top < bottom and top < box_bottom:
                    found[name] = box
        return found

    def hull(self, left: float, top: float, right: float, bottom: float) -> Box | None:
        """What is around all rectangles that overlap an area; None where there are none. Cheaper than `within`."""
        if left >= right or top >= bottom:
            return None
        a, b, c, d = _span(left, top, right, bottom)
        cells = self._cells
        if (c - a + 1) * (d - b + 1) > len(cells):
            near = [self.all]
        else:
            near = [cell for x in range(a, c + 1) for y in range(b, d + 1) if (cell := cells.get((x, y)))]
        le, to, ri, bo = inf, inf, -inf, -inf
        for cell in near:
            for box_left, box_top, box_right, box_bottom in cell.values():
                if box_left < right and left < box_right and box_top < bottom and top < box_bottom:
                    le = box_left if box_left < le else le
                    to = box_top if box_top < to else to
                    ri = box_right if box_right > ri else ri
                    bo = box_bottom if box_bottom > bo else bo
        return (le, to, ri, bo) if le < ri else None
