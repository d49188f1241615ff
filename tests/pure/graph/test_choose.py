"""What is chosen by way of the wires, against networkx as an independent truth."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.errors import EditRefused
from designer.graph import choose
from designer.graph.document import Document
from designer.graph.edits import AddBlock, Connect
from designer.graph.model import Network, Wire
from tests.pure.graph.drawing import an_edit


@st.composite
def drawings(draw: st.DrawFn) -> tuple[Network, list[str]]:
    """A random network and some of its blocks."""
    document = Document()
    for _ in range(draw(st.integers(3, 25))):
        try:
            document.do(draw(an_edit(document)))
        except EditRefused:
            continue
    names = document.network.names()
    return document.network, draw(st.lists(st.sampled_from(names), unique=True)) if names else []


@given(drawings())
def test_choices_equal_networkx(drawing: tuple[Network, list[str]]) -> None:
    network, names = drawing
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(network.nodes)
    graph.add_edges_from((w.src, w.dst) for w in network.wires())
    chosen = set(names)
    assert choose.above(network, names) == chosen.union(*(nx.ancestors(graph, n) for n in names))
    assert choose.below(network, names) == chosen.union(*(nx.descendants(graph, n) for n in names))
    paths = [p for a in names for b in names if a != b for p in nx.all_simple_paths(graph, a, b)]
    assert choose.between(network, names) == chosen.union(*paths)
    links = graph.to_undirected()
    assert choose.grown(network, names) == chosen.union(*(links[n] for n in names))
    assert choose.shrunk(network, names) == {n for n in names if set(links[n]) <= chosen}
    hanging = [nx.node_connected_component(links, n) for n in names]
    assert choose.connected(network, names) == chosen.union(*hanging)
    assert choose.others(network, names) | chosen == set(network.nodes)
    assert not choose.others(network, names) & chosen
    assert {network[n].type for n in choose.alike(network, names)} == {network[n].type for n in names}
    assert choose.alike(network, names) >= chosen


@given(drawings())
def test_steps_follow_wires_and_sideways_ones_lead_back(drawing: tuple[Network, list[str]]) -> None:
    network, _ = drawing
    links = choose.links_of(network)
    for name in network.nodes:
        up, down = choose.step(links, name, "up"), choose.step(links, name, "down")
        assert (up is None) == (not list(network.predecessors(name)))
        assert up is None or up in network.predecessors(name)
        assert (down is None) == (not list(network.successors(name)))
        assert down is None or down in network.successors(name)
        right = choose.step(links, name, "right")
        assert right is None or network[right].x >= network[name].x


def test_what_is_not_there_is_left_out() -> None:
    assert choose.above(Network(), ["gone"]) == set()


@pytest.fixture
def fork() -> Document:
    """input1 feeds relu1, relu2 and relu3, side by side; all of them feed add1, in another order."""
    document = Document()
    document.do(document.new_block("input", 300, 0))
    for x in (0, 300, 600):
        document.do(document.new_block("relu", x, 100))
    add = document.new_block("concatenate", 300, 200)
    document.do(AddBlock("add1", add.type, add.params, add.x, add.y))
    for slot, name in enumerate(("relu3", "relu1", "relu2")):
        document.do(Connect(Wire("input1", 0, name, 0)))
        document.do(Connect(Wire(name, 0, "add1", slot)))
    return document


def test_steps_on_a_fork(fork: Document) -> None:
    network = fork.network
    links = choose.links_of(network)
    assert choose.step(links, "input1", "down") == "relu2"  # straight below
    assert choose.step(links, "add1", "up") == "relu3"  # its first input
    assert choose.step(links, "relu2", "left") == "relu1"
    assert choose.step(links, "relu2", "right") == "relu3"
    assert choose.step(links, "relu3", "right") is None
    assert choose.step(links, "add1", "down") is None
    assert choose.between(network, ["input1", "add1"]) == set(network.nodes)
