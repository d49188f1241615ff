"""Notes and frames on the canvas, by mouse and keys."""

import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from designer.graph.edits import Put
from designer.graph.scenery import Note
from designer.ui.canvas.note_editor import NoteEditor

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def sheet(view, document, loose):
    """A note beside three blocks."""
    document.do(Put("note", "note1", Note("note1", x=320, y=40, width=200, height=120, text="# Stem\n\n**7 x 7**")))
    return "note1"


def note(document, key="note1"):
    return document.network.notes[key]


def middle(document, key="note1"):
    found = note(document, key)
    return QPointF(found.x + found.width / 2, found.y + found.height / 2)


def double(view, hand, point):
    QTest.mouseDClick(view.viewport(), LEFT, NONE, hand.at(point))


def editor(view):
    fields = [f for f in view.viewport().findChildren(NoteEditor) if f.isVisible()]
    return fields[0] if fields else None


def test_a_click_selects_a_drag_moves_and_undo_puts_back(view, document, hand, sheet):
    before = document.network.copy()
    hand.click(middle(document))
    assert view.canvas.sheets.chosen == {sheet}
    hand.drag(middle(document), middle(document) + QPointF(80, 40))
    assert (note(document).x, note(document).y) == (400, 80)
    document.undo()
    assert document.network == before
    hand.key(Qt.Key.Key_Escape)
    assert not view.canvas.sheets.chosen


def test_arrows_move_a_note(view, document, hand, sheet):
    hand.click(middle(document))
    hand.key(Qt.Key.Key_Right)
    assert (note(document).x, note(document).y) == (328, 40)


def test_the_corner_changes_the_size_and_escape_leaves_it(view, document, hand, sheet):
    corner = QPointF(320 + 200 - 5, 40 + 120 - 5)
    hand.drag(corner, corner + QPointF(80, 40))
    assert (note(document).width, note(document).height) == (280, 160)
    corner += QPointF(80, 40)
    hand.press(corner)
    hand.move(corner + QPointF(20, 20))
    hand.move(corner + QPointF(40, 40))
    assert view.canvas.sheets.shifted
    hand.key(Qt.Key.Key_Escape)
    hand.release(corner)
    assert (note(document).width, note(document).height) == (280, 160)
    assert not view.canvas.sheets.shifted


def test_double_click_writes_and_escape_keeps_the_text(view, document, hand, sheet):
    double(view, hand, middle(document))
    field = editor(view)
    QTest.keyClicks(field, "two lines")
    QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.keyClicks(field, "here")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert note(document).text == "two lines\nhere"
    assert editor(view) is None
    assert view.hasFocus()
    document.undo()
    assert note(document).text == "# Stem\n\n**7 x 7**"


@pytest.mark.parametrize("how", ["zoom", "scroll", "click"])
def test_what_was_written_is_kept_when_one_goes_on(view, document, hand, sheet, how):
    double(view, hand, middle(document))
    QTest.keyClicks(editor(view), "kept")
    if how == "zoom":
        view.set_zoom(0.8)
    elif how == "scroll":
        view.scroll_by(40, 0)
    else:
        view.setFocus(Qt.FocusReason.MouseFocusReason)
    assert note(document).text == "kept"
    assert editor(view) is None


def test_a_note_deleted_while_it_is_written_is_gone(view, document, hand, sheet):
    double(view, hand, middle(document))
    QTest.keyClicks(editor(view), "lost")
    document.do(Put("note", sheet, None))
    assert editor(view) is None
    assert sheet not in document.network.notes


def test_n_adds_a_note_that_is_written_at_once(view, document, hand, loose):
    hand.key(Qt.Key.Key_N)
    QTest.keyClicks(editor(view), "hello")
    QTest.keyClick(editor(view), Qt.Key.Key_Return, CTRL)
    (made,) = document.network.notes.values()
    assert (made.text, made.kind) == ("hello", "note")
    hand.key(Qt.Key.Key_Delete)
    assert not document.network.notes


def test_a_frame_goes_around_the_selection_and_carries_it(view, document, hand, loose):
    view.select(["conv1", "relu1"])
    hand.key(Qt.Key.Key_J, CTRL)
    QTest.keyClicks(editor(view), "Stage")
    QTest.keyClick(editor(view), Qt.Key.Key_Return)
    (frame,) = document.network.notes.values()
    assert (frame.kind, frame.text) == ("frame", "Stage")
    area = QRectF(frame.x, frame.y, frame.width, frame.height)
    assert area.contains(view.canvas.blocks["conv1"].body)
    assert area.contains(view.canvas.blocks["relu1"].body)
    assert not area.intersects(view.canvas.blocks["input1"].body)
    before = {n: (document.network[n].x, document.network[n].y) for n in loose}
    hand.drag(QPointF(frame.x + 60, frame.y + 12), QPointF(frame.x + 140, frame.y + 52))
    after = {n: (document.network[n].x, document.network[n].y) for n in loose}
    assert after["input1"] == before["input1"]
    assert after["conv1"] == (before["conv1"][0] + 80, before["conv1"][1] + 40)
    assert after["relu1"] == (before["relu1"][0] + 80, before["relu1"][1] + 40)
    document.undo()
    assert {n: (document.network[n].x, document.network[n].y) for n in loose} == before


def test_inside_of_a_frame_one_can_select_blocks_with_a_band(view, document, hand, loose):
    document.do(Put("note", "note1", Note("note1", "frame", -200, 100, 700, 320)))
    hand.drag(QPointF(-100, 180), QPointF(120, 240))
    assert view.selected() == ["conv1"]
    assert not view.canvas.sheets.chosen


def test_a_band_around_a_note_selects_it_and_copy_takes_it_along(view, document, hand, sheet):
    hand.drag(QPointF(300, 20), QPointF(540, 190))
    assert view.canvas.sheets.chosen == {sheet}
    view.copy()
    assert '"text": "# Stem' in QGuiApplication.clipboard().text()
    view.paste()
    assert len(document.network.notes) == 2
    assert view.canvas.sheets.chosen == set(document.network.notes) - {sheet}


def test_colours_from_the_menu(view, document, hand, sheet):
    from designer.ui.actions.qt import context_menu

    hand.click(middle(document))
    menu = context_menu(view, over_something=True)
    colours = next(m for m in menu.findChildren(QMenu) if m.title() == "Note &colour")
    next(a for a in colours.actions() if a.text() == "Violet").trigger()
    assert note(document).colour == "violet"
    menu.deleteLater()


def test_markdown_is_drawn_and_loads_nothing(view, document, hand, loose, tmp_path):
    from PIL import Image

    picture = tmp_path / "p.png"
    Image.new("RGB", (60, 60), (255, 0, 0)).save(picture)
    text = f"![x]({picture.as_uri()})\n\n<img src='{picture}'>"
    document.do(Put("note", "note1", Note("note1", x=300, y=40, width=200, height=160, text=text)))
    shot = view.grab().toImage()
    red = sum(
        shot.pixelColor(x, y).getRgb()[:3] == (255, 0, 0)
        for x in range(0, shot.width(), 4)
        for y in range(0, shot.height(), 4)
    )
    assert red == 0


def test_who_only_looks_cannot_write(view, document, hand, sheet):
    view.set_read_only(True)
    double(view, hand, middle(document))
    assert editor(view) is None
    hand.drag(middle(document), middle(document) + QPointF(80, 40))
    assert note(document).x == 320
