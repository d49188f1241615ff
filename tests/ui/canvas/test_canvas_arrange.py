"""Arrange on the canvas: what is drawn keeps what the engine promises."""

from itertools import combinations, pairwise

import pytest
from PySide6.QtCore import QPointF, QRectF, Qt

from designer.graph.document import Document
from designer.graph.edits import AddBlock, Connect, Move, SetMarks, apply
from designer.graph.model import Network, Wire
from tests.pure.arrange.traced import topology

KINDS = {"Conv2d": "conv2d", "BatchNorm2d": "batch_norm2d", "ReLU": "relu", "MaxPool2d": "max_pool2d"}


def traced(name):
    """The drawing of a traced model: its wires, and blocks that look like its own, all at one place."""
    kinds, wires = topology(name)
    inputs = [sum(w[1] == i for w in wires) for i in range(len(kinds))]
    network = Network()
    for i, kind in enumerate(kinds):
        found = "concatenate" if inputs[i] > 2 else "add" if inputs[i] == 2 else KINDS.get(kind, "relu")
        apply(network, AddBlock(f"b{i}", "input" if kind == "placeholder" else found, {}, 0.0, 0.0))
    slots = [0] * len(kinds)
    for src, dst, _ in wires:
        apply(network, Connect(Wire(f"b{src}", 0, f"b{dst}", slots[dst])))
        slots[dst] += 1
    return Document(network)


def sampled(item):
    """Points on the very curve that is painted."""
    path = item.route.path
    count = 2 + int(path.length() / 5)
    return [path.pointAtPercent(i / count) for i in range(1, count)]


def pierced(scene):
    """Wires that are painted through a card other than those at their ends."""
    found = []
    for wire, item in scene.wires.items():
        for point in sampled(item):
            near = scene.cells.within(QRectF(point.x() - 0.5, point.y() - 0.5, 1, 1))
            if any(name not in (wire.src, wire.dst) for name in near):
                found.append(wire)
                break
    return found


def covered(scene):
    bodies = [item.body for item in scene.blocks.values()]
    return [(a, b) for a, b in combinations(bodies, 2) if a.intersects(b)]


def settled(qtbot, view):
    qtbot.waitUntil(lambda: not view.glide.running)


@pytest.mark.parametrize("name", ["resnet18", "googlenet"])
def test_no_wire_of_an_arranged_model_is_painted_through_a_card(qtbot, view, name):
    view.bridge.set_document(traced(name))
    view.arrange()
    settled(qtbot, view)
    assert not covered(view.canvas) and pierced(view.canvas) == []


def test_after_a_move_by_hand_wires_go_around_the_block_that_was_put_in_their_way(qtbot, view, hand):
    view.bridge.set_document(traced("resnet18"))
    view.arrange()
    settled(qtbot, view)
    scene = view.canvas
    name = next(n for n in scene.blocks if len(view.document.network.inputs_of(n)) == 2)
    view.set_zoom(0.6)
    skip = max((scene.wires[w] for w in view.document.network.inputs_of(name)), key=lambda i: len(i.route.corners))
    rail = skip.route.middle
    moved = view.document.network.order()[-1]
    view.centerOn(rail)
    at = view.visible_area().bottomLeft() + QPointF(140, -140)
    assert view.canvas.blocks[moved].body.width() < 460
    view.document.do(Move({moved: (at.x(), at.y())}))
    assert skip.wire not in pierced(scene)
    hand.drag(hand.middle(moved) + QPointF(30, 0), rail + QPointF(30, 0))
    assert scene.blocks[moved].body.contains(rail)
    assert skip.wire not in pierced(scene), "the rail goes aside"


def test_pinned_blocks_stay_when_all_others_are_arranged(qtbot, view):
    view.bridge.set_document(traced("resnet18"))
    document = view.document
    view.arrange()
    settled(qtbot, view)
    document.do(Move({"b9": (700.0, 333.0)}))
    document.do(SetMarks(("b9",), {"pinned": True}))
    view.arrange()
    settled(qtbot, view)
    assert (document.network["b9"].x, document.network["b9"].y) == (700.0, 333.0)
    assert not covered(view.canvas)


def test_only_the_selected_blocks_are_arranged_and_cover_none_of_the_others(qtbot, view):
    view.bridge.set_document(traced("resnet18"))
    document = view.document
    view.arrange()
    settled(qtbot, view)
    others = {n: (b.x, b.y) for n, b in document.network.nodes.items() if n not in ("b5", "b6", "b7", "b8")}
    view.select(["b5", "b6", "b7", "b8"])
    view.arrange("right")
    settled(qtbot, view)
    assert {n: (document.network[n].x, document.network[n].y) for n in others} == others
    assert not covered(view.canvas)


def test_left_to_right_runs_between_the_cards_and_is_one_edit(qtbot, view, document, chain, hand):
    names = chain(document, "input", "conv2d", "relu", "max_pool2d", "flatten", "linear")
    depth = document.depth
    view.arrange("right")
    settled(qtbot, view)
    assert document.depth == depth + 1
    bodies = [view.canvas.blocks[n].body for n in names]
    assert all(a.right() < b.left() for a, b in pairwise(bodies))
    assert len({b.center().y() for b in bodies}) == 1 and pierced(view.canvas) == []
    for wire, item in view.canvas.wires.items():
        ends = [view.canvas.blocks[n].body.adjusted(1, 1, -1, -1) for n in (wire.src, wire.dst)]
        assert not any(end.contains(p) for p in sampled(item) for end in ends)
    hand.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(view.selected()) == len(names)
