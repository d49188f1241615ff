"""Blocks into wires and out of the flow, and wires cut with a stroke, by mouse."""

import pytest
from PySide6.QtCore import QPointF, Qt

from designer.graph.model import Wire

ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
RIGHT = Qt.MouseButton.RightButton


@pytest.fixture
def flow(view, document, chain):
    names = chain(document, "input", "conv2d", "relu", "max_pool2d")
    view.centerOn(QPointF(108, 220))
    return names


def loose_block(document, kind="batch_norm2d", x=420.0, y=120.0):
    edit = document.new_block(kind, x, y)
    document.do(edit)
    return edit.name


def body_of(view, name):
    return view.canvas.blocks[name].body


def test_a_block_dropped_on_a_wire_goes_into_it_and_others_make_room(view, document, hand, flow):
    new = loose_block(document)
    below = {n: document.network[n].y for n in flow[2:]}
    before = document.network.copy()
    depth = document.depth
    hand.drag(hand.middle(new), view.canvas.wires[Wire(flow[1], 0, flow[2], 0)].route.middle)
    assert document.network.wire_at(new, 0) == Wire(flow[1], 0, new, 0)
    assert document.network.wire_at(flow[2], 0) == Wire(new, 0, flow[2], 0)
    assert body_of(view, flow[1]).bottom() < body_of(view, new).top()
    assert body_of(view, new).bottom() < body_of(view, flow[2]).top()
    assert all(document.network[n].y > y for n, y in below.items())
    assert document.depth == depth + 1
    document.undo()
    assert document.network == before


def test_a_wired_block_does_not_go_into_a_wire(view, document, hand, flow):
    wires = document.network.wires()
    hand.drag(hand.middle(flow[3]), view.canvas.wires[Wire(flow[0], 0, flow[1], 0)].route.middle)
    assert document.network.wires() == wires


def test_what_the_block_would_complain_about_is_said_before(view, document, hand, flow):
    new = loose_block(document, "batch_norm1d")
    middle = view.canvas.wires[Wire(flow[1], 0, flow[2], 0)].route.middle
    hand.press(hand.middle(new))
    hand.move(hand.middle(new) + QPointF(-30, 0))
    hand.move(middle)
    assert "expected" in view.hint.text().lower()
    hand.key(Qt.Key.Key_Escape)
    hand.release(middle)
    assert document.network.wires_of(new) == []


def test_alt_drags_a_block_out_and_the_wire_closes(view, document, hand, flow):
    before = document.network.copy()
    hand.click(hand.middle(flow[1]))
    hand.drag(hand.middle(flow[1]), hand.middle(flow[1]) + QPointF(320, 0), modifiers=ALT)
    assert document.network.wires_of(flow[1]) == []
    assert document.network.wire_at(flow[2], 0) == Wire(flow[0], 0, flow[2], 0)
    assert document.network[flow[1]].x > before[flow[1]].x + 200
    document.undo()
    assert document.network == before


def test_alt_drag_from_one_wire_into_another(view, document, hand, flow):
    hand.drag(hand.middle(flow[1]), view.canvas.wires[Wire(flow[2], 0, flow[3], 0)].route.middle, modifiers=ALT)
    assert set(document.network.wires()) == {
        Wire(flow[0], 0, flow[2], 0),
        Wire(flow[2], 0, flow[1], 0),
        Wire(flow[1], 0, flow[3], 0),
    }


def test_alt_drag_that_is_cancelled_shows_all_wires_again(view, document, hand, flow):
    before = document.network.copy()
    hand.press(hand.middle(flow[1]), modifiers=ALT)
    hand.move(hand.middle(flow[1]) + QPointF(40, 0))
    hand.move(hand.middle(flow[1]) + QPointF(200, 30))
    assert any(item.hidden_end for item in view.canvas.wires.values())
    hand.key(Qt.Key.Key_Escape)
    assert document.network == before
    assert not any(item.hidden_end for item in view.canvas.wires.values())
    assert view.canvas.over == []
    assert body_of(view, flow[1]).top() == before[flow[1]].y


@pytest.mark.parametrize("how", [{"button": RIGHT, "modifiers": CTRL}, {"modifiers": ALT}])
def test_a_stroke_cuts_the_wires_that_it_crosses(view, document, hand, flow, how):
    wires = [Wire(flow[i], 0, flow[i + 1], 0) for i in range(3)]
    middle = view.canvas.wires[wires[1]].route.middle
    before = document.network.copy()
    hand.drag(middle + QPointF(-160, 0), middle + QPointF(160, 4), **how)
    assert set(document.network.wires()) == {wires[0], wires[2]}
    assert view.canvas.over == []
    document.undo()
    assert document.network == before


def test_a_stroke_says_how_many_and_escape_spares_them(view, document, hand, flow):
    wire = Wire(flow[1], 0, flow[2], 0)
    middle = view.canvas.wires[wire].route.middle
    hand.press(middle + QPointF(-160, 0), RIGHT, CTRL)
    hand.move(middle + QPointF(160, 4))
    assert view.hint.text() == "Cuts 1 wire"
    assert view.canvas.wires[wire].doomed
    hand.key(Qt.Key.Key_Escape)
    hand.release(middle + QPointF(160, 4), RIGHT, CTRL)
    assert document.network.has_wire(wire)
    assert not view.canvas.wires[wire].doomed
    assert not view.hint.isVisible()


def test_a_network_that_may_not_be_changed_is_not_cut(view, document, hand, flow):
    view.set_read_only(True)
    wires = document.network.wires()
    middle = view.canvas.wires[Wire(flow[1], 0, flow[2], 0)].route.middle
    hand.drag(middle + QPointF(-160, 0), middle + QPointF(160, 4), RIGHT, CTRL)
    hand.drag(hand.middle(flow[1]), hand.middle(flow[1]) + QPointF(320, 0), modifiers=ALT)
    assert document.network.wires() == wires


def test_keys_take_a_block_out_and_lay_it_beside(view, document, hand, flow):
    before = document.network.copy()
    hand.click(hand.middle(flow[1]))
    hand.key(Qt.Key.Key_X, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert document.network.wires_of(flow[1]) == []
    assert document.network.wire_at(flow[2], 0) == Wire(flow[0], 0, flow[2], 0)
    bodies = [body_of(view, n) for n in flow if n != flow[1]]
    assert not any(body_of(view, flow[1]).intersects(body) for body in bodies)
    document.undo()
    assert document.network == before
