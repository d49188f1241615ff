"""Lines across a plot where something changed in a run, with a few words each: what learns from there on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetrics

from designer.ui.plots.drawing import pen
from designer.ui.theme import Theme, font

__all__ = ["Mark", "Markers", "marks_in"]

Mark = tuple[int, str]  # after how many iterations, and what learns from there on

_LONGEST = 20  # letters of a label
_ROWS = 3  # of labels that would cover each other side by side
_INSET = 4  # pixels around the words of a label
_GAP = 6  # pixels between two labels


def marks_in(events: Iterable[Mapping[str, Any]]) -> list[Mark]:
    """What the events of a run say about parts that begin to learn."""
    found = []
    for event in events:
        if event.get("type") == "unfrozen" and isinstance(event.get("iteration"), int):
            parts = ["everything" if part == "*" else str(part) for part in event.get("parts") or ()]
            found.append((int(event["iteration"]), ", ".join(parts) or "more"))
    return found


class Markers:
    """The lines of one plot. Labels lie at the top, over the curves; lines behind them."""

    def __init__(self, box: pg.ViewBox) -> None:
        self._box = box
        self._words: dict[int, str] = {}
        self._items: dict[int, tuple[pg.InfiniteLine, pg.TextItem]] = {}
        self._theme: Theme | None = None
        box.sigRangeChanged.connect(self._place)
        box.sigResized.connect(self._place)

    def add(self, marks: Iterable[Mark]) -> bool:
        """Draw these; one that is there already stays. Whether any is new."""
        new = {at: words for at, words in marks if self._words.get(at) != words}
        for at, words in new.items():
            self._remove(at)
            self._words[at] = words
            self._items[at] = self._made(at, words)
        if new:
            self._dress()
            self._place()
        return bool(new)

    def clear(self) -> None:
        """Take all away."""
        for at in list(self._items):
            self._remove(at)

    def said(self) -> str:
        """What the lines say, for those who cannot see them."""
        return " ".join(f"After iteration {at:,} {words} learns too." for at, words in sorted(self._words.items()))

    def words(self) -> dict[int, str]:
        """What is marked, by iteration."""
        return dict(self._words)

    def dress(self, theme: Theme) -> None:
        """Take the colours of the theme."""
        self._theme = theme
        self._dress()

    def _made(self, at: int, words: str) -> tuple[pg.InfiniteLine, pg.TextItem]:
        line = pg.InfiniteLine(pos=at, angle=90, movable=False)
        line.setZValue(-5)
        label = pg.TextItem(_short(words))
        label.setFont(font("small"))
        label.setZValue(30)
        for item in (line, label):
            item.setToolTip(f"From here on {words} learns too")
            self._box.addItem(item, ignoreBounds=True)
        return line, label

    def _dress(self) -> None:
        if self._theme is None:
            return
        back = QColor(self._theme.surface)
        back.setAlpha(225)
        dashes = pen(self._theme.muted)
        dashes.setStyle(Qt.PenStyle.DashLine)
        for line, label in self._items.values():
            line.setPen(dashes)
            label.setColor(self._theme.text)
            label.fill = pg.mkBrush(back)
            label.border = pg.mkPen(self._theme.border)
            label.update()

    def _place(self, *_: Any) -> None:
        """Put labels beside their lines, where they cover neither each other nor leave the plot."""
        if not self._items:
            return
        (left, right), (_, top) = self._box.viewRange()
        wide, high = self._box.viewPixelSize()
        metrics = QFontMetrics(font("small"))
        ends = [-1e9] * _ROWS  # where the last label of each row ends, in pixels
        for at, (_, label) in sorted(self._items.items()):
            width = metrics.horizontalAdvance(label.toPlainText()) + 2 * _INSET + 2
            x = (at - left) / wide
            over = at + width * wide > right
            start = x - width if over else x
            row = next((row for row, end in enumerate(ends) if start >= end + _GAP), None)
            label.setVisible(row is not None and left <= at <= right)
            if row is None or not left <= at <= right:
                continue
            ends[row] = start + width
            label.setAnchor((1, 0) if over else (0, 0))
            label.setPos(at, top - row * (metrics.height() + 2 * _INSET + 1) * high)

    def _remove(self, at: int) -> None:
        self._words.pop(at, None)
        for item in self._items.pop(at, ()):
            self._box.removeItem(item)


def _short(words: str) -> str:
    """The last parts of paths say most, where all of them would be too long."""
    names = words.split(", ")
    while len(", ".join(names)) > _LONGEST and any("." in name for name in names):
        longest = max((name for name in names if "." in name), key=len)
        names[names.index(longest)] = longest.partition(".")[2]
    short = ", ".join(names)
    return short if len(short) <= _LONGEST else f"{short[: _LONGEST - 1]}…"
