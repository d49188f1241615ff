"""Ctrl+Shift+P: everything the window can do, and every block, a few letters away."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from designer.graph.templates import load_template
from designer.ui import theme
from designer.ui.actions.table import rows
from designer.ui.command_palette import CommandPalette, open_palette
from designer.ui.window import MainWindow

KEY = Qt.Key
BOTH = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def window(qtbot, request):
    made = MainWindow(start_worker=False)
    made.resize(1200, 800)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    yield made
    made._sure = True
    made.close()
    made.deleteLater()


@pytest.fixture
def editing(window, qtbot):
    window.session.new(load_template("lenet5"), "LeNet")
    window.show_editor()
    qtbot.waitUntil(window.canvas.isVisible)
    window.refresh_actions()
    return window


def opened(window, text=""):
    QTest.keyClick(window, KEY.Key_P, BOTH)
    palette = next(p for p in window.findChildren(CommandPalette) if p.isVisible())
    QTest.keyClicks(palette.edit, text)
    return palette


def titles(palette):
    return [row.title for row in palette.model.rows]


def test_every_action_is_listed_what_is_enabled_first(editing):
    palette = opened(editing)
    shown = titles(palette)
    for row in rows():
        if row.id != "command_palette":
            assert editing.actions_by_id[row.id].text().replace("&", "").replace("…", "") in shown
    off = [row.tone == "faded" for row in palette.model.rows]
    assert off == sorted(off)
    assert True in off
    assert all(row.help for row in palette.model.rows if row.tone == "faded")


def test_a_command_is_run_by_a_few_letters(editing):
    palette = opened(editing, "selal")
    assert palette.current().title == "Select all"
    assert palette.current().right == "Ctrl+A"
    QTest.keyClick(palette.edit, KEY.Key_Return)
    assert set(editing.canvas.selected()) == set(editing.bridge.document.network.nodes)
    assert not editing.findChildren(CommandPalette) or not palette.isVisible()


def test_what_was_run_last_comes_first(editing):
    QTest.keyClick(opened(editing, "selal").edit, KEY.Key_Return)
    assert titles(opened(editing))[0] == "Select all"


def test_blocks_are_jumped_to(editing):
    palette = opened(editing, "c3")
    assert palette.current().title == "c3"
    assert palette.current().right == "Go to block"
    QTest.keyClick(palette.edit, KEY.Key_Return)
    assert editing.canvas.selected() == ["c3"]


def test_what_cannot_be_done_says_why_and_does_nothing(editing):
    editing.canvas.select(())
    editing.refresh_actions()
    palette = opened(editing, "duplicate")
    row = next(row for row in palette.model.rows if row.title == "Duplicate")
    assert row.help == "Select a block first."
    assert row.value is None


def test_on_the_start_page_there_is_what_makes_sense(window):
    palette = opened(window)
    live = [row.title for row in palette.model.rows if row.value is not None]
    assert "Open" in live
    assert "Paste" not in live
    row = next(row for row in palette.model.rows if row.title == "Zoom in")
    assert "Open a project" in row.help
    QTest.keyClick(palette.edit, KEY.Key_Escape)
    assert not palette.isVisible()


def test_nothing_found_says_so(editing):
    palette = opened(editing, "zzqqx")
    assert palette.current() is None
    assert "Nothing is called" in titles(palette)[0]
    QTest.keyClick(palette.edit, KEY.Key_Return)
    assert palette.isVisible()


def test_the_focus_goes_back_where_it_was(editing):
    editing.canvas.setFocus()
    palette = opened(editing)
    assert palette.edit.hasFocus()
    QTest.keyClick(palette.edit, KEY.Key_Escape)
    assert editing.canvas.hasFocus()


def test_it_lies_in_the_middle_and_paints_in_both_themes(editing):
    for name in ("light", "dark"):
        theme.set_theme(name)
        palette = open_palette(editing)
        assert abs(palette.geometry().center().x() - editing.width() / 2) <= 1
        picture = palette.grab().toImage()
        colours = {picture.pixelColor(x, y).rgb() for x in range(0, 500, 5) for y in range(0, 300, 5)}
        assert len(colours) > 10
        palette.close_now()


def test_tab_on_the_canvas_of_a_window_searches_blocks(editing):
    from designer.ui.canvas.search.popup import SearchPopup

    editing.canvas.setFocus()
    editing.canvas.select(["c1"])
    editing.refresh_actions()
    QTest.keyClick(editing.canvas, KEY.Key_Tab)
    (shown,) = [p for p in editing.canvas.findChildren(SearchPopup) if p.isVisible()]
    QTest.keyClicks(shown.edit, "bn | relu")
    QTest.keyClick(shown.edit, KEY.Key_Return)
    assert editing.settings.recent_blocks[:2] == ("relu", "batch_norm2d")
    assert editing.bridge.document.undo_label == "Insert 2 blocks"
