"""The layout: no overlap, wires run forward, chains are straight."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.graph.arrange import arrange
from designer.graph.document import Document
from designer.graph.edits import AddBlock, Batch, Connect
from designer.graph.model import Network, Wire
from designer.graph.templates import load_template, templates


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Network, dict[str, tuple[float, float]]]:
    count = draw(st.integers(1, 24))
    document = Document()
    document.do(Batch("add", tuple(AddBlock(f"b{i}", "concatenate") for i in range(count))))
    slots = [0] * count
    for i in range(1, count):
        for j in draw(st.lists(st.integers(0, i - 1), max_size=3, unique=True)):
            document.do(Connect(Wire(f"b{j}", 0, f"b{i}", slots[i])))
            slots[i] += 1
    sizes = {f"b{i}": (draw(st.floats(40, 400)), draw(st.floats(30, 200))) for i in range(count)}
    return document.network, sizes


@settings(deadline=None)
@given(graphs(), st.sampled_from(["down", "right"]))
def test_no_overlap_and_every_wire_runs_forward(
    drawn: tuple[Network, dict[str, tuple[float, float]]], way: str
) -> None:
    network, sizes = drawn
    places = arrange(network, sizes, "right" if way == "right" else "down").positions
    assert set(places) == set(network.nodes)
    for a, b in combinations(places, 2):
        (ax, ay), (bx, by) = places[a], places[b]
        aw, ah = sizes[a]
        bw, bh = sizes[b]
        assert ax + aw <= bx + 0.2 or bx + bw <= ax + 0.2 or ay + ah <= by + 0.2 or by + bh <= ay + 0.2
    axis = 0 if way == "right" else 1
    for wire in network.wires():
        assert places[wire.src][axis] + sizes[wire.src][axis] < places[wire.dst][axis]


@pytest.mark.parametrize("name", [t.name for t in templates() if len(t.network)])
def test_templates_stand_in_straight_columns(name: str) -> None:
    network = load_template(name)
    sizes = dict.fromkeys(network.nodes, (208.0, 64.0))
    places = arrange(network, sizes).positions
    for wire in network.wires():
        if len(network.outputs_of(wire.src)) == 1 and len(network.inputs_of(wire.dst)) == 1:
            assert places[wire.src][0] == pytest.approx(places[wire.dst][0])


def test_only_the_selection_moves() -> None:
    network = load_template("lenet5")
    assert set(arrange(network, dict.fromkeys(network.nodes, (100.0, 40.0)), only=["c1", "tanh1"]).positions) == {
        "c1",
        "tanh1",
    }


def test_a_long_spine_folds_into_columns_that_fit_the_view() -> None:
    network = load_template("small-resnet")
    sizes = dict.fromkeys(network.nodes, (216.0, 68.0))
    places = arrange(network, sizes, fold=1.6).positions
    for a, b in combinations(places, 2):
        (ax, ay), (bx, by) = places[a], places[b]
        assert abs(ax - bx) >= 216 or abs(ay - by) >= 68
    wide = max(x for x, _ in places.values()) + 216 - min(x for x, _ in places.values())
    high = max(y for _, y in places.values()) + 68 - min(y for _, y in places.values())
    tall = max(y for _, y in arrange(network, sizes).positions.values())
    assert high < tall / 2 and 0.6 < wide / high < 3.2
    back = [w for w in network.wires() if places[w.dst][1] < places[w.src][1]]
    assert len(back) == len({places[n][0] for n in places if places[n][1] == 0}) - 1  # one wire from column to column


def test_a_short_network_stays_one_column() -> None:
    network = load_template("lenet5")
    sizes = dict.fromkeys(network.nodes, (216.0, 4.0))
    assert arrange(network, sizes, fold=1.6) == arrange(network, sizes)
