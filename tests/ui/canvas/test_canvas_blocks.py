"""Blocks are dropped, selected, moved, copied and deleted with mouse and keys."""

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.graph.edits import Connect, Rename, SetParams
from designer.graph.model import Wire
from designer.ui.actions.qt import context_menu
from designer.ui.canvas.drops import MIME

SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


class Drop:
    """What Qt delivers to the canvas while a block is dragged over it."""

    def __init__(self, view, block_type):
        self.view = view
        self.data = QMimeData()
        self.data.setData(MIME, block_type.encode())

    def _send(self, kind, point):
        at = self.view.mapFromScene(point)
        place = QPointF(at) if kind is QDropEvent else QPoint(at)
        event = kind(
            place, Qt.DropAction.CopyAction, self.data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(self.view.viewport(), event)
        return event

    def enter(self, point):
        return self._send(QDragEnterEvent, point)

    def move(self, point):
        return self._send(QDragMoveEvent, point)

    def leave(self):
        QApplication.sendEvent(self.view.viewport(), QDragLeaveEvent())

    def drop(self, point):
        return self._send(QDropEvent, point)


def test_a_block_dropped_from_the_palette_lies_under_the_cursor(view, hand, document):
    assert view.invitation.isVisible()
    here = view.visible_area().center()
    carried = Drop(view, "conv2d")
    assert carried.enter(here).isAccepted()
    assert len(view.canvas.over) == 1
    carried.move(here + QPointF(30, 10))
    carried.drop(here + QPointF(30, 10))
    assert list(document.network.nodes) == ["conv1"]
    assert (hand.middle("conv1") - here - QPointF(30, 10)).manhattanLength() <= 8
    assert view.selected() == ["conv1"]
    assert view.canvas.over == []
    assert not view.invitation.isVisible()


def test_a_drag_that_leaves_again_adds_nothing(view, document):
    carried = Drop(view, "relu")
    carried.enter(QPointF(0, 0))
    carried.leave()
    assert view.canvas.over == []
    assert len(document.network) == 0


def test_what_is_no_block_is_not_taken(view):
    assert not Drop(view, "no_such_block").enter(QPointF(0, 0)).isAccepted()
    view.set_read_only(True)
    assert not Drop(view, "relu").enter(QPointF(0, 0)).isAccepted()


def test_dropped_on_a_wire_a_block_goes_into_it(view, hand, loose, document):
    document.do(Connect(Wire("input1", 0, "conv1", 0)))
    here = (hand.output("input1") + hand.input("conv1")) / 2
    carried = Drop(view, "dropout")
    carried.enter(here)
    assert "Insert" in view.hint.text()
    depth = document.depth
    carried.drop(here)
    assert document.network.wires() == [Wire("dropout1", 0, "conv1", 0), Wire("input1", 0, "dropout1", 0)]
    assert document.depth == depth + 1
    bodies = [view.canvas.blocks[n].body for n in ("input1", "dropout1", "conv1")]
    assert bodies[0].bottom() < bodies[1].top() < bodies[1].bottom() < bodies[2].top()


def test_move_and_undo(view, hand, loose, document):
    before = (document.network["conv1"].x, document.network["conv1"].y)
    hand.drag(hand.middle("conv1"), hand.middle("conv1") + QPointF(123, 37))
    node = document.network["conv1"]
    assert (node.x - before[0], node.y - before[1]) == (120.0, 40.0)
    assert document.undo_label == "Move"
    document.undo()
    assert (document.network["conv1"].x, document.network["conv1"].y) == before
    assert view.canvas.blocks["conv1"].pos() == QPointF(*before)


def test_a_block_lines_up_with_the_one_it_is_wired_to(hand, loose, document):
    document.do(Connect(Wire("input1", 0, "conv1", 0)))
    hand.drag(hand.middle("conv1"), hand.middle("conv1") + QPointF(100, 0))
    hand.drag(hand.middle("conv1"), hand.middle("conv1") + QPointF(-96, 0))
    assert hand.middle("conv1").x() == hand.middle("input1").x()


def test_wires_follow_a_block_while_it_is_dragged(view, hand, loose, document):
    document.do(Connect(Wire("input1", 0, "conv1", 0)))
    item = view.canvas.wires[Wire("input1", 0, "conv1", 0)]
    hand.press(hand.middle("conv1"))
    hand.move(hand.middle("conv1") + QPointF(60, 0))
    hand.move(hand.middle("conv1") + QPointF(60, 0))
    assert item.route.corners[-1] == hand.input("conv1")
    assert document.network["conv1"].x == 0
    hand.key(Qt.Key.Key_Escape)
    assert view.canvas.blocks["conv1"].pos().x() == 0
    assert item.route.corners[-1] == hand.input("conv1")


def test_box_select_delete_undo(view, hand, loose, document, qtbot):
    before = document.network.to_json()
    with qtbot.waitSignal(view.selectionChanged):
        hand.drag(QPointF(-60, 120), QPointF(260, 420))
    assert view.selected() == ["conv1", "relu1"]
    assert view.canvas.over == []
    hand.key(Qt.Key.Key_Delete)
    assert list(document.network.nodes) == ["input1"]
    document.undo()
    assert document.network.to_json() == before
    assert set(view.canvas.blocks) == set(loose)


def test_click_toggle_and_escape(view, hand, loose):
    hand.click(hand.middle("conv1"))
    assert view.selected() == ["conv1"]
    hand.click(hand.middle("relu1"), SHIFT)
    assert view.selected() == ["conv1", "relu1"]
    hand.click(hand.middle("conv1"), CONTROL)
    assert view.selected() == ["relu1"]
    hand.key(Qt.Key.Key_Escape)
    assert view.selected() == []
    hand.key(Qt.Key.Key_A, CONTROL)
    assert view.selected() == loose
    hand.click(hand.middle("input1"))
    assert view.selected() == ["input1"]
    hand.click(QPointF(350, 100))
    assert view.selected() == []


def test_box_with_shift_adds_and_escape_restores(view, hand, loose):
    hand.click(hand.middle("input1"))
    hand.press(QPointF(-60, 300), modifiers=SHIFT)
    hand.move(QPointF(260, 420))
    assert view.selected() == ["input1", "relu1"]
    hand.key(Qt.Key.Key_Escape)
    assert view.selected() == ["input1"]
    hand.release(QPointF(260, 420))
    assert view.selected() == ["input1"]


def test_copy_paste_gives_fresh_names_and_inner_wires(view, hand, loose, document):
    document.do(Connect(Wire("conv1", 0, "relu1", 0)))
    view.select(["conv1", "relu1"])
    hand.key(Qt.Key.Key_C, CONTROL)
    assert '"layerloom"' in QGuiApplication.clipboard().text()
    hand.key(Qt.Key.Key_V, CONTROL)
    assert view.selected() == ["conv2", "relu2"]
    assert Wire("conv2", 0, "relu2", 0) in document.network.wires()
    assert view.canvas.blocks["conv2"].pos() != view.canvas.blocks["conv1"].pos()
    document.undo()
    assert list(document.network.nodes) == loose


def test_cut_and_duplicate(view, hand, loose, document):
    view.select(["relu1"])
    hand.key(Qt.Key.Key_D, CONTROL)
    assert view.selected() == ["relu2"]
    assert document.undo_label == "Duplicate relu1"
    hand.key(Qt.Key.Key_X, CONTROL)
    assert "relu2" not in document.network
    hand.key(Qt.Key.Key_V, CONTROL)
    assert view.selected() == ["relu2"]


def test_pasting_something_else_says_so(view, qtbot, document):
    QGuiApplication.clipboard().setText("just words")
    with qtbot.waitSignal(view.statusMessage) as told:
        view.paste()
    assert "copied blocks" in told.args[0]
    assert len(document.network) == 0


def test_arrows_nudge_by_the_grid(view, hand, loose, document):
    view.select(["conv1", "relu1"])
    depth = document.depth
    hand.key(Qt.Key.Key_Right)
    hand.key(Qt.Key.Key_Down, SHIFT)
    assert (document.network["conv1"].x, document.network["relu1"].y) == (8.0, 352.0)
    assert document.depth == depth + 1  # moves in a row are undone as one
    document.undo()
    assert (document.network["conv1"].x, document.network["relu1"].y) == (0.0, 320.0)
    hand.key(Qt.Key.Key_Right)
    assert document.depth == depth + 1
    view.select(["relu1"])
    hand.key(Qt.Key.Key_Right)
    assert document.depth == depth + 2


def test_adding_after_the_selected_block_wires_it(view, loose, document):
    view.select(["relu1"])
    name = view.add_block("max_pool2d")
    assert document.network.wires() == [Wire("relu1", 0, name, 0)]
    assert view.canvas.blocks[name].body.top() > view.canvas.blocks["relu1"].body.bottom()
    assert view.selected() == [name]
    other = view.add_block("linear", QPointF(400, 0))
    assert document.network.inputs_of(other) == []


def test_arrange_is_one_edit_without_overlaps(view, loose, document):
    for a, b in (("input1", "conv1"), ("conv1", "relu1")):
        document.do(Connect(Wire(a, 0, b, 0)))
    for name in loose:
        document.do(SetParams("conv1", {"out_channels": 8}))
        view.canvas.blocks[name].setPos(0, 0)
    depth = document.depth
    document.do(document.new_block("relu", 3.0, 5.0))
    view.arrange()
    assert document.depth == depth + 2
    bodies = [item.body for item in view.canvas.blocks.values()]
    assert not any(a.intersects(b) for i, a in enumerate(bodies) for b in bodies[i + 1 :])


def test_cards_follow_parameters_names_and_problems(view, loose, document):
    document.do(Connect(Wire("input1", 0, "conv1", 0)))
    assert view.canvas.blocks["conv1"].card.count == "320"
    document.do(SetParams("conv1", {"out_channels": 6, "kernel_size": 5}))
    card = view.canvas.blocks["conv1"].card
    assert (card.summary, card.count) == ("6 filters, kernel 5", "156")
    view.select(["conv1"])
    document.do(Rename("conv1", "features.0"))
    assert view.selected() == ["features.0"]
    assert set(view.canvas.blocks) == {"input1", "features.0", "relu1"}
    assert set(view.canvas.wires) == set(document.network.wires())
    assert view.canvas.blocks["relu1"].card.error


@pytest.mark.parametrize("over_block", [True, False])
def test_context_menu_has_the_sensible_rows(view, hand, loose, over_block):
    point = hand.middle("conv1") if over_block else QPointF(350, 100)
    hand.press(point, Qt.MouseButton.RightButton)
    assert view.selected() == (["conv1"] if over_block else [])
    # Not popped up: the offscreen platform warns that it cannot grab the keyboard.
    menu = context_menu(view, over_block)
    rows = {a.text().split("\t")[0].replace("&", ""): a for a in menu.actions() if a.text()}
    assert ("Delete" in rows) == over_block
    assert ("Paste" in rows) != over_block
    rows["Duplicate" if over_block else "Select all"].trigger()
    assert view.selected() == (["conv2"] if over_block else loose)
    menu.deleteLater()


def test_another_document_takes_the_place(view, bridge, loose):
    from designer.graph.document import Document

    view.select(["conv1"])
    bridge.set_document(Document())
    assert view.canvas.blocks == {}
    assert view.selected() == []
    assert view.invitation.isVisible()


def covered(view):
    rects = [item.body for item in view.canvas.blocks.values()]
    return any(a.intersects(b) for i, a in enumerate(rects) for b in rects[:i])


def test_copies_lie_beside_the_originals_and_in_view(view, hand, small, document):
    view.fit()
    name = small[2]
    hand.click(hand.middle(name))
    hand.key(Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    for key in (Qt.Key.Key_V, Qt.Key.Key_V, Qt.Key.Key_D):
        hand.key(key, Qt.KeyboardModifier.ControlModifier)
        assert not covered(view)
        assert view.visible_area().contains(view.canvas.blocks[view.selected()[0]].body)
    assert len(document.network) == len(small) + 3


def test_a_double_click_and_f2_ask_for_the_name(view, hand, small, qtbot):
    name = small[1]
    with qtbot.waitSignal(view.renameAsked) as asked:
        QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=hand.at(hand.middle(name)))
    assert asked.args == [name]
    with qtbot.waitSignal(view.renameAsked):
        hand.key(Qt.Key.Key_F2)
    view.set_read_only(True)
    with qtbot.assertNotEmitted(view.renameAsked):
        hand.key(Qt.Key.Key_F2)
