"""Lines across a plot where something happened in a run: thin ones with a head, and labels where more learns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetrics

from designer.ui.plots.choices import Axis
from designer.ui.plots.drawing import pen
from designer.ui.plots.marks import KINDS, Kind, Mark
from designer.ui.plots.timeline import Timeline
from designer.ui.theme import Theme, font

__all__ = ["Markers"]

_LONGEST = 20  # letters of a label
_ROWS = 3  # of labels that would cover each other side by side
_INSET = 4  # pixels around the words of a label
_GAP = 6  # pixels between two labels
_NEAR = 5  # pixels from a line that are still at it
_MANY = 60  # checkpoints in view: more would be a grey wash
_COLOURS: dict[Kind, str] = {
    "rate": "accent",
    "plateau": "warn",
    "early_stop": "bad",
    "best": "good",
    "checkpoint": "muted",
}


class _Thin:
    """All lines of one kind."""

    def __init__(self, box: pg.ViewBox, kind: Kind) -> None:
        self.kind = kind
        self.at: dict[int, str] = {}
        self.lines = pg.PlotCurveItem(connect="pairs", skipFiniteCheck=True)
        self.heads = pg.ScatterPlotItem(pxMode=True, size=8, symbol="t", antialias=True)
        self.lines.setZValue(-6)
        self.heads.setZValue(20)
        for item in (self.lines, self.heads):
            box.addItem(item, ignoreBounds=True)

    def dress(self, theme: Theme) -> None:
        colour: QColor = getattr(theme, _COLOURS[self.kind])
        faint = self.kind == "checkpoint"
        dots = Qt.PenStyle.DotLine if faint else Qt.PenStyle.SolidLine
        self.lines.setPen(pen(colour, 1, 110 if faint else 170, dots))
        self.heads.setPen(pen(theme.surface, 1))
        shade = QColor(colour)
        shade.setAlpha(130 if faint else 255)
        self.heads.setBrush(shade)

    def draw(self, x: Any, bottom: float, top: float, high: float) -> None:
        if self.kind == "checkpoint" and len(x) > _MANY:
            x = x[:0]
        self.lines.setData(np.repeat(x, 2), np.tile([bottom, top], len(x)))
        self.heads.setData(x, np.full(len(x), top - 5 * high))

    def show(self, shown: bool) -> None:
        self.lines.setVisible(shown)
        self.heads.setVisible(shown)


class Markers:
    """The lines of one plot. Labels lie at the top, over the curves; lines behind them."""

    def __init__(self, box: pg.ViewBox, line: Timeline) -> None:
        self._box, self._line = box, line
        self._axis: Axis = "iteration"
        self.shown = True
        self._words: dict[int, str] = {}
        self._items: dict[int, tuple[pg.InfiniteLine, pg.TextItem]] = {}
        self._thin: dict[Kind, _Thin] = {kind: _Thin(box, kind) for kind in KINDS if kind != "unfrozen"}
        self._theme: Theme | None = None
        box.sigRangeChanged.connect(self._place)
        box.sigResized.connect(self._place)

    def add(self, marks: Iterable[Mark]) -> bool:
        """Draw these; one that is there already stays. Whether any is new. Of the best weights the last one counts."""
        new = False
        for at, kind, words in marks:
            if kind == "unfrozen":
                if self._words.get(at) != words:
                    self._remove(at)
                    self._words[at] = words
                    self._items[at] = self._made(at, words)
                    new = True
                continue
            known = self._thin[kind].at
            if known.get(at) != words:
                if kind == "best":
                    known.clear()
                known[at] = words
                new = True
        if new:
            self._dress()
            self._place()
        return new

    def use(self, axis: Axis) -> None:
        """Lie on another axis."""
        self._axis = axis
        self._place()

    def show(self, shown: bool) -> None:
        """Show or hide them all."""
        self.shown = shown
        for thin in self._thin.values():
            thin.show(shown)
        for items in self._items.values():
            for item in items:
                item.setVisible(shown)
        self._place()

    def clear(self) -> None:
        """Take all away."""
        for at in list(self._items):
            self._remove(at)
        for thin in self._thin.values():
            thin.at.clear()
        self._place()

    def said(self) -> str:
        """What the lines say, for those who cannot see them."""
        learns = [f"After iteration {at:,} {words} learns too." for at, words in sorted(self._words.items())]
        rest = [w for kind, thin in self._thin.items() if kind != "checkpoint" for _, w in sorted(thin.at.items())]
        return " ".join([*learns, *rest[-20:]])

    def all(self) -> list[Mark]:
        """Every mark."""
        found = [Mark(at, "unfrozen", words) for at, words in self._words.items()]
        return found + [Mark(at, kind, words) for kind, thin in self._thin.items() for at, words in thin.at.items()]

    def words(self) -> dict[int, str]:
        """What begins to learn, by iteration."""
        return dict(self._words)

    def marked(self, kind: Kind) -> dict[int, str]:
        """The lines of another kind, by iteration."""
        return dict(self._thin[kind].at)

    def near(self, place: float) -> list[tuple[str, str]]:
        """The colour's name and the words of the lines at a place."""
        if not self.shown:
            return []
        room = _NEAR * self._box.viewPixelSize()[0]
        found = [
            ("muted", f"From here on {words} learns too.")
            for at, words in sorted(self._words.items())
            if abs(self._line.place(at, self._axis) - place) <= room
        ]
        for kind, thin in self._thin.items():
            if len(thin.at) > 2000:
                continue
            found += [
                (_COLOURS[kind], words)
                for at, words in thin.at.items()
                if abs(self._line.place(at, self._axis) - place) <= room
            ]
        return found[:4]

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
        for thin in self._thin.values():
            thin.dress(self._theme)
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
        if not self.shown or not (self._items or any(thin.at for thin in self._thin.values())):
            for thin in self._thin.values():
                if len(thin.heads.data):
                    thin.draw(np.empty(0), 0.0, 1.0, 0.0)
            return
        (left, right), (bottom, top) = self._box.viewRange()
        wide, high = self._box.viewPixelSize()
        self._draw_thin(left, right, bottom, top, high)
        metrics = QFontMetrics(font("small"))
        ends = [-1e9] * _ROWS  # where the last label of each row ends, in pixels
        for after, (line, label) in sorted(self._items.items()):
            at = self._line.place(after, self._axis)
            known = at == at  # not on an axis that the run has no clock for
            line.setVisible(known)
            label.setVisible(known)
            if not known:
                continue
            line.setPos(at)
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

    def _draw_thin(self, left: float, right: float, bottom: float, top: float, high: float) -> None:
        for thin in self._thin.values():
            x = self._line.places(np.array(sorted(thin.at), np.float64), self._axis)
            thin.draw(x[(x >= left) & (x <= right)], bottom, top, high)

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
