"""Colours, fonts and icons: two palettes of our own, one current theme, one signal when it changes.

``setColorScheme`` does nothing on some platforms, so both palettes are spelled out here and tested for contrast.
Lengths follow a grid of 4 px: radius 6, control height 28.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from designer.resources import resource

__all__ = [
    "CONTROL",
    "DARK",
    "GRID",
    "LIGHT",
    "RADIUS",
    "Theme",
    "apply",
    "contrast",
    "font",
    "group_colour",
    "icon",
    "load_fonts",
    "luminance",
    "mode",
    "notifier",
    "set_theme",
    "theme",
]

GRID, RADIUS, CONTROL = 4, 6, 28
Mode = Literal["light", "dark", "system"]
Role = Literal["ui", "small", "medium", "title", "heading", "mono"]


def _c(text: str) -> QColor:
    return QColor(text)


@dataclass(frozen=True)
class Theme:
    """Every colour that the window uses. ``series`` are the curves of a plot, in order."""

    name: str
    dark: bool
    window: QColor  # behind panels
    surface: QColor  # panels
    raised: QColor  # cards, menus, blocks
    field: QColor  # where people type
    hover: QColor
    border: QColor
    outline: QColor  # the edge of a control
    text: QColor
    muted: QColor
    accent: QColor
    accent_soft: QColor
    on_accent: QColor
    good: QColor
    warn: QColor
    bad: QColor
    good_soft: QColor
    warn_soft: QColor
    bad_soft: QColor
    canvas: QColor
    grid: QColor
    wire: QColor
    wire_text: QColor
    selection: QColor
    series: tuple[QColor, ...]
    keyword: QColor
    string: QColor
    number: QColor
    comment: QColor
    function: QColor


LIGHT = Theme(
    name="light",
    dark=False,
    window=_c("#f3f4f7"),
    surface=_c("#fbfbfc"),
    raised=_c("#ffffff"),
    field=_c("#ffffff"),
    hover=_c("#e9ebf0"),
    border=_c("#e0e3e9"),
    outline=_c("#cbd0d9"),
    text=_c("#1a1d23"),
    muted=_c("#59626e"),
    accent=_c("#4c57d3"),
    accent_soft=_c("#e5e7fb"),
    on_accent=_c("#ffffff"),
    good=_c("#15734a"),
    warn=_c("#8a5a00"),
    bad=_c("#c02b3a"),
    good_soft=_c("#e0f3e9"),
    warn_soft=_c("#fbf0d9"),
    bad_soft=_c("#fce8ea"),
    canvas=_c("#f7f8fa"),
    grid=_c("#e4e7ec"),
    wire=_c("#8b95a4"),
    wire_text=_c("#525c69"),
    selection=_c("#4c57d3"),
    series=tuple(map(_c, ("#4c57d3", "#d9660a", "#12805c", "#b8328f", "#0b7a9e", "#7a6a00"))),
    keyword=_c("#6f42c1"),
    string=_c("#1d6f42"),
    number=_c("#a04a00"),
    comment=_c("#646d79"),
    function=_c("#2457b8"),
)

DARK = Theme(
    name="dark",
    dark=True,
    window=_c("#131519"),
    surface=_c("#1a1d22"),
    raised=_c("#22262d"),
    field=_c("#14171b"),
    hover=_c("#2a2f37"),
    border=_c("#2d323a"),
    outline=_c("#414853"),
    text=_c("#e6e9ee"),
    muted=_c("#9ca5b2"),
    accent=_c("#8791ff"),
    accent_soft=_c("#2a2f55"),
    on_accent=_c("#0f1117"),
    good=_c("#4fc48a"),
    warn=_c("#e0ac47"),
    bad=_c("#ff7b84"),
    good_soft=_c("#17342a"),
    warn_soft=_c("#3a2e15"),
    bad_soft=_c("#42212a"),
    canvas=_c("#15181c"),
    grid=_c("#242930"),
    wire=_c("#6d7786"),
    wire_text=_c("#a3acb9"),
    selection=_c("#8791ff"),
    series=tuple(map(_c, ("#8791ff", "#ffa057", "#4cc79a", "#f07cc8", "#4fbfe6", "#d9c74a"))),
    keyword=_c("#c39bff"),
    string=_c("#86d3a2"),
    number=_c("#f0a868"),
    comment=_c("#8791a0"),
    function=_c("#82b1ff"),
)

# Hue and saturation of each group of the palette; a group that is not listed gets a steady hue of its own.
_HUES = {
    "input": (172, 150),
    "output": (172, 150),
    "convolution": (226, 170),
    "pooling": (198, 170),
    "normali": (262, 150),
    "activation": (24, 170),
    "linear": (140, 120),
    "regulari": (346, 150),
    "dropout": (346, 150),
    "shape": (214, 40),
    "merge": (48, 160),
    "sequence": (306, 130),
    "recurrent": (306, 130),
    "attention": (284, 140),
    "padding": (206, 70),
    "resize": (184, 130),
    "math": (36, 110),
    "values": (92, 110),
}


class _Notifier(QObject):
    changed = Signal()


class _State:
    mode: Mode = "system"
    current: Theme = LIGHT
    notifier: _Notifier | None = None


def theme() -> Theme:
    """The theme in use."""
    return _State.current


def mode() -> Mode:
    """What the user chose: light, dark, or as the system."""
    return _State.mode


def notifier() -> _Notifier:
    """Its ``changed`` signal is sent after every change of theme."""
    if _State.notifier is None:
        _State.notifier = _Notifier()
    return _State.notifier


def set_theme(choice: Mode) -> None:
    """Use the light or the dark palette, or follow the system, and tell every widget."""
    _State.mode = choice
    _refresh()


def _refresh() -> None:
    wanted = DARK if _State.mode == "dark" or (_State.mode == "system" and _system_is_dark()) else LIGHT
    changed = wanted is not _State.current
    _State.current = wanted
    app = QApplication.instance()
    if isinstance(app, QApplication) and app.property("layerloom_theme") != wanted.name:
        _dress(app)
    if changed:
        notifier().changed.emit()


def _system_is_dark() -> bool:
    return QGuiApplication.instance() is not None and (
        QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    )


def apply(app: QApplication, choice: Mode = "system") -> None:
    """Dress the application: fonts, Fusion style, palette, style sheet; follows the system from now on."""
    load_fonts()
    app.setStyle("Fusion")
    app.setFont(font("ui"))
    QGuiApplication.styleHints().colorSchemeChanged.connect(_refresh)
    set_theme(choice)


def _dress(app: QApplication) -> None:
    from designer.ui.style import qss

    now = _State.current
    app.setProperty("layerloom_theme", now.name)
    app.setPalette(palette(now))
    app.setStyleSheet(qss(now))


def palette(t: Theme) -> QPalette:
    """The theme as Qt's own palette, for whatever the style sheet does not reach."""
    made = QPalette()
    role = QPalette.ColorRole
    for where, colour in (
        (role.Window, t.window),
        (role.WindowText, t.text),
        (role.Base, t.field),
        (role.AlternateBase, t.surface),
        (role.Text, t.text),
        (role.Button, t.raised),
        (role.ButtonText, t.text),
        (role.BrightText, t.bad),
        (role.ToolTipBase, t.raised),
        (role.ToolTipText, t.text),
        (role.PlaceholderText, t.muted),
        (role.Highlight, t.accent),
        (role.HighlightedText, t.on_accent),
        (role.Link, t.accent),
        (role.LinkVisited, t.accent),
        (role.Light, t.raised),
        (role.Midlight, t.border),
        (role.Mid, t.border),
        (role.Dark, t.outline),
        (role.Shadow, t.outline),
        (role.Accent, t.accent),
    ):
        made.setColor(where, colour)
    faded = QColor(t.muted)
    faded.setAlpha(140)
    for where in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, where, faded)
    return made


