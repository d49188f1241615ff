"""Focus mode: what fades, what follows, and that drawing a wire in the middle of it leaves it as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from designer.graph.edits import Connect, Disconnect
from designer.graph.model import Wire
from designer.graph.templates import load_template
from designer.ui.canvas.focus import path_through
from designer.ui.theme import LIGHT

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def fork(view, document):
    """input1 -> relu1 -> add1 and input1 -> relu2 -> add1 -> relu3; the names in that order."""
    names = []
    for kind, x, y in (("input", 0, 0), ("relu", -150, 160), ("relu", 150, 160), ("add", 0, 320), ("relu", 0, 460)):
        edit = document.new_block(kind, x, y)
        document.do(edit)
        names.append(edit.name)
    start, left, right, add, last = names
    for src, dst, slot in ((start, left, 0), (start, right, 0), (left, add, 0), (right, add, 1), (add, last, 0)):
        document.do(Connect(Wire(src, 0, dst, slot)))
    view.centerOn(QPointF(100, 250))
    return names


def bright(view):
    """The blocks that are not faded."""
    scene = view.canvas
    return {n for n in scene.blocks if scene.allowed is None or n in scene.allowed}


def bright_wires(view):
    return {(w.src, w.dst) for w in view.canvas.wires if not view.canvas.fades(w)}


def test_the_path_through_the_selection_stays_and_follows_it(fork, view, hand):
    start, left, right, add, last = fork
    hand.key(Qt.Key.Key_H, SHIFT)
    assert view.focus.on and bright(view) == set(fork)  # nothing is selected
    hand.click(hand.middle(left))
    assert bright(view) == {start, left, add, last}
    assert bright_wires(view) == {(start, left), (left, add), (add, last)}
    hand.click(hand.middle(right))
    assert bright(view) == {start, right, add, last}
    hand.click(hand.middle(left), SHIFT)
    assert bright(view) == set(fork)
    hand.click(hand.middle(left))
    hand.key(Qt.Key.Key_Escape)
    assert bright(view) == set(fork) and bright_wires(view) == {(w.src, w.dst) for w in view.canvas.wires}
    hand.click(hand.middle(left))
    hand.key(Qt.Key.Key_H, SHIFT)
    assert not view.focus.on and view.canvas.allowed is None


def test_a_selected_wire_shows_the_path_through_it(fork, view):
    start, left, _, add, last = fork
    view.focus.switch(True)
    view.canvas.select((), [Wire(left, 0, add, 0)])
    assert bright(view) == {start, left, add, last}


def test_edits_change_the_path(fork, view, document):
    start, left, _, add, last = fork
    view.focus.switch(True)
    view.select([left])
    document.do(Disconnect(Wire(left, 0, add, 0)))
    assert bright(view) == {start, left}
    document.undo()
    assert bright(view) == {start, left, add, last}


def test_drawing_a_wire_keeps_it(fork, view, hand):
    left, last = fork[1], fork[-1]
    view.focus.switch(True)
    view.select([left])
    before = bright(view), bright_wires(view)
    hand.press(hand.output(last))
    hand.move(hand.output(last) + QPointF(60, 60))
    assert view.canvas.allowed is not None and view.canvas.allowed != before[0]
    assert bright_wires(view) == set()
    hand.key(Qt.Key.Key_Escape)
    assert (bright(view), bright_wires(view)) == before
    hand.release(hand.output(last) + QPointF(60, 60))


def test_it_can_be_seen_near_and_far(fork, view, qtbot):
    view.focus.switch(True)
    view.select([fork[1]])
    other = view.canvas.blocks[fork[2]].body

    def colour():
        image = view.grab().toImage()
        return image.pixelColor(view.mapFromScene(QPointF(other.left() + 4, other.center().y())))

    faded = colour()
    view.focus.switch(False)
    assert colour() != faded
    view.set_zoom(0.3)
    plain = colour()
    view.focus.switch(True)
    assert colour() != plain and LIGHT.canvas != plain


def test_another_document_begins_bright(fork, view, bridge):
    from designer.graph.document import Document

    view.focus.switch(True)
    view.select([fork[1]])
    bridge.set_document(Document(load_template("lenet5")))
    assert view.canvas.allowed is None and view.focus.on
    first = next(iter(view.canvas.blocks))
    QTest.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    view.select([first])
    assert bright(view) == set(view.canvas.blocks)  # all of it hangs on the input


@given(st.sets(st.integers(0, 40), max_size=3))
def test_the_path_is_all_that_feeds_or_is_fed(chosen):
    import networkx as nx

    network = load_template("small-resnet")
    names = list(network.nodes)
    picked = {names[i % len(names)] for i in chosen}
    graph = nx.DiGraph([(w.src, w.dst) for w in network.wires()])
    true = picked.union(*(nx.ancestors(graph, n) | nx.descendants(graph, n) for n in picked))
    assert path_through(network, picked, picked) == true


def test_a_path_of_names_stands_for_the_blocks_under_it():
    network = load_template("small-resnet")
    under = {n for n in network.nodes if n.startswith("layer2.")}
    assert path_through(network, ["layer2"], ["layer2"]) == path_through(network, under, under)
