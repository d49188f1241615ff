"""Arranging with groups: frames lie apart and hold nothing foreign, cards count as blocks, the inside stays inside."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.arrange.drawing import Drawing, Line
from designer.arrange.frames import frames
from designer.graph.arrange import arrange_shown, frames_around
from designer.graph.document import Document
from designer.graph.edits import AddBlock, Bend, Connect, Move, Put, SetMarks, apply
from designer.graph.groups import group
from designer.graph.model import Network, Wire
from designer.graph.scenery import Group
from designer.graph.templates import load_template
from designer.graph.visible import Visible
from tests.pure.arrange.traced import laid, pierced
from tests.pure.graph.grouped import SIZE, boxes_of, covered, nested, scattered, show_groups, traced, trespassing

LAYERS = ("layer1", "layer2", "layer3")


def size(name: str) -> tuple[float, float]:
    return SIZE


def arranged(network: Network, way: str = "down", fold: float | None = 1.6, scope: str = "") -> None:
    apply(network, arrange_shown(Visible(network, scope), size, "right" if way == "right" else "down", fold=fold))


def small_resnet(*closed: str) -> Network:
    network = load_template("small-resnet")
    for path in LAYERS:
        apply(network, Put("group", path, Group(path, closed=path in closed)))
    return network


def through_blocks(network: Network) -> int:
    """How many wires of a drawing run through blocks."""
    boxes = boxes_of(network)
    wires = set(Visible(network).wires().values())
    lines = [Line(w.src, w.dst, SIZE[0] / 2, SIZE[0] / 2) for w in sorted(wires)]
    drawn = Drawing(dict.fromkeys(boxes, SIZE), lines)
    places = {n: box[:2] for n, box in boxes.items()}
    return len(pierced(drawn, places, *laid(drawn, places)))


@pytest.mark.parametrize("closed", [(), ("layer2",), LAYERS])
def test_the_groups_of_a_template_stand_apart_in_any_mixture(closed: tuple[str, ...]) -> None:
    network = small_resnet(*closed)
    arranged(network)
    boxes = boxes_of(network)
    assert len(boxes) == 32 - sum(network.count(p) - 1 for p in closed)
    assert not covered(boxes) and not trespassing(network, boxes) and not through_blocks(network)
    before = network.to_json()
    arranged(network)
    assert network.to_json() == before, "arranged twice is arranged once"


def test_a_spine_folds_between_groups_and_runs_straight_through_them() -> None:
    network = small_resnet()
    arranged(network)
    for path in LAYERS:
        tops = [network[f"{path}.{n}"] for n in ("conv1", "bn1", "relu1", "conv2", "bn2", "add", "relu2")]
        assert all(a.x == b.x and a.y < b.y for a, b in pairwise(tops)), "no fold inside a group"
    assert network["layer2.downsample"].y == network["layer2.conv1"].y, "what is fed from outside stands at the top"
    arranged(network, fold=None)
    spine = [w for w in network.wires() if "downsample" not in w.dst and "bn3" not in w.src + w.dst]
    assert {network[w.dst].x for w in spine} == {network["input"].x}


@pytest.mark.parametrize("name", ["resnet18", "googlenet", "efficientnet_b0"])
@pytest.mark.parametrize("deep", [1, 9])
def test_the_stages_of_a_traced_model_as_open_groups(name: str, deep: int) -> None:
    network = show_groups(traced(name), deep=deep)
    arranged(network)
    boxes = boxes_of(network)
    assert not covered(boxes) and not trespassing(network, boxes) and not through_blocks(network)


@settings(deadline=None)
@given(nested(), st.sampled_from(["down", "right"]), st.sampled_from([None, 1.6]), st.data())
def test_frames_lie_apart_and_hold_nothing_foreign(
    network: Network, way: str, fold: float | None, data: st.DataObject
) -> None:
    if data.draw(st.booleans()):
        scattered(data.draw, network)
    arranged(network, way, fold)
    boxes = boxes_of(network)
    assert not covered(boxes) and not trespassing(network, boxes)
    if way == "down" and fold is None:
        arranged(network, way, fold)
        again = boxes_of(network)
        far = max(abs(a - b) for n in boxes for a, b in zip(boxes[n], again[n], strict=True))
        assert far < 0.5, "arranged twice is arranged once"


@settings(deadline=None, max_examples=40)
@given(nested(), st.data())
def test_pinned_blocks_stay_also_in_frames(network: Network, data: st.DataObject) -> None:
    seen = sorted(n for n in Visible(network).names() if n in network)
    if not seen:
        return
    pinned = data.draw(st.lists(st.sampled_from(seen), min_size=1, max_size=2, unique=True))
    apply(network, Move({n: (700.0 * i, 333.0) for i, n in enumerate(pinned)}))
    apply(network, SetMarks(tuple(pinned), {"pinned": True}))
    arranged(network)
    assert [(network[n].x, network[n].y) for n in pinned] == [(700.0 * i, 333.0) for i in range(len(pinned))]


def test_inside_a_group_only_its_own_blocks_move() -> None:
    network = small_resnet(*LAYERS)
    before = network.to_json()
    inside = set(network.inside("layer2"))
    apply(network, Move({n: (0.0, 37.0 * i) for i, n in enumerate(sorted(inside))}))
    arranged(network, scope="layer2")
    assert not covered(boxes_of(network, "layer2"))
    assert network["layer2.downsample"].y == network["layer2.conv1"].y
    top = min(network[n].y for n in inside)
    arranged(network, scope="layer2")
    assert min(network[n].y for n in inside) == top, "it stays where it was"
    others = [b for b in network.to_json()["blocks"] if b["name"] not in inside]
    assert others == [b for b in before["blocks"] if b["name"] not in inside]


def test_a_selection_goes_aside_of_frames_that_stay() -> None:
    network = small_resnet()
    arranged(network)
    around = frames(boxes_of(network), frames_around(network, network.nodes))
    apply(network, Move({"pool": (around["layer2"][0] + 60, 300.0), "fc": (around["layer2"][0] + 60, 300.0)}))
    apply(network, arrange_shown(Visible(network), size, only=["pool", "fc"]))
    assert not trespassing(network, boxes_of(network))


def test_points_that_wires_were_led_through_go_unless_both_ends_are_pinned() -> None:
    document = Document(load_template("lenet5"))
    network = document.network
    first, second, third = network.wires()[:3]
    for wire in (first, second, third):
        document.do(Bend(wire, ((5.0, 5.0),)))
    document.do(SetMarks((first.src, first.dst), {"pinned": True}))
    document.do(arrange_shown(Visible(network), size))
    assert set(network.bends) == {w for w in (first, second, third) if {w.src, w.dst} <= {first.src, first.dst}}
    document.undo()
    assert set(network.bends) == {first, second, third}


def test_wires_inside_a_closed_group_keep_their_points() -> None:
    document = Document(load_template("lenet5"))
    names = document.network.order()[2:5]
    document.do(group(document, names, "middle"))
    network = document.network
    hidden = next(w for w in network.wires() if w.src.startswith("middle.") and w.dst.startswith("middle."))
    seen = next(w for w in network.wires() if not w.src.startswith("middle."))
    document.do(Bend(hidden, ((5.0, 5.0),)))
    document.do(Bend(seen, ((5.0, 5.0),)))
    document.do(arrange_shown(Visible(network), size))
    assert set(network.bends) == {hidden}


def test_a_card_that_came_to_lie_in_a_loop_is_arranged_all_the_same() -> None:
    loop = Network()
    for name in ("a.x", "b", "a.y"):
        apply(loop, AddBlock(name, "relu"))
    apply(loop, Connect(Wire("a.x", 0, "b", 0)))
    apply(loop, Connect(Wire("b", 0, "a.y", 0)))
    for closed in (True, False):
        apply(loop, Put("group", "a", Group("a", closed=closed)))
        arranged(loop)
        boxes = boxes_of(loop)
        assert not covered(boxes) and not trespassing(loop, boxes)
