"""The upright stretches that wires use, so that wires of different sources keep apart."""

from __future__ import annotations

from collections.abc import Hashable

from designer.arrange.drawing import LANE

__all__ = ["Tracks"]

_WIDE = 64.0
_Spans = dict[Hashable, tuple[float, float]]  # by wire
_Rail = tuple[float, Hashable]  # its place and whose it is


class Tracks:
    """Rails by place: whose, and from where to where each of its wires runs."""

    def __init__(self) -> None:
        self._cells: dict[int, dict[_Rail, tuple[float, float]]] = {}  # each rail from its first to its last end
        self._rails: dict[_Rail, _Spans] = {}
        self._held: dict[Hashable, set[_Rail]] = {}
        self._of: dict[Hashable, dict[_Rail, None]] = {}

    def take(self, key: Hashable, source: Hashable, x: float, top: float, bottom: float) -> None:
        """A wire runs here."""
        rail = (x, source)
        spans = self._rails.setdefault(rail, {})
        above, below = spans.get(key, (top, bottom))
        spans[key] = min(above, top), max(below, bottom)
        self._held.setdefault(key, set()).add(rail)
        self._of.setdefault(source, {})[rail] = None
        cell = self._cells.setdefault(int(x // _WIDE), {})
        above, below = cell.get(rail, (top, bottom))
        cell[rail] = min(above, top), max(below, bottom)

    def free(self, key: Hashable) -> None:
        """A wire runs nowhere."""
        for rail in self._held.pop(key, ()):
            spans, cell = self._rails[rail], self._cells[int(rail[0] // _WIDE)]
            del spans[key]
            if spans:
                cell[rail] = min(a for a, _ in spans.values()), max(b for _, b in spans.values())
            else:
                del self._rails[rail], cell[rail], self._of[rail[1]][rail]

    def of(self, source: Hashable) -> list[float]:
        """Where the wires of a source run."""
        return [x for x, _ in self._of.get(source, ())]

    def beside(self, source: Hashable, x: float, top: float, bottom: float) -> float | None:
        """Where another source's wire runs too near for one here; None where there is room."""
        cell = int(x // _WIDE)
        for i in (cell - 1, cell, cell + 1):
            for (at, whose), (above, below) in self._cells.get(i, {}).items():
                if abs(at - x) < LANE - 0.5 and above < bottom and top < below and whose != source:
                    return at
        return None
