"""Wires that a person leads through points of their own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from designer.graph.model import Wire
from designer.ui.canvas.bends import bent_route, inserted

somewhere = st.builds(QPointF, st.integers(-2000, 2000), st.integers(-2000, 2000))


@pytest.fixture
def flow(view, document, chain):
    chain(document, "input", "conv2d", "relu")
    view.centerOn(QPointF(108, 220))
    return Wire("conv1", 0, "relu1", 0)


def double(view, hand, point):
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, hand.at(point))


def bent(view, document, hand, wire):
    """The wire led 160 to the right; its point."""
    start = view.canvas.wires[wire].route.middle
    double(view, hand, start)
    (point,) = document.network.bends[wire]
    hand.drag(QPointF(*point), QPointF(*point) + QPointF(160, 0))
    (point,) = document.network.bends[wire]
    return QPointF(*point)


@given(somewhere, st.lists(somewhere, max_size=6), somewhere)
def test_the_curve_passes_every_point(start, via, end):
    route = bent_route(start, via, end)
    ends = [route.path.elementAt(i) for i in range(3, route.path.elementCount(), 3)]
    passed = [QPointF(e.x, e.y) for e in ends]
    assert passed == [*via, end]


def test_a_new_point_goes_between_its_neighbours():
    via, at = inserted(QPointF(0, 0), [QPointF(0, 100)], QPointF(0, 200), QPointF(10, 150))
    assert (at, via[1]) == (1, QPointF(10, 150))


def test_double_click_makes_a_point_drag_moves_it_double_click_takes_it_away(view, document, hand, flow):
    before = document.network.copy()
    point = bent(view, document, hand, flow)
    assert point.x() > 200
    near = min((view.canvas.wires[flow].route.points), key=lambda p: (p - point).manhattanLength())
    assert (near - point).manhattanLength() < 12
    double(view, hand, point)
    assert flow not in document.network.bends
    while document.can_undo and document.network != before:
        document.undo()
    assert document.network == before


def test_a_point_put_back_on_the_line_is_gone(view, document, hand, flow):
    point = bent(view, document, hand, flow)
    middle = (view.canvas.start_of(flow) + view.canvas.end_of(flow)) / 2
    hand.drag(point, middle)
    assert flow not in document.network.bends


def test_escape_leaves_the_point_where_it_was(view, document, hand, flow):
    point = bent(view, document, hand, flow)
    hand.press(point)
    hand.move(point + QPointF(20, 20))
    hand.move(point + QPointF(60, 40))
    assert view.canvas.wires[flow].via[0] != point
    hand.key(Qt.Key.Key_Escape)
    hand.release(point)
    assert view.canvas.wires[flow].via == (point,)
    assert document.network.bends[flow] == (point.toTuple(),)


def test_points_go_with_the_blocks_of_both_ends(view, document, hand, flow):
    point = bent(view, document, hand, flow)
    view.select(["conv1", "relu1"])
    hand.drag(hand.middle("conv1"), hand.middle("conv1") + QPointF(-80, 40))
    assert document.network.bends[flow] == ((point + QPointF(-80, 40)).toTuple(),)
    document.undo()
    assert document.network.bends[flow] == (point.toTuple(),)
    assert view.canvas.wires[flow].via == (point,)


def test_a_press_on_a_point_selects_its_wire_and_del_takes_it(view, document, hand, flow):
    point = bent(view, document, hand, flow)
    hand.click(point)
    assert view.canvas.cut == {flow}
    hand.key(Qt.Key.Key_Delete)
    assert not document.network.has_wire(flow)
    document.undo()
    assert document.network.bends[flow] == (point.toTuple(),)


def test_who_only_looks_cannot_bend(view, document, hand, flow):
    view.set_read_only(True)
    double(view, hand, view.canvas.wires[flow].route.middle)
    assert not document.network.bends


def test_straighten_takes_the_points_of_selected_wires_away(view, document, hand, flow):
    from designer.ui.actions.qt import context_menu

    bent(view, document, hand, flow)
    view.select(["conv1", "relu1"])
    menu = context_menu(view, over_something=True)
    next(a for a in menu.actions() if a.text().replace("&", "") == "Straighten wires").trigger()
    assert not document.network.bends
    menu.deleteLater()


def test_a_point_is_made_and_moved_with_keys_alone(view, document, hand, flow):
    view.canvas.select((), [flow])
    hand.key(Qt.Key.Key_B)
    ((x, y),) = document.network.bends[flow]
    hand.key(Qt.Key.Key_Right)
    hand.key(Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert document.network.bends[flow] == ((x + 8, y - 32),)
