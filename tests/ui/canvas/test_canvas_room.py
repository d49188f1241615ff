"""Groups on the canvas that are arranged, opened and closed: what is seen keeps its room. Real keys."""

import pytest
from PySide6.QtCore import Qt

from designer.graph.document import Document
from designer.graph.edits import Bend, Put
from designer.graph.scenery import Group
from designer.graph.templates import load_template
from tests.ui.canvas.test_canvas_arrange import covered, pierced, settled

LAYERS = ("layer1", "layer2", "layer3")


@pytest.fixture
def layered(qtbot, view):
    """A function that shows the template with its layers as groups, some of them closed, arranged."""

    def show(*closed):
        document = Document(load_template("small-resnet"))
        for path in LAYERS:
            document.do(Put("group", path, Group(path, closed=path in closed)))
        view.bridge.set_document(document)
        view.arrange()
        settled(qtbot, view)
        return document

    return show


def foreign(scene):
    """Frames that cover a block that is not theirs, or one another."""
    frames = scene.frames.frames()
    found = [(a.path, b.path) for a in frames for b in frames if a.path < b.path and a.rect.intersects(b.rect)]
    for frame in frames:
        whole = frame.rect.united(frame.tab)
        found += [
            (frame.path, name)
            for name, item in scene.blocks.items()
            if not name.startswith(f"{frame.path}.") and item.body.intersects(whole)
        ]
    return found


@pytest.mark.parametrize("closed", [(), ("layer2",), LAYERS])
def test_arrange_places_what_is_seen(view, layered, closed):
    document = layered(*closed)
    scene = view.canvas
    assert len(scene.blocks) == 32 - sum(document.network.count(p) - 1 for p in closed)
    assert not covered(scene) and not foreign(scene) and not pierced(scene)
    assert len(scene.frames.frames()) == 3 - len(closed)


def test_one_undo_brings_back_places_and_the_points_of_wires(hand, layered):
    document = layered()
    wire = document.network.wires()[0]
    document.do(Bend(wire, ((900.0, 900.0),)))
    before = document.network.to_json()
    hand.key(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert wire not in document.network.bends
    document.undo()
    assert document.network.to_json() == before


def test_a_card_opens_by_key_and_the_others_make_room(view, hand, layered):
    document = layered(*LAYERS)
    scene = view.canvas
    before = document.network.to_json()
    for path in LAYERS:
        view.select([path])
        corner = scene.blocks[path].pos()
        hand.key(Qt.Key.Key_E)
        first = scene.blocks[f"{path}.conv1"]
        assert first.body.center().x() == pytest.approx(corner.x() + 108, abs=1)
        assert not covered(scene) and not foreign(scene)
    for _ in LAYERS:
        document.undo()
    assert document.network.to_json() == before
    assert set(LAYERS) <= set(scene.blocks)


def test_a_group_closes_by_key_where_its_first_block_was(view, hand, layered):
    layered()
    scene = view.canvas
    for path in LAYERS:
        at = scene.blocks[f"{path}.conv1"].body.center()
        view.select([f"{path}.bn1"])
        hand.key(Qt.Key.Key_E)
        card = scene.blocks[path].body
        assert (card.center().x(), card.top()) == pytest.approx((at.x(), at.y() - 34), abs=1)
        assert not covered(scene) and not foreign(scene)


def test_inside_a_group_the_stubs_follow(view, qtbot, layered):
    document = layered("layer2")
    outside = {n: (b.x, b.y) for n, b in document.network.nodes.items() if not n.startswith("layer2.")}
    view.inside.enter("layer2")
    view.arrange()
    settled(qtbot, view)
    scene = view.canvas
    assert not covered(scene)
    top = min(item.body.top() for item in scene.blocks.values())
    low = max(item.body.bottom() for item in scene.blocks.values())
    assert all(s.body.bottom() < top or s.body.top() > low for s in scene.stubs.values())
    out = next(s for s in scene.stubs.values() if s.body.top() > low)
    assert out.body.center().x() == pytest.approx(scene.blocks["layer2.relu2"].body.center().x(), abs=1)
    assert {n: (b.x, b.y) for n, b in document.network.nodes.items() if n in outside} == outside
    view.select(["layer2.relu2"])
    view.nudge(0, 10)
    assert out.body.top() > scene.blocks["layer2.relu2"].body.bottom(), "a stub stays below what it reads"
