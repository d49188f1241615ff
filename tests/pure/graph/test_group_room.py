"""Closing and opening groups: where cards and blocks come to lie, and who makes room."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.errors import EditRefused
from designer.graph.arrange import arrange_shown, place_of
from designer.graph.document import Document
from designer.graph.edits import Bend, Move, Put, SetMarks, apply
from designer.graph.groups import close_group, group, open_group, ungroup
from designer.graph.model import Network, Wire
from designer.graph.scenery import Group, Note
from designer.graph.templates import load_template
from designer.graph.visible import Visible
from tests.pure.graph.grouped import SIZE, boxes_of, covered, nested, over, scattered, trespassing

LAYERS = ("layer1", "layer2", "layer3")


def size(name: str) -> tuple[float, float]:
    return SIZE


def resnet(fold: float | None = 1.6, closed: bool = False) -> Document:
    """The template with its layers as groups, arranged inside and as a whole."""
    document = Document(load_template("small-resnet"))
    for closing in (False, True)[: 1 + closed]:
        for path in LAYERS:
            document.do(Put("group", path, Group(path, closed=closing)))
        document.do(arrange_shown(Visible(document.network), size, fold=fold))
    return document


def inside(network: Network, path: str) -> dict[str, tuple[float, float]]:
    """Where what is seen inside lies, from the first."""
    places = {n: place_of(network, n) for n in sorted(Visible(network, path).names())}
    x, y = next(iter(places.values()))
    return {n: (round(a - x, 1), round(b - y, 1)) for n, (a, b) in places.items()}


@pytest.mark.parametrize("fold", [None, 1.6])
@pytest.mark.parametrize("path", LAYERS)
def test_a_card_lies_where_the_first_block_was_and_what_follows_comes_near(path: str, fold: float | None) -> None:
    document = resnet(fold)
    network = document.network
    before = {n: (b.x, b.y) for n, b in network.nodes.items()}
    document.do(close_group(document, path))
    card = network.groups[path]
    assert (card.x, card.y) == before[f"{path}.conv1"]
    assert not covered(boxes_of(network)) and not trespassing(network, boxes_of(network))
    if fold is None:
        follower = {"layer1": "layer2.conv1", "layer2": "layer3.conv1", "layer3": "pool"}[path]
        assert network[follower].y - card.y < 220
    document.do(open_group(document, path))
    for name, at in before.items():
        assert (network[name].x, network[name].y) == pytest.approx(at, abs=0.3), "opened again, all is as it was"


def test_three_cards_that_open_one_after_the_other_leave_a_drawing_without_overlaps() -> None:
    document = resnet(fold=None, closed=True)
    for path in LAYERS:
        document.do(open_group(document, path, size))
        boxes = boxes_of(document.network)
        assert not covered(boxes) and not trespassing(document.network, boxes)
    for wire in document.network.wires():
        assert document.network[wire.src].y < document.network[wire.dst].y
    depth = document.depth
    for _ in LAYERS:
        document.undo()
    assert document.depth == depth - 3 and len(boxes_of(document.network)) == 10


def test_a_card_that_was_never_placed_inside_is_arranged_when_it_opens() -> None:
    document = resnet(closed=True)
    apply(document.network, Move(dict.fromkeys(document.network.inside("layer2"), (0.0, 0.0))))
    document.do(open_group(document, "layer2", size))
    boxes = boxes_of(document.network)
    assert not covered(boxes) and not trespassing(document.network, boxes)


def test_frames_around_grow_and_what_is_below_them_makes_room() -> None:
    document = resnet()
    document.do(group(document, ["layer2.conv1", "layer2.bn1", "layer2.relu1"], "layer2.head", sizes=size))
    document.do(arrange_shown(Visible(document.network), size))
    network = document.network
    low = network["layer2.add"].y
    document.do(open_group(document, "layer2.head", size))
    assert network["layer2.add"].y > low
    boxes = boxes_of(network)
    assert not covered(boxes) and not trespassing(network, boxes)


def test_pinned_blocks_do_not_make_room_and_notes_go_with_the_blocks() -> None:
    document = resnet(fold=None, closed=True)
    network = document.network
    document.do(SetMarks(("output",), {"pinned": True}))
    at = network["pool"]
    document.do(Put("note", "head", Note("head", "frame", at.x - 20, at.y - 30, 300.0, 110.0)))
    whole = Note("whole", "frame", -60.0, -60.0, 400.0, at.y + 400.0)
    document.do(Put("note", "whole", whole))
    document.do(Put("note", "in", Note("in", x=50.0, y=60.0, scope="layer3")))
    document.do(Move({"layer3": (network.groups["layer3"].x + 8.0, network.groups["layer3"].y)}))
    before, pool = network["output"], network["pool"].y
    down = network["layer3.conv1"].x
    document.do(open_group(document, "layer3", size))
    assert (network["output"].x, network["output"].y) == (before.x, before.y)
    grown = network["pool"].y - pool
    assert grown > 300
    assert network.notes["head"].y == at.y - 30 + grown
    assert network.notes["whole"].height == whole.height + grown and network.notes["whole"].y == whole.y
    assert network.notes["in"].x - 50.0 == network["layer3.conv1"].x - down


def test_points_of_wires_go_with_both_their_ends() -> None:
    document = resnet(fold=None, closed=True)
    network = document.network
    tail = Wire("pool", 0, "fc", 0)
    inner = next(w for w in network.wires() if w.src == "layer3.conv1")
    for wire in (tail, inner):
        document.do(Bend(wire, ((5.0, 5.0),)))
    before = network["pool"].y, network["layer3.conv1"].y
    document.do(open_group(document, "layer3", size))
    assert network.bends[tail] == ((5.0, round(5.0 + network["pool"].y - before[0], 1)),)
    assert network.bends[inner][0][1] == pytest.approx(5.0 + network["layer3.conv1"].y - before[1])


def test_grouping_puts_the_card_where_the_first_block_was_and_ungrouping_makes_room() -> None:
    document = Document(load_template("lenet5"))
    document.do(arrange_shown(Visible(document.network), size))
    network = document.network
    order = network.order()
    before = {n: (network[n].x, network[n].y) for n in order}
    document.do(group(document, order[2:5], "middle", sizes=size))
    card = network.groups["middle"]
    assert (card.x, card.y) == before[order[2]]
    assert network[order[5]].y == before[order[3]][1], "the next one follows right below"
    document.do(ungroup(document, "middle", size))
    assert not covered(boxes_of(network))
    assert [network[n].y for n in order] == sorted(network[n].y for n in order)


def test_a_foreign_block_where_the_card_would_lie_is_not_covered() -> None:
    document = Document(load_template("lenet5"))
    network = document.network
    order = network.order()
    document.do(Move({n: (0.0, 124.0 * i) for i, n in enumerate(order)}))
    document.do(Move({order[-1]: (100.0, 124.0 * 2 + 30.0)}))
    document.do(group(document, order[2:4], sizes=size))
    assert not covered(boxes_of(network))


@settings(deadline=None)
@given(nested(), st.data())
def test_open_after_close_keeps_the_inside_and_covers_nothing_new(network: Network, data: st.DataObject) -> None:
    if data.draw(st.booleans()):
        scattered(data.draw, network)
    else:
        apply(network, arrange_shown(Visible(network), size))
    document = Document(network)
    paths = [p for p in network.groups if all(not network.groups[q].closed for q in network.groups if p != q)]
    if not paths:
        return
    path = data.draw(st.sampled_from(sorted(paths)))
    tidy = not covered(boxes_of(network)) and not trespassing(network, boxes_of(network))
    places = inside(network, path)
    steps = (open_group, close_group, open_group) if network.groups[path].closed else (close_group, open_group)
    for step in steps:
        try:
            document.do(step(document, path, size))
        except EditRefused:
            return  # the card would be part of a loop
        boxes = boxes_of(network)
        if tidy:
            assert not covered(boxes) and not trespassing(network, boxes)
        elif path in boxes:
            assert not any(over(boxes[path], box) for name, box in boxes.items() if name != path)
    if len(set(places.values())) == len(places):
        assert inside(network, path) == places
