"""Both palettes are what they say, text can be read on every surface, and a change of theme reaches everything."""

import sys

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QFontInfo, QIcon
from PySide6.QtWidgets import QLabel

from designer.blocks.catalog import catalog
from designer.ui import theme
from designer.ui.icons import glyph_icon
from designer.ui.style import qss

THEMES = [theme.LIGHT, theme.DARK]
SURFACES = ["window", "surface", "raised", "field", "canvas"]
TEXTS = ["text", "muted", "accent", "good", "warn", "bad", "wire_text", "keyword", "string", "number", "comment"]


@pytest.mark.parametrize("t", THEMES, ids=lambda t: t.name)
def test_palette_is_as_light_as_it_says(t):
    for name in SURFACES:
        assert (theme.luminance(getattr(t, name)) < 0.05) if t.dark else (theme.luminance(getattr(t, name)) > 0.85)
    assert theme.palette(t).window().color() == t.window


@pytest.mark.parametrize("t", THEMES, ids=lambda t: t.name)
def test_text_can_be_read_on_every_surface(t):
    pairs = [(a, b) for a in TEXTS for b in SURFACES]
    pairs += [("on_accent", "accent"), ("bad", "bad_soft"), ("warn", "warn_soft"), ("good", "good_soft")]
    pairs += [("text", "accent_soft"), ("text", "hover"), ("muted", "hover"), ("text", "bad_soft")]
    poor = {p: round(theme.contrast(getattr(t, p[0]), getattr(t, p[1])), 2) for p in pairs}
    assert {p: c for p, c in poor.items() if c < 4.5} == {}


@pytest.mark.parametrize("t", THEMES, ids=lambda t: t.name)
def test_groups_and_curves_stand_out(t):
    groups = {b.group for b in catalog().values()} | {"A group of tomorrow"}
    colours = [theme.group_colour(g, t) for g in groups]
    assert all(theme.contrast(c, t.raised) >= 3 for c in [*colours, *t.series])
    assert len({c.name() for c in colours}) == len(colours)


@pytest.mark.parametrize("t", THEMES, ids=lambda t: t.name)
def test_style_sheet_names_no_unknown_colour(t):
    assert "$" not in qss(t)


def test_bundled_fonts_are_used(qapp):
    assert QFontInfo(theme.font("ui")).family() == "Inter"
    assert QFontInfo(theme.font("title")).weight() == 600
    assert QFontInfo(theme.font("mono")).family() == "JetBrains Mono"


def test_switching_reaches_widgets_and_icons(qapp, qtbot):
    label = QLabel("text")
    qtbot.addWidget(label)
    icon = theme.icon("mdi6.square")
    before = icon.pixmap(QSize(16, 16)).toImage().pixelColor(8, 8)
    with qtbot.waitSignal(theme.notifier().changed):
        theme.set_theme("dark")
    assert theme.theme() is theme.DARK
    assert label.palette().windowText().color() == theme.DARK.text
    assert icon.pixmap(QSize(16, 16)).toImage().pixelColor(8, 8) == theme.DARK.text != before


def test_setting_the_same_theme_says_nothing(qtbot):
    with qtbot.assertNotEmitted(theme.notifier().changed):
        theme.set_theme("light")


def test_icons_are_crisp_and_fade_when_disabled():
    icon = glyph_icon("mdi6.play")
    assert not icon.pixmap(QSize(48, 48)).isNull()
    normal = icon.pixmap(QSize(16, 16), QIcon.Mode.Normal).toImage()
    assert normal != icon.pixmap(QSize(16, 16), QIcon.Mode.Disabled).toImage()
    with pytest.raises(KeyError):
        glyph_icon("mdi6.no-such-icon")


def test_signals_and_void_calls_keep_none_alive(bridge, small, qtbot):
    """PySide6 6.12.0 drops a reference to None at every void call: some hundred updates, then a crash."""
    label = QLabel()
    qtbot.addWidget(label)
    seen = []
    bridge.changed.connect(seen.append)
    before = sys.getrefcount(None)
    for i in range(5000):
        label.setText(str(i))
        bridge.changed.emit(i)
    assert len(seen) == 5000
    assert sys.getrefcount(None) > before - 500
