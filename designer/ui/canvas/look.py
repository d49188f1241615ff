"""Colours, pens and fonts of the canvas, worked out once a theme."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPen

from designer.ui.theme import Theme, font, group_colour

__all__ = ["LabelTone", "Look", "mix", "tone"]

_HUES = {"grey": 220, "blue": 217, "green": 152, "amber": 40, "red": 2, "violet": 262}


def mix(a: QColor, b: QColor, share: float) -> QColor:
    """``share`` of ``a`` and the rest of ``b``, opaque."""
    rest = 1 - share
    return QColor.fromRgbF(
        a.redF() * share + b.redF() * rest,
        a.greenF() * share + b.greenF() * rest,
        a.blueF() * share + b.blueF() * rest,
    )


def _pen(colour: QColor, width: float = 1.0, cosmetic: bool = False) -> QPen:
    pen = QPen(colour, width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    pen.setCosmetic(cosmetic)
    return pen


LabelTone = Literal["plain", "lit", "faded"]


def tone(colour: str, theme: Theme) -> QColor:
    """One of the colours that notes, frames and groups may have, in a theme."""
    hue, full = _HUES.get(colour, 220), 14 if colour == "grey" else 150
    return QColor.fromHsl(hue, full if not theme.dark else full * 3 // 4, 150 if theme.dark else 118)


class Look:
    """What the painters dip into. ``groups`` fills itself."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.inviting = True  # whether ports say that there is room for one more; not in pictures
        self.title = _sized(font("title"), 13)
        self.small = _sized(font("small"), 11)
        self.strong = _sized(font("medium"), 11)
        self._flat = {size: _sized(font("title"), size) for size in range(16, 25)}
        self.far = _sized(font("medium"), 9)
        self.group_large = _sized(font("title"), 13)
        self.group_small = _sized(font("medium"), 11)
        self.label = _sized(font("medium"), 10.5)
        fonts = (self.title, self.small, self.strong, self.far, self.label, self.group_large, self.group_small)
        self.metrics = {id(f): QFontMetricsF(f) for f in (*fonts, *self._flat.values())}
        t = theme
        self.dot = mix(t.outline, t.grid, 0.35)
        self.edge = _pen(mix(t.outline, t.border, 0.6) if not t.dark else mix(t.outline, t.raised, 0.75))
        self.hover_edge = _pen(mix(t.accent, t.outline, 0.45), 1.25)
        self.bad_edge = _pen(t.bad, 1.5)
        self.warn_edge = _pen(mix(t.warn, t.outline, 0.75), 1.25)
        self.ring = _pen(t.selection, 2.0)
        glow = QColor(t.selection)
        glow.setAlpha(38 if not t.dark else 56)
        self.glow = _pen(glow, 7.0)
        self.wire = _pen(mix(t.wire, t.canvas, 0.8), 1.75)
        self.wire_lit = _pen(t.accent, 2.25)
        self.wire_bad = _pen(t.bad, 2.0)
        self.far_wire = _pen(mix(t.wire, t.canvas, 0.75), 1.0, cosmetic=True)
        self.label_back = QBrush(t.canvas)
        self.faded_wire = _pen(mix(t.wire, t.canvas, 0.3), 1.75)
        self.hair = _pen(self.wire.color(), 1.0, cosmetic=True)
        self.hair_faded = _pen(self.faded_wire.color(), 1.0, cosmetic=True)
        self.label_pens: dict[LabelTone, QPen] = {
            "plain": QPen(mix(t.wire_text, t.text, 0.85)),
            "lit": QPen(t.accent),
            "faded": QPen(mix(t.wire_text, t.canvas, 0.45)),
        }
        self.shadow = [QColor(0, 0, 0, a) for a in ((5, 7, 9) if not t.dark else (22, 26, 30))]
        self.tinge = 0.6  # how much of an overlay's colour a card takes
        self.muted_on_tint = mix(t.text, t.muted, 0.65)
        self._tinted: dict[int, QPen] = {}
        self._groups: dict[str, tuple[QColor, QColor, QColor]] = {}

    def flat(self, zoom: float) -> QFont:
        """The font of names at a zoom: about 12 pixels high on the screen."""
        return self._flat[max(16, min(24, round(12 / zoom)))]

    def tinted_edge(self, tint: QColor) -> QPen:
        """The edge of a card that an overlay colours."""
        found = self._tinted.get(tint.rgba())
        if found is None:
            found = self._tinted[tint.rgba()] = _pen(mix(tint, self.theme.raised, 0.8))
        return found

    def group(self, name: str) -> tuple[QColor, QColor, QColor]:
        """A group's accent, the soft tile behind its picture, and its bar seen from far."""
        found = self._groups.get(name)
        if found is None:
            accent = tone(name[1:], self.theme) if name[:1] == "#" else group_colour(name, self.theme)
            tile = mix(accent, self.theme.raised, 0.17 if self.theme.dark else 0.13)
            bar = mix(accent, self.theme.raised, 0.62 if self.theme.dark else 0.55)
            found = self._groups[name] = (accent, tile, bar)
        return found

    def advance(self, of: QFont, text: str) -> float:
        """How wide a text is."""
        return self.metrics[id(of)].horizontalAdvance(text)

    def elided(self, of: QFont, text: str, width: float, middle: bool = False) -> str:
        """The text, shortened with an ellipsis where it does not fit."""
        mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        return self.metrics[id(of)].elidedText(text, mode, width)


def _sized(base: QFont, pixels: float) -> QFont:
    made = QFont(base)
    # A font's pixel size is whole; points are not, and at 96 dpi 3 points are 4 pixels.
    made.setPixelSize(round(pixels))
    return made
