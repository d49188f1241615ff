"""A wire is drawn with keys alone; whatever interrupts it leaves nothing half-done."""

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.graph.edits import Connect
from designer.graph.groups import group
from designer.graph.model import Wire
from designer.ui.canvas.gestures.wire_keys import WireByKeys

SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
Key = Qt.Key


def clean(view):
    assert view.gesture is None
    assert view.canvas.over == []
    assert view.canvas.allowed is None
    assert not view.hint.isVisible()
    assert not any(item.hidden_end or item.hovered for item in view.canvas.wires.values())


def test_w_and_enter_connect_to_the_nearest_free_port(view, hand, loose, document):
    view.select(["input1"])
    depth = document.depth
    hand.key(Key.Key_W)
    assert isinstance(view.gesture, WireByKeys)
    assert view.canvas.allowed == {"input1", "conv1", "relu1"}
    assert "To conv1: B×1×28×28" in view.hint.text()
    hand.key(Key.Key_Return)
    assert document.network.wires() == [Wire("input1", 0, "conv1", 0)]
    assert document.depth == depth + 1
    assert view.selected() == ["conv1"]
    clean(view)


@pytest.mark.parametrize("on", [Key.Key_Tab, Key.Key_Right, Key.Key_Down])
def test_arrows_and_tab_go_through_the_ports(view, hand, loose, document, on):
    view.select(["input1"])
    hand.key(Key.Key_W)
    hand.key(on)
    assert view.gesture.chosen == Wire("input1", 0, "relu1", 0)
    assert "2 of 2 ports" in view.hint.text()
    hand.key(on)
    assert view.gesture.chosen == Wire("input1", 0, "conv1", 0)
    hand.key(Key.Key_Backtab, SHIFT)
    hand.key(Key.Key_Enter)
    assert document.network.wires() == [Wire("input1", 0, "relu1", 0)]


def test_shift_w_draws_to_an_input(view, hand, loose, document):
    view.select(["relu1"])
    hand.key(Key.Key_W, SHIFT)
    assert "From conv1" in view.hint.text()
    hand.key(Key.Key_Return)
    assert document.network.wires() == [Wire("conv1", 0, "relu1", 0)]
    assert view.selected() == ["conv1"]


def test_typing_narrows_to_names(view, hand, loose, document):
    view.select(["input1"])
    hand.key(Key.Key_W)
    QTest.keyClicks(view, "rel")
    assert view.gesture.chosen.dst == "relu1"
    assert "1 of 1 port with “rel”" in view.hint.text()
    QTest.keyClicks(view, "x")  # no such name: what was found stays
    assert view.gesture.chosen.dst == "relu1"
    for _ in "rel":
        hand.key(Key.Key_Backspace)
    assert "2 ports" in view.hint.text()
    assert "relu1" in document.network  # Backspace was not Delete
    hand.key(Key.Key_Escape)
    clean(view)


def test_the_hint_says_what_would_not_fit_and_what_would_be_replaced(view, hand, loose, document):
    document.do(Connect(Wire("input1", 0, "relu1", 0)))
    flat = document.new_block("flatten", 0, 400)
    document.do(flat)
    document.do(Connect(Wire("input1", 0, flat.name, 0)))
    view.select([flat.name])
    hand.key(Key.Key_W)
    QTest.keyClicks(view, "conv")
    assert "To conv1: Expected 4 dimensions" in view.hint.text()
    for _ in "conv":
        hand.key(Key.Key_Backspace)
    QTest.keyClicks(view, "relu")
    assert "replaces the wire from input1" in view.hint.text()
    hand.key(Key.Key_Return)
    assert document.network.wire_at("relu1", 0) == Wire(flat.name, 0, "relu1", 0)
    document.undo()
    assert document.network.wire_at("relu1", 0) == Wire("input1", 0, "relu1", 0)


def test_loops_and_drawn_wires_are_not_offered(view, hand, loose, document, qtbot):
    document.do(Connect(Wire("input1", 0, "conv1", 0)))
    document.do(Connect(Wire("conv1", 0, "relu1", 0)))
    view.select(["relu1"])
    with qtbot.waitSignal(view.statusMessage) as told:
        hand.key(Key.Key_W)
    assert told.args == ["No block can take a wire from relu1."]
    clean(view)
    view.select(["input1"])
    with qtbot.waitSignal(view.statusMessage) as told:
        hand.key(Key.Key_W, SHIFT)
    assert told.args == ["input1 takes no input: it is where data comes in."]


def escape(view, hand, document):
    hand.key(Key.Key_Escape)


def undo(view, hand, document):
    document.undo()


def delete(view, hand, document):
    document.do(document.removal(["conv1"]))


def click(view, hand, document):
    hand.click(QPointF(400, 300))


def lose_window(view, hand, document):
    gone = QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.ActiveWindowFocusReason)
    QApplication.sendEvent(view, gone)


def read_only(view, hand, document):
    view.set_read_only(True)


def other_document(view, hand, document):
    from designer.graph.document import Document

    view.bridge.set_document(Document())


@pytest.mark.parametrize("interrupt", [escape, undo, delete, click, lose_window, read_only, other_document])
def test_what_interrupts_leaves_nothing(view, hand, loose, document, interrupt):
    view.select(["conv1"])
    hand.key(Key.Key_W)
    assert view.canvas.over
    interrupt(view, hand, document)
    clean(view)
    assert document.network.wires() == []
    QTest.keyClick(view, Key.Key_Return)
    assert document.network.wires() == []


def test_a_card_says_where_its_wires_are_drawn(view, hand, loose, document, qtbot):
    document.do(group(document, ["conv1", "relu1"], "pair"))
    view.select(["pair"])
    with qtbot.waitSignal(view.statusMessage) as told:
        hand.key(Key.Key_W)
    assert told.args[0].startswith("pair is a group.")
    clean(view)
