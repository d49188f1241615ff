"""Bookmarks: made with a name, gone to with keys and from the menu, undone, deleted, kept in the file."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from designer.graph.templates import load_template
from designer.project.file import load_project
from designer.ui.canvas.bookmarks import add_bookmark, bookmark_names, delete_bookmark, go_to_bookmark
from designer.ui.dialogs.name import NameDialog
from designer.ui.window import MainWindow

ALT, CONTROL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(qtbot):
    made = MainWindow(start_worker=False)
    qtbot.addWidget(made)
    made.settings = made.settings.changed(confirm_close=False)
    made.session.new(load_template("small-resnet"), "net")
    made.show_editor()
    with qtbot.waitExposed(made):
        made.show()
    qtbot.waitUntil(lambda: not made._todo and not made._idle.isActive())
    yield made
    made.close()


def seen(view):
    middle = view.visible_area().center()
    return round(middle.x()), round(middle.y()), round(view.zoom, 3)


def put(view, x, y, zoom, name):
    view.set_zoom(zoom)
    view.centerOn(QPointF(x, y))
    assert add_bookmark(view, name)
    return seen(view)


def near(a, b):
    return abs(a[0] - b[0]) <= 3 and abs(a[1] - b[1]) <= 3 and a[2] == b[2]


def test_added_by_name_and_gone_to_by_key(window, qtbot):
    view = window.canvas
    view.set_zoom(1.5)
    view.centerOn(QPointF(500, 400))
    there = seen(view)
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_B, CONTROL)
    dialog = window.findChild(NameDialog)
    qtbot.waitUntil(dialog.isVisible)
    line = dialog.line
    assert line.text() == "Bookmark 1"
    QTest.keyClick(line, Qt.Key.Key_Space)  # over the proposed name
    assert not dialog.done_button.isEnabled()
    QTest.keyClicks(line, "entrance")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert bookmark_names(view) == ["entrance"]
    view.fit()
    qtbot.waitUntil(lambda: not near(seen(view), there))
    view.setFocus()
    window.refresh_actions()
    QTest.keyClick(view, Qt.Key.Key_1, ALT)
    qtbot.waitUntil(lambda: near(seen(view), there))
    QTest.keyClick(view, Qt.Key.Key_2, ALT)
    assert "no bookmark 2" in window.status_bar.currentMessage()


def test_the_menu_lists_goes_and_deletes(window, qtbot):
    view = window.canvas
    one = put(view, 100, 100, 1.0, "a & b")
    put(view, 900, 800, 2.0, "z10")
    put(view, 900, 800, 0.5, "z9")
    menu = next(m for m in window.findChildren(QMenu) if m.title() == "&Bookmarks")
    menu.aboutToShow.emit()
    words = [(item.text(), item.shortcut().toString()) for item in menu.actions() if not item.isSeparator()]
    assert words == [("a && b", "Alt+1"), ("z9", "Alt+2"), ("z10", "Alt+3"), ("&Delete", "")]
    menu.actions()[0].trigger()
    qtbot.waitUntil(lambda: near(seen(view), one))
    inner = menu.findChild(QMenu)
    inner.actions()[1].trigger()
    assert bookmark_names(view) == ["a & b", "z10"]
    window.bridge.document.undo()
    assert bookmark_names(view) == ["a & b", "z9", "z10"]
    for i in range(10):
        add_bookmark(view, f"zz{i}")
    menu.aboutToShow.emit()
    assert [item.text() for item in menu.actions()][8:13] == ["zz5", "zz6", "zz7", "zz8", "zz9"]
    there = put(view, 1200, 300, 0.8, "zz9")
    view.fit()
    menu.aboutToShow.emit()
    menu.actions()[12].trigger()  # one without a key
    assert near(seen(view), there)


def test_a_bookmark_of_the_same_name_moves(window):
    view = window.canvas
    put(view, 100, 100, 1.0, "here")
    second = put(view, 700, 500, 2.0, " here ")
    assert bookmark_names(view) == ["here"]
    assert window.bridge.document.undo_label == "Move bookmark here"
    view.fit()
    go_to_bookmark(view, "here")
    assert near(seen(view), second)
    window.bridge.document.undo()
    window.bridge.document.undo()
    assert bookmark_names(view) == []


@pytest.mark.parametrize("name", ["", "   ", "two\nlines", "x" * 300])
def test_names_that_cannot_be_are_said(window, name):
    assert not add_bookmark(window.canvas, name)
    assert "name" in window.status_bar.currentMessage()
    assert bookmark_names(window.canvas) == []


def test_kept_in_the_file(window, tmp_path):
    put(window.canvas, 300, 200, 1.25, "decoder")
    assert window.session.modified
    window.files.save_to(tmp_path / "net.loom")
    mark = load_project(tmp_path / "net.loom").network.bookmarks["decoder"]
    assert (mark.zoom, round(mark.x), round(mark.y)) == (1.25, pytest.approx(300, abs=2), pytest.approx(200, abs=2))


def test_what_is_not_there_is_said(window):
    go_to_bookmark(window.canvas, "nowhere")
    assert "no bookmark nowhere" in window.status_bar.currentMessage()
    delete_bookmark(window.canvas, "nowhere")
    assert bookmark_names(window.canvas) == []
