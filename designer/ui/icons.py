"""Icons as glyphs of the Material Design font that comes with qtawesome, in the colours of the current theme.

Importing qtawesome itself takes 0.14 s and reads a dozen fonts; the window needs one, so only its files are used.
"""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from designer.ui import theme as themes

__all__ = ["glyph_icon", "glyphs"]


@cache
def _folder() -> Path:
    spec = importlib.util.find_spec("qtawesome")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("The icons are missing: install QtAwesome (pip install QtAwesome).")
    return Path(next(iter(spec.submodule_search_locations))) / "fonts"


@cache
def glyphs() -> dict[str, str]:
    """The name of every icon -> its character."""
    file = max(_folder().glob("materialdesignicons6-webfont-charmap-*.json"))
    return {name: chr(int(code, 16)) for name, code in json.loads(file.read_bytes()).items()}


@cache
def _family() -> str:
    file = max(f for f in _folder().glob("materialdesignicons6-webfont-*.ttf"))
    number = QFontDatabase.addApplicationFont(str(file))
    families = QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
    return families[0] if families else ""


class _Engine(QIconEngine):
    """Draws one glyph; asks for the theme's colour when it draws, so a change of theme needs no new icons."""

    def __init__(self, glyph: str, role: str) -> None:
        super().__init__()
        self._glyph, self._role = glyph, role

    def _colour(self, mode: QIcon.Mode) -> QColor:
        colour: QColor = QColor(getattr(themes.theme(), self._role))
        if mode == QIcon.Mode.Disabled:
            colour = QColor(themes.theme().muted)
            colour.setAlpha(120)
        return colour

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw the glyph centred in a square that fills ``rect``."""
        font = QFont(_family())
        font.setPixelSize(max(1, min(rect.width(), rect.height())))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        painter.setFont(font)
        painter.setPen(self._colour(mode))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._glyph)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """The glyph on a transparent ground."""
        made = QPixmap(size)
        made.fill(Qt.GlobalColor.transparent)
        with QPainter(made) as painter:
            self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        return made


def glyph_icon(name: str, role: str = "text") -> QIcon:
    """The icon called ``name`` (with or without ``mdi6.``). Raises KeyError where there is none."""
    return QIcon(_Engine(glyphs()[name.removeprefix("mdi6.")], role))
