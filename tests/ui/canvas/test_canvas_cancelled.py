"""Whatever interrupts a gesture, nothing half-done stays: every gesture against every interruption."""

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QApplication, QLineEdit

from designer.graph.document import Document
from designer.graph.edits import Bend, Connect, Put
from designer.graph.model import Wire
from designer.graph.scenery import Note
from designer.ui.canvas.gestures.bend import MoveBend
from designer.ui.canvas.gestures.box import BoxSelect
from designer.ui.canvas.gestures.cut import CutWires
from designer.ui.canvas.gestures.move import MoveBlocks
from designer.ui.canvas.gestures.note import ResizeNote
from designer.ui.canvas.gestures.pan import Pan
from designer.ui.canvas.gestures.place import PlaceBlock
from designer.ui.canvas.gestures.wire import DrawWire
from designer.ui.canvas.gestures.wire_keys import WireByKeys
from tests.ui.canvas.test_canvas_blocks import Drop

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NONE, ALT, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier
WIRE = Wire("input1", 0, "conv1", 0)
EMPTY = QPointF(-150, 60)


@pytest.fixture
def drawn(view, loose, document):
    """input1 -> conv1, relu1 loose, a note, a wire with a bend; and one more edit that undo may take back."""
    document.do(Connect(WIRE))
    document.do(Bend(WIRE, ((108.0, 110.0),)))
    document.do(Put("note", "note1", Note("note1", "note", 300.0, 0.0, 160.0, 120.0, "Words")))
    document.do(document.new_block("dropout", 300, 320))
    view.centerOn(QPointF(150, 200))
    return document


def drag(hand, start, end, button=LEFT, modifiers=NONE):
    hand.press(start, button, modifiers)
    hand.move(start + (end - start) * 0.3)
    hand.move(end)


def wire(view, hand):
    drag(hand, hand.output("conv1"), hand.input("relu1"))


def wire_back(view, hand):
    drag(hand, hand.input("relu1"), hand.output("conv1"))


def unplug(view, hand):
    drag(hand, hand.input("conv1"), QPointF(-150, 200))


def move(view, hand):
    view.select(["conv1", "relu1"])
    drag(hand, hand.middle("conv1"), hand.middle("conv1") + QPointF(90, 40))


def take_out(view, hand):
    view.select(["conv1"])
    drag(hand, hand.middle("conv1"), hand.middle("conv1") + QPointF(90, 40), modifiers=ALT)


def into_wire(view, hand):
    view.select(["dropout1"])
    drag(hand, hand.middle("dropout1"), (hand.output("input1") + hand.input("conv1")) / 2)


def box(view, hand):
    drag(hand, EMPTY, QPointF(260, 420))


def add_to_box(view, hand):
    drag(hand, EMPTY, QPointF(260, 420), modifiers=SHIFT)


def cut(view, hand):
    drag(hand, QPointF(-60, 108), QPointF(250, 108), modifiers=ALT)


def pan(view, hand):
    drag(hand, EMPTY, EMPTY + QPointF(40, 40), MIDDLE)


def place(view, hand):
    carried = Drop(view, "relu")
    carried.enter(QPointF(60, 108))
    carried.move(QPointF(100, 110))


def bend(view, hand):
    view.select([])
    view.canvas.select((), [WIRE])
    drag(hand, QPointF(108, 110), QPointF(200, 118))


def note(view, hand):
    drag(hand, QPointF(330, 60), QPointF(380, 90))


def note_size(view, hand):
    drag(hand, QPointF(457, 117), QPointF(500, 160))


def wire_by_keys(view, hand):
    view.select(["conv1"])
    hand.key(Qt.Key.Key_W)


GESTURES = {
    wire: DrawWire,
    wire_back: DrawWire,
    unplug: DrawWire,
    move: MoveBlocks,
    take_out: MoveBlocks,
    into_wire: MoveBlocks,
    box: BoxSelect,
    add_to_box: BoxSelect,
    cut: CutWires,
    pan: Pan,
    place: PlaceBlock,
    bend: MoveBend,
    note: MoveBlocks,
    note_size: ResizeNote,
    wire_by_keys: WireByKeys,
}


def escape(view, hand, document):
    hand.key(Qt.Key.Key_Escape)


def undo(view, hand, document):
    document.undo()


def deletion(view, hand, document):
    document.do(document.removal(["conv1"]))


def deletion_of_all(view, hand, document):
    document.do(document.removal(list(document.network.nodes)))


def another_window(view, hand, document):
    QApplication.sendEvent(view, QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.ActiveWindowFocusReason))


def another_field(view, hand, document):
    QApplication.sendEvent(view, QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.ShortcutFocusReason))


def read_only(view, hand, document):
    view.set_read_only(True)


def another_document(view, hand, document):
    view.bridge.set_document(Document())


INTERRUPTIONS = (escape, undo, deletion, deletion_of_all, another_window, another_field, read_only, another_document)


def check_clean(view, document):
    scene, network = view.canvas, document.network
    assert view.gesture is None
    assert scene.over == [] and scene.allowed is None
    assert not view.hint.isVisible()
    assert set(scene.blocks) == set(network.nodes)
    assert set(scene.wires) == set(network.wires())
    for name, node in network.nodes.items():
        item = scene.blocks[name]
        assert (item.pos().x(), item.pos().y(), item.zValue()) == (node.x, node.y, 1)
        assert scene.cells.rects[name] == item.body
    for item in scene.wires.values():
        assert not item.hidden_end and not item.hovered
        assert item.route.corners[0] == scene.start_of(item.wire)
        assert item.route.corners[-1] == scene.end_of(item.wire)


@pytest.mark.parametrize("gesture", GESTURES, ids=lambda f: f.__name__)
def test_nothing_half_done_stays(view, hand, drawn, gesture):
    """All interruptions in one test: each begins from the same drawing."""
    whole = drawn.network.to_json()
    for interruption in INTERRUPTIONS:
        document = view.bridge.document
        gesture(view, hand)
        assert type(view.gesture) is GESTURES[gesture], interruption.__name__
        depth = document.depth
        interruption(view, hand, document)
        now = view.bridge.document
        left, after = now.network.to_json(), now.depth
        check_clean(view, now)
        hand.release(QPointF(140, 240))  # the hand is still down: letting go does nothing any more
        hand.key(Qt.Key.Key_Return)
        assert (now.network.to_json(), now.depth) == (left, after), interruption.__name__
        check_clean(view, now)
        view.set_read_only(False)
        if now is not document:
            view.bridge.set_document(document)
            view.zoom_reset()
            view.centerOn(QPointF(150, 200))
        while document.depth > depth:
            document.undo()
        while document.depth < depth:
            document.redo()
        assert document.network.to_json() == whole, interruption.__name__


def test_a_real_field_takes_the_focus_in_mid_drag(view, hand, drawn, qtbot):
    field = QLineEdit(view.parentWidget() or view)
    field.show()
    view.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    wire(view, hand)
    field.setFocus()
    check_clean(view, drawn)
