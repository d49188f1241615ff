"""Wires are drawn, refused, carried elsewhere and taken away with the mouse."""

from PySide6.QtCore import QPointF, Qt

from designer.graph.edits import Connect
from designer.graph.model import Wire


def test_drag_from_output_to_input_connects(view, hand, loose, document):
    hand.drag(hand.output("input1"), hand.input("conv1"))
    assert document.network.wires() == [Wire("input1", 0, "conv1", 0)]
    assert document.undo_label == "Connect"
    assert view.canvas.wires[Wire("input1", 0, "conv1", 0)].label == "B×1×28×28"


def test_drag_from_input_to_output_connects_too(hand, loose, document):
    hand.drag(hand.input("conv1"), hand.output("input1"))
    assert document.network.wires() == [Wire("input1", 0, "conv1", 0)]


def test_the_end_snaps_when_dropped_near_the_port_or_on_the_block(hand, loose, document):
    hand.drag(hand.output("input1"), hand.input("conv1") + QPointF(18, -14))
    hand.drag(hand.output("conv1"), hand.middle("relu1") + QPointF(60, 5))
    assert document.network.wires() == [Wire("conv1", 0, "relu1", 0), Wire("input1", 0, "conv1", 0)]


def test_a_loop_is_refused_with_its_reason_at_the_cursor(view, hand, loose, document):
    document.do(Connect(Wire("conv1", 0, "relu1", 0)))
    hand.press(hand.output("relu1"))
    hand.move(hand.middle("conv1"))
    assert view.hint.isVisible()
    assert "loop" in view.hint.text()
    assert "conv1" not in view.canvas.allowed
    hand.release(hand.middle("conv1"))
    assert document.network.wires() == [Wire("conv1", 0, "relu1", 0)]
    assert not view.hint.isVisible()
    assert view.canvas.allowed is None


def test_input_takes_no_wire_and_says_so(view, hand, loose):
    hand.press(hand.output("conv1"))
    hand.move(hand.middle("input1"))
    assert "takes no input" in view.hint.text()
    hand.key(Qt.Key.Key_Escape)


def test_a_shape_that_does_not_fit_warns_and_is_allowed(view, hand, loose, document):
    flat = document.new_block("flatten", 300.0, 0.0)
    document.do(flat)
    document.do(Connect(Wire("input1", 0, flat.name, 0)))
    hand.press(hand.output(flat.name))
    hand.move(hand.input("conv1"))
    assert view.hint.isVisible()
    assert "Expected" in view.hint.text()
    hand.release(hand.input("conv1"))
    assert Wire(flat.name, 0, "conv1", 0) in document.network.wires()
    item = view.canvas.blocks["conv1"]
    assert item.card.error
    assert view.canvas.wires[Wire(flat.name, 0, "conv1", 0)].bad


def test_a_wire_to_a_taken_input_replaces_the_old_one(view, hand, loose, document):
    document.do(Connect(Wire("input1", 0, "relu1", 0)))
    hand.press(hand.output("conv1"))
    hand.move(hand.input("relu1"))
    assert "Replaces the wire from input1" in view.hint.text()
    hand.release(hand.input("relu1"))
    assert document.network.wires() == [Wire("conv1", 0, "relu1", 0)]
    document.undo()
    assert document.network.wires() == [Wire("input1", 0, "relu1", 0)]


def test_the_end_of_a_wire_is_carried_to_another_block_as_one_edit(hand, loose, document):
    document.do(Connect(Wire("input1", 0, "conv1", 0)))
    depth = document.depth
    hand.drag(hand.input("conv1"), hand.input("relu1"))
    assert document.network.wires() == [Wire("input1", 0, "relu1", 0)]
    assert document.depth == depth + 1


def test_dropped_in_the_void_a_wire_is_gone(view, hand, loose, document):
    document.do(Connect(Wire("input1", 0, "conv1", 0)))
    hand.drag(hand.input("conv1"), QPointF(360, 120))
    assert document.network.wires() == []
    assert view.canvas.wires == {}
    document.undo()
    assert document.network.wires() == [Wire("input1", 0, "conv1", 0)]


def test_put_back_where_it_was_nothing_changes(hand, loose, document):
    document.do(Connect(Wire("input1", 0, "conv1", 0)))
    depth = document.depth
    hand.drag(hand.input("conv1"), hand.input("conv1") + QPointF(6, 0))
    assert document.depth == depth
    assert len(document.network.wires()) == 1


def test_a_wire_is_pulled_off_by_its_middle(hand, loose, document):
    document.do(Connect(Wire("input1", 0, "conv1", 0)))
    near_the_end = hand.input("conv1") - QPointF(0, 30)
    hand.drag(near_the_end, hand.input("relu1"))
    assert document.network.wires() == [Wire("input1", 0, "relu1", 0)]


def test_a_clicked_wire_is_selected_and_deleted(view, hand, loose, document):
    wire = Wire("input1", 0, "conv1", 0)
    document.do(Connect(wire))
    hand.click(hand.input("conv1") - QPointF(0, 40))
    assert view.canvas.cut == {wire}
    hand.key(Qt.Key.Key_Delete)
    assert document.network.wires() == []


def test_a_merging_block_always_has_one_more_port(view, hand, loose, document):
    add = document.new_block("add", 0.0, 480.0)
    document.do(add)
    view.centerOn(QPointF(108, 320))
    for source in ("conv1", "relu1"):
        hand.drag(hand.output(source), hand.middle(add.name))
    assert [w.src for w in document.network.inputs_of(add.name)] == ["conv1", "relu1"]
    assert view.canvas.blocks[add.name].card.wired == (True, True, False)


def test_escape_in_mid_drag_leaves_no_trace(view, hand, loose, document):
    document.do(Connect(Wire("input1", 0, "conv1", 0)))
    depth = document.depth
    hand.press(hand.input("conv1"))
    hand.move(QPointF(360, 200))
    hand.key(Qt.Key.Key_Escape)
    hand.release(QPointF(360, 200))
    assert document.depth == depth
    assert view.canvas.over == []
    assert not view.canvas.wires[Wire("input1", 0, "conv1", 0)].hidden_end


def test_undo_during_a_drag_cancels_the_drag(view, hand, loose, document):
    document.do(Connect(Wire("input1", 0, "conv1", 0)))
    hand.press(hand.input("conv1"))
    hand.move(QPointF(360, 200))
    document.undo()
    assert view.gesture is None
    hand.release(QPointF(360, 200))
    assert document.network.wires() == []
    assert view.canvas.over == []


def test_deleting_a_block_that_is_being_wired_leaves_nothing(view, hand, loose, document):
    hand.press(hand.output("conv1"))
    hand.move(hand.input("relu1"))
    document.do(document.removal(["relu1"]))
    hand.release(QPointF(0, 400))
    assert document.network.wires() == []
    assert view.canvas.over == []
    assert view.canvas.allowed is None


def test_read_only_draws_no_wires(view, hand, loose, document):
    view.set_read_only(True)
    depth = document.depth
    hand.drag(hand.output("input1"), hand.input("conv1"))
    assert document.depth == depth
    assert document.network.wires() == []
