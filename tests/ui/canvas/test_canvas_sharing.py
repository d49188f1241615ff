"""Shared layers and blocks with several outputs on the canvas, through menus and wires."""

import pytest
from PySide6.QtCore import QPointF

from designer.graph.edits import Rename, SetParams
from designer.graph.groups import group
from designer.graph.model import Wire
from designer.ui.actions.qt import context_menu
from designer.ui.canvas.spoken import spoken
from designer.ui.panels.inspector import Inspector


@pytest.fixture
def row(view, document, chain):
    """input1 → linear1 → relu1 → linear2 → relu2 → linear3."""
    names = chain(document, "input", "linear", "relu", "linear", "relu", "linear")
    document.do(SetParams(names[0], {"size": (128,)}))
    view.fit()
    return names


def choose(view, words):
    """Trigger a row of the context menu, if it is there and enabled."""
    menu = context_menu(view, over_something=True)
    try:
        found = [a for a in menu.actions() if a.text().replace("&", "") == words and a.isEnabled()]
        for action in found:
            action.trigger()
        return bool(found)
    finally:
        menu.deleteLater()


def test_share_and_unshare_from_the_menu(view, document, row, qtbot):
    first, second, third = row[1], row[3], row[5]
    view.select([second])
    assert not choose(view, "Share layer") and not choose(view, "Unshare layer")
    view.select([first, row[2]])
    assert not choose(view, "Share layer")  # of two types
    view.select([first, second])
    with qtbot.waitSignal(view.statusMessage) as heard:
        assert choose(view, "Share layer")
    assert heard.args[0].startswith(f"{second} calls the layer of {first}")
    cards = {name: view.canvas.blocks[name].card for name in row}
    assert (cards[first].layer, cards[second].layer) == ("", first) and cards[second].kind == f"Linear of {first}"
    assert cards[first].linked and cards[second].linked and not cards[third].linked
    assert cards[first].count and not cards[second].count  # weights are told where they are owned
    assert f"Shares the layer of {first}" in spoken(document, second)
    assert f"Its layer is shared by {second}" in spoken(document, first)
    document.do(Rename(first, "stem"))
    assert view.canvas.blocks[second].card.layer == "stem"
    view.select([second])
    assert choose(view, "Unshare layer")
    card = view.canvas.blocks[second].card
    assert not card.linked and card.kind == "Linear" and card.count
    document.undo()
    assert view.canvas.blocks[second].card.layer == "stem"


def test_inside_a_group_the_owner_is_named_as_seen_there(view, document, row):
    view.select([row[1], row[3]])
    assert choose(view, "Share layer")
    document.do(group(document, row[1:4], "body"))
    view.inside.enter("body")
    assert view.canvas.blocks[f"body.{row[3]}"].card.layer == row[1]


def test_the_inspector_says_it_and_takes_it_back(view, bridge, document, row, qtbot):
    inspector = Inspector(bridge)
    qtbot.addWidget(inspector)
    inspector.show()
    inspector.show_blocks([row[1]])
    assert not inspector.shared.isVisible()
    view.select([row[1], row[3], row[5]])
    assert choose(view, "Share layer")
    assert inspector.shared.words.text() == f"Its layer is shared by {row[3]} and {row[5]}"
    inspector.show_blocks([row[5]])
    assert inspector.shared.words.text() == f"Shares the layer of {row[1]}" and inspector.shared.isVisible()
    inspector.shared.button.click()
    assert document.network[row[5]].shares == "" and document.network[row[3]].shares == row[1]
    assert not inspector.shared.isVisible()
    inspector.show_blocks([row[1], row[3]])
    assert not inspector.shared.isVisible()


def test_a_block_has_as_many_ports_as_its_parameters_say(view, document, hand, chain):
    names = chain(document, "input", "chunk")
    chunk = names[1]
    document.do(SetParams(chunk, {"chunks": 4, "dim": -1}))
    relu = document.do(document.new_block("relu", 0, 320)).edit.name
    view.fit()
    view.zoom_reset()
    view.centerOn(QPointF(100, 200))
    assert view.canvas.blocks[chunk].card.fed == (False,) * 4
    hand.drag(hand.output(chunk, 2), hand.input(relu))
    wire = Wire(chunk, 2, relu, 0)
    assert document.network.has_wire(wire) and view.canvas.wires[wire].label.startswith("B×")
    assert view.canvas.blocks[chunk].card.fed == (False, False, True, False)
    end = hand.output(chunk, 2)
    document.do(SetParams(chunk, {"chunks": 7}))  # the ports move, and the wire with them
    assert hand.output(chunk, 2) != end
    start = view.canvas.wires[wire].route.path.elementAt(0)
    assert (start.x, start.y) == pytest.approx((hand.output(chunk, 2).x(), hand.output(chunk, 2).y()))
    refused = []
    view.bridge.refused.connect(refused.append)
    assert view.bridge.do(SetParams(chunk, {"chunks": 2})) is None
    assert "Remove the wires from output 3 first" in refused[0]


def test_ports_of_a_closed_group_follow_the_outputs_inside(view, document, chain):
    names = chain(document, "input", "chunk")
    document.do(SetParams(names[1], {"dim": -1}))
    document.do(group(document, [names[1]], "parts"))
    assert len(view.canvas.blocks["parts"].card.fed) == 2
    document.do(SetParams(f"parts.{names[1]}", {"chunks": 4}))
    assert len(view.canvas.blocks["parts"].card.fed) == 4
    document.undo()
    assert len(view.canvas.blocks["parts"].card.fed) == 2
