"""The canvas as a person meets it: in the whole window, with its menus, panels and shortcuts, by real mouse and keys."""

import json

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit

from designer.graph.model import Wire
from designer.graph.templates import load_template
from designer.project.file import Project, save_project
from designer.ui.canvas.note_editor import NoteEditor
from designer.ui.canvas.search.find import FindBar
from designer.ui.canvas.search.popup import SearchPopup
from designer.ui.command_palette import CommandPalette
from designer.ui.window import MainWindow
from tests.ui.canvas.conftest import Hand
from tests.ui.canvas.test_canvas_blocks import Drop

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
LEFT, KEY = Qt.MouseButton.LeftButton, Qt.Key


@pytest.fixture
def opened(qtbot, tmp_path):
    """``opened("lenet5")`` shows a window on a project made from a template, the canvas having the keyboard."""

    def open_window(template):
        path = tmp_path / f"{template}-{len(list(tmp_path.iterdir()))}.loom"
        save_project(Project(network=load_template(template)), path)
        window = MainWindow(path, start_worker=False)
        window.resize(1280, 800)
        qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_sure", True))
        with qtbot.waitSignal(window.painted):
            window.show()
        window.activateWindow()
        qtbot.waitUntil(lambda: not window._todo and window.has_editor and not window._idle.isActive())
        window.keep(window.settings.changed(animate=False))
        window.canvas.setFocus()
        return window

    return open_window


@pytest.fixture
def window(opened):
    """LeNet, at 100 %."""
    made = opened("lenet5")
    made.canvas.zoom_reset()
    return made


@pytest.fixture
def hand(window):
    return Hand(window.canvas)


def nodes(window):
    return window.bridge.document.network.nodes


def wires(window):
    return set(window.bridge.document.network.wires())


def see(window, *names):
    """Look at the middle of some blocks."""
    window.canvas.centerOn(window.canvas.canvas.content(names).center())


