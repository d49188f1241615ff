"""Random gestures with real events: nothing breaks, canvas and document agree, undo leads back to the start."""

import random

import pytest
from PySide6.QtCore import QPointF, Qt

from designer.graph.document import Document

KEYS = (
    (Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier),
    (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier),
    (Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier),
    (Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier),
    (Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier),
    (Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier),
    (Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier),
    (Qt.Key.Key_F, Qt.KeyboardModifier.NoModifier),
    (Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier),
)


def agree(view, document):
    network, scene = document.network, view.canvas
    assert set(scene.blocks) == set(network.nodes)
    assert set(scene.wires) == set(network.wires())
    assert scene.selection <= set(network.nodes)
    for name, node in network.nodes.items():
        item = scene.blocks[name]
        assert (item.pos().x(), item.pos().y()) == (node.x, node.y)
        assert scene.cells.rects[name] == item.body
    for wire, item in scene.wires.items():
        assert item.route.corners[0] == scene.start_of(wire)
        assert item.route.corners[-1] == scene.end_of(wire)
        assert not item.hidden_end
    # What is drawn equals a drawing made anew.
    fresh = Document(network)
    assert {n: fresh.shapes[n].outputs for n in network.nodes} == {n: document.shapes[n].outputs for n in network.nodes}
    assert {n for n, i in scene.blocks.items() if i.card.error} == {
        p.block for p in document.problems if p.block and p.severity == "error"
    }


def somewhere(rng, view, hand):
    """A point that people would aim at: a port, a block, or anywhere in sight."""
    names = list(view.canvas.blocks)
    kind = rng.random()
    if names and kind < 0.75:
        name = rng.choice(names)
        card = view.canvas.blocks[name].card
        if kind < 0.25 and card.fed:
            return hand.output(name)
        if kind < 0.5 and card.wired:
            return hand.input(name, rng.randrange(len(card.wired)))
        return hand.middle(name)
    area = view.visible_area()
    return QPointF(area.left() + rng.random() * area.width(), area.top() + rng.random() * area.height())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_gestures(view, hand, document, chain, seed):
    rng = random.Random(seed)
    chain(document, "input", "conv2d", "relu", "add", "flatten", "linear", "classification_output")
    view.fit()
    start, depth = document.network.to_json(), document.depth
    types = ("conv2d", "add", "linear", "flatten", "dropout", "lstm", "input")
    for turn in range(250):
        what = rng.random()
        if what < 0.55:
            a, b = somewhere(rng, view, hand), somewhere(rng, view, hand)
            hand.press(a, modifiers=rng.choice((Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)))
            hand.move((a + b) / 2)
            hand.move(b)
            interruption = rng.random()
            if interruption < 0.1:
                hand.key(Qt.Key.Key_Escape)
            elif interruption < 0.2:
                document.undo() if document.depth > depth else None
            elif interruption < 0.25:
                hand.key(Qt.Key.Key_Delete)
            hand.release(b)
        elif what < 0.8:
            hand.key(*rng.choice(KEYS))
        elif what < 0.88 and len(document.network) < 60:
            view.add_block(rng.choice(types))
        elif what < 0.94:
            document.undo() if document.depth > depth else None
        else:
            document.redo()
        if len(document.network) > 80:
            view.select(list(view.canvas.blocks)[40:])
            view.delete_selected()
        if turn % 50 == 49:
            agree(view, document)
            assert view.gesture is None
            assert view.canvas.allowed is None
            assert not view.grab().isNull()
    while document.depth > depth:
        document.undo()
    assert document.network.to_json() == start
    agree(view, document)