@cache
def load_fonts() -> tuple[str, ...]:
    """Register the bundled fonts once; their families. Falls back to the system's where a file is missing."""
    found: list[str] = []
    for file in sorted(resource("fonts").iterdir()):
        if file.suffix in (".otf", ".ttf"):
            number = QFontDatabase.addApplicationFont(str(file))
            found += QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
    return tuple(dict.fromkeys(found))


_FONTS: dict[str, tuple[str, int, QFont.Weight]] = {
    "ui": ("Inter", 13, QFont.Weight.Normal),
    "small": ("Inter", 12, QFont.Weight.Normal),
    "medium": ("Inter", 13, QFont.Weight.Medium),
    "title": ("Inter", 14, QFont.Weight.DemiBold),
    "heading": ("Inter", 22, QFont.Weight.DemiBold),
    "mono": ("JetBrains Mono", 12, QFont.Weight.Normal),
}


def font(role: Role) -> QFont:
    """A font by what it is for; sizes in logical pixels."""
    family, size, weight = _FONTS[role]
    made = QFont([family, "monospace" if role == "mono" else "sans-serif"])
    made.setPixelSize(size)
    made.setWeight(weight)
    made.setStyleHint(QFont.StyleHint.Monospace if role == "mono" else QFont.StyleHint.SansSerif)
    if role == "mono":
        made.setFeature(QFont.Tag("calt"), 0)  # code is shown as it is written: no arrow for ->
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


def group_colour(group: str, of: Theme | None = None) -> QColor:
    """The colour of a group of blocks. All groups are equally light, and stand out 3:1 and more from a surface."""
    key = group.lower()
    hue, saturation = next((h for word, h in _HUES.items() if word in key), (zlib.crc32(key.encode()) % 360, 150))
    return QColor(_colour(hue, saturation, (of or _State.current).dark))


@cache
def _colour(hue: int, saturation: int, dark: bool) -> QColor:
    low, high, wanted = 0, 255, 0.33 if dark else 0.19
    while high - low > 1:
        middle = (low + high) // 2
        darker = luminance(QColor.fromHsl(hue, saturation, middle)) < wanted
        low, high = (middle, high) if darker else (low, middle)
    return QColor.fromHsl(hue, saturation, low)


def luminance(colour: QColor) -> float:
    """Relative luminance as WCAG defines it, 0 to 1."""
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    r, g, b = (v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: QColor, b: QColor) -> float:
    """WCAG contrast of two colours, 1 to 21; text needs 4.5."""
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def icon(name: str, role: str = "text") -> QIcon:
    """A Material Design icon such as ``mdi6.play``, drawn in a colour of the current theme."""
    from designer.ui.icons import glyph_icon

    return glyph_icon(name, role)