def empty_place(window):
    """A point in sight with nothing around it."""
    view = window.canvas
    for i in range(400):
        point = view.mapToScene(60 + i % 20 * (view.width() - 120) // 20, 60 + i // 20 * (view.height() - 120) // 20)
        around = [point + QPointF(x, y) for x in (-40, 0, 40) for y in (-24, 0, 24)]
        if all(view._under(at) is None for at in around):
            return point
    raise AssertionError("everything in sight is full")


def search(window):
    (found,) = [p for p in window.findChildren(SearchPopup) if p.isVisible()]
    return found


def under(window, name):
    """The blocks that read a block."""
    return {w.dst for w in wires(window) if w.src == name}


def undo_says(window, qtbot, words):
    qtbot.waitUntil(lambda: window.actions_by_id["undo"].text() == f"&Undo {words}")
    return True


# --- search and type-to-build ------------------------------------------------------------------------------------


def test_tab_types_a_chain_after_the_selection(window, hand, qtbot):
    (after,) = under(window, "c1")
    window.canvas.select(["c1"])
    hand.key(KEY.Key_Tab)
    popup = search(window)
    QTest.keyClicks(popup.edit, "conv 6 k3 p1 | bn | relu")
    assert "B×6×28×28" in {row.right for row in popup.model.rows}
    QTest.keyClick(popup.edit, KEY.Key_Return)
    chain = window.canvas.selected()
    assert [nodes(window)[n].type for n in chain] == ["conv2d", "batch_norm2d", "relu"]
    assert under(window, "c1") == {chain[0]}
    assert under(window, chain[2]) == {after}
    assert window.canvas.hasFocus()
    assert undo_says(window, qtbot, "insert 3 blocks")


def test_space_and_double_click_search_too(window, hand):
    hand.key(KEY.Key_Space)
    QTest.keyClick(search(window).edit, KEY.Key_Escape)
    assert window.canvas.hasFocus()
    window.canvas.centerOn(QPointF(-400, 200))
    empty = empty_place(window)
    QTest.mouseDClick(window.canvas.viewport(), LEFT, NONE, hand.at(empty))
    QTest.keyClicks(search(window).edit, "dropout")
    QTest.keyClick(search(window).edit, KEY.Key_Return)
    (new,) = window.canvas.selected()
    assert nodes(window)[new].type == "dropout"
    assert window.canvas.canvas.blocks[new].body.contains(empty)


# --- wires -------------------------------------------------------------------------------------------------------


def test_a_wire_into_the_void_asks_what_fits(window, hand):
    see(window, "c1")
    hand.drag(hand.output("c1"), empty_place(window))
    popup = search(window)
    assert all(row.block != "input" for row in popup.model.rows)
    QTest.keyClicks(popup.edit, "relu")
    QTest.keyClick(popup.edit, KEY.Key_Return)
    (new,) = window.canvas.selected()
    assert Wire("c1", 0, new, 0) in wires(window)


def test_a_refused_wire_says_why_at_the_cursor(window, hand):
    (after,) = under(window, "c1")
    see(window, "c1", after)
    hand.press(hand.output(after))
    hand.move(hand.middle("c1"))
    assert window.canvas.hint.isVisible()
    assert "loop" in window.canvas.hint.text() or "cycle" in window.canvas.hint.text()
    assert window.canvas.canvas.allowed is not None
    hand.key(KEY.Key_Escape)
    hand.release(hand.middle("c1"))
    assert not window.canvas.hint.isVisible()


def test_a_block_dropped_on_a_wire_goes_in_and_alt_takes_it_out(window, hand, qtbot):
    (after,) = under(window, "c1")
    see(window, "c1", after)
    before = wires(window)
    carried = Drop(window.canvas, "relu")
    middle = (hand.output("c1") + hand.input(after)) / 2
    carried.enter(middle)
    carried.move(middle)
    carried.drop(middle)
    (new,) = window.canvas.selected()
    assert {Wire("c1", 0, new, 0), Wire(new, 0, after, 0)} <= wires(window)
    hand.drag(hand.middle(new), hand.middle(new) + QPointF(320, 0), modifiers=ALT)
    assert wires(window) == before
    assert new in nodes(window)
    assert undo_says(window, qtbot, f"take out {new}")


def test_a_stroke_cuts_and_a_double_click_bends(window, hand, qtbot):
    (after,) = under(window, "c1")
    see(window, "c1", after)
    wire = Wire("c1", 0, after, 0)
    item = window.canvas.canvas.wires[wire]
    middle = (item.route.corners[0] + item.route.corners[-1]) / 2
    QTest.mouseDClick(window.canvas.viewport(), LEFT, NONE, hand.at(middle))
    QTest.mouseRelease(window.canvas.viewport(), LEFT, NONE, hand.at(middle))
    (point,) = window.bridge.document.network.bends[wire]
    hand.drag(QPointF(*point), QPointF(*point) + QPointF(64, 0))
    assert window.bridge.document.network.bends[wire][0][0] > point[0] + 40
    y = middle.y()
    hand.drag(QPointF(middle.x() - 260, y), QPointF(middle.x() + 260, y), modifiers=ALT)
    assert wire not in wires(window)
    assert undo_says(window, qtbot, "disconnect")
    hand.key(KEY.Key_Z, CTRL)
    assert wire in wires(window)


def test_a_wire_by_keys(window, hand):
    window.canvas.add_block("dropout", QPointF(900, 0))
    (new,) = window.canvas.selected()
    window.canvas.select(["c1"])
    hand.key(KEY.Key_W)
    QTest.keyClicks(window.canvas, "drop")
    hand.key(KEY.Key_Return)
    assert Wire("c1", 0, new, 0) in wires(window)


# --- selection ---------------------------------------------------------------------------------------------------


def test_selection_by_box_path_and_inversion(window, hand):
    window.canvas.fit()
    window.canvas.select(["c1", "fc"] if "fc" in nodes(window) else ["c1"])
    hand.key(KEY.Key_P, SHIFT)
    between = set(window.canvas.selected())
    assert len(between) > 3
    hand.key(KEY.Key_I, CTRL)
    assert set(window.canvas.selected()) == set(nodes(window)) - between
    window.canvas.select(["c1"])
    hand.key(KEY.Key_Up, ALT)
    assert set(window.canvas.selected()) == {"input", "c1"}
    hand.key(KEY.Key_Down, CTRL)
    assert len(window.canvas.selected()) == 1


def test_align_nudge_and_undo_labels(window, hand, qtbot):
    names = ["c1", "c3"]
    window.canvas.select(["c3"])
    hand.key(KEY.Key_Right, SHIFT)
    window.canvas.select(names)
    hand.key(KEY.Key_Left, ALT | SHIFT)
    assert nodes(window)["c1"].x == nodes(window)["c3"].x
    assert undo_says(window, qtbot, "align left")
    hand.key(KEY.Key_Z, CTRL)
    assert nodes(window)["c1"].x != nodes(window)["c3"].x


def test_one_parameter_of_many(window, qtbot):
    window.canvas.select(["c1", "c3"])
    qtbot.waitUntil(lambda: window.editor.inspector.names() == ("c1", "c3"))
    spin = window.editor.inspector.form().editor("kernel_size").findChildren(QLineEdit)[0]
    spin.setFocus()
    spin.selectAll()
    QTest.keyClicks(spin, "3")
    QTest.keyClick(spin, KEY.Key_Return)
    assert {str(nodes(window)[n].params["kernel_size"]) for n in ("c1", "c3")} in ({"3"}, {"(3, 3)"})


def test_copied_text_is_json_and_goes_into_another_window(window, hand, opened):
    window.canvas.select(["c1"])
    hand.key(KEY.Key_C, CTRL)
    text = QGuiApplication.clipboard().text()
    assert "c1" in json.dumps(json.loads(text))
    other = opened("blank")
    QTest.keyClick(other.canvas, KEY.Key_V, CTRL)
    assert [n.type for n in nodes(other).values()] == ["conv2d"]
    window.activateWindow()
    window.canvas.setFocus()
    hand.key(KEY.Key_D, CTRL | SHIFT)
    (copy,) = window.canvas.selected()
    assert Wire("input", 0, copy, 0) in wires(window)


# --- groups, notes, bookmarks ------------------------------------------------------------------------------------


def test_a_group_from_keys_to_inspector_and_back(window, hand, qtbot):
    first = under(window, "c1").pop()
    window.canvas.select(["c1", first])
    hand.key(KEY.Key_G, CTRL)
    (path,) = window.canvas.selected()
    assert window.bridge.document.network.groups[path].closed
    assert undo_says(window, qtbot, "group 2 blocks")
    qtbot.waitUntil(
        lambda: path in " ".join(e.text() for e in window.editor.inspector.findChildren(QLineEdit) if e.isVisible())
    )
    QTest.mouseDClick(window.canvas.viewport(), LEFT, NONE, hand.at(hand.middle(path)))
    assert window.canvas.canvas.scope == path
    assert window.canvas.inside.trail.isVisible()
    hand.key(KEY.Key_Escape)
    if window.canvas.canvas.scope:
        hand.key(KEY.Key_Escape)
    assert window.canvas.canvas.scope == ""
    assert window.canvas.selected() == [path]
    hand.key(KEY.Key_G, CTRL | SHIFT)
    assert path not in window.bridge.document.network.groups


def test_notes_and_frames(window, hand, qtbot):
    hand.key(KEY.Key_N)
    (field,) = [f for f in window.findChildren(NoteEditor) if f.isVisible()]
    QTest.keyClicks(field, "# Stem")
    QTest.keyClick(field, KEY.Key_Escape)
    assert [n.text for n in window.bridge.document.network.notes.values()] == ["# Stem"]
    window.canvas.select(["c1"])
    hand.key(KEY.Key_J, CTRL)
    (field,) = [f for f in window.findChildren(NoteEditor) if f.isVisible()]
    QTest.keyClicks(field, "Features")
    QTest.keyClick(field, KEY.Key_Return)
    assert {n.text for n in window.bridge.document.network.notes.values()} == {"# Stem", "Features"}
    assert window.canvas.hasFocus()


def test_bookmarks_by_key(window, hand, qtbot):
    see(window, "c1")
    there = window.canvas.visible_area().center()
    hand.key(KEY.Key_B, CTRL)
    qtbot.waitUntil(lambda: any(d.isVisible() for d in window.findChildren(QDialog)))
    (dialog,) = [d for d in window.findChildren(QDialog) if d.isVisible()]
    (line,) = dialog.findChildren(QLineEdit)
    line.selectAll()
    QTest.keyClicks(line, "Stem")
    QTest.keyClick(line, KEY.Key_Return)
    assert list(window.bridge.document.network.bookmarks) == ["Stem"]
    window.canvas.centerOn(QPointF(3000, 3000))
    window.activateWindow()
    window.canvas.setFocus()
    hand.key(KEY.Key_1, ALT)
    assert (window.canvas.visible_area().center() - there).manhattanLength() < 4


# --- looking about -----------------------------------------------------------------------------------------------


def test_find_jumps_and_highlights(window, hand):
    hand.key(KEY.Key_F, CTRL)
    bar = window.canvas.findChild(FindBar)
    QTest.keyClicks(bar.edit, "c3")
    assert "c3" in window.canvas.canvas.allowed
    QTest.keyClick(bar.edit, KEY.Key_Return)
    assert window.canvas.selected() == ["c3"]
    assert window.canvas.visible_area().contains(window.canvas.canvas.blocks["c3"].body)
    QTest.keyClick(bar.edit, KEY.Key_Escape)
    assert window.canvas.canvas.allowed is None
    assert window.canvas.hasFocus()


def test_minimap_overlay_focus_are_switches_that_stay(window, hand, qtbot):
    window.canvas.set_zoom(1.5)
    qtbot.waitUntil(window.canvas.minimap.isVisible)
    hand.key(KEY.Key_M)
    assert not window.canvas.minimap.isVisible()
    assert not window.settings.minimap
    hand.key(KEY.Key_O, SHIFT)
    assert window.canvas.heat.legend.isVisible()
    assert window.settings.overlay == window.canvas.heat.chosen != ""
    qtbot.waitUntil(lambda: window.actions_by_id[f"overlay_{window.canvas.heat.chosen}"].isChecked())
    window.canvas.select(["c1"])
    hand.key(KEY.Key_H, SHIFT)
    assert window.canvas.canvas.focused == set(nodes(window))
    qtbot.waitUntil(lambda: window.actions_by_id["focus"].isChecked())
    hand.key(KEY.Key_H, SHIFT)
    assert window.canvas.canvas.focused is None


def test_the_command_palette_runs_what_it_lists(window, hand):
    hand.key(KEY.Key_P, CTRL | SHIFT)
    (palette,) = window.findChildren(CommandPalette)
    QTest.keyClicks(palette.edit, "arrange left")
    assert palette.current().title == "Arrange left to right"
    QTest.keyClick(palette.edit, KEY.Key_Return)
    assert not palette.isVisible()
    assert nodes(window)["c3"].x > nodes(window)["c1"].x
    assert window.canvas.hasFocus()


def test_pictures(window, hand, qtbot):
    QGuiApplication.clipboard().clear()
    hand.key(KEY.Key_I, CTRL | SHIFT)
    assert QGuiApplication.clipboard().mimeData().hasImage()
    hand.key(KEY.Key_E, CTRL | SHIFT)
    qtbot.waitUntil(lambda: any(d.isVisible() for d in window.findChildren(QDialog)))
    (dialog,) = [d for d in window.findChildren(QDialog) if d.isVisible()]
    dialog.reject()


def test_the_menu_of_a_block_and_of_the_paper(window, hand):
    see(window, "c1")
    window.canvas.select(["c1"])
    hand.key(KEY.Key_F10, SHIFT)
    menu = QApplication.activePopupWidget()
    words = {a.text().partition("\t")[0].replace("&", "") for a in menu.actions()}
    assert {"Cut", "Copy", "Delete", "Group", "Pinned"} & words
    menu.close()
