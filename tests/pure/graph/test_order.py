"""Orders and reachability, against networkx as an independent truth."""

from __future__ import annotations

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from designer.errors import EditRefused
from designer.graph.document import Document
from designer.graph.model import Network, natural
from tests.pure.graph.drawing import an_edit


def twin(network: Network) -> nx.MultiDiGraph[str]:
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    graph.add_nodes_from(network.nodes)
    graph.add_edges_from((w.src, w.dst) for w in network.wires())
    return graph


@given(st.data())
def test_orders_and_reach_equal_networkx(data: st.DataObject) -> None:
    document = Document()
    for _ in range(data.draw(st.integers(3, 20))):
        try:
            document.do(data.draw(an_edit(document)))
        except EditRefused:
            continue
    network = document.network
    graph = twin(network)
    assert network.order() == list(nx.lexicographical_topological_sort(graph, key=natural))
    positions = network.positions()
    assert all(positions[w.src] < positions[w.dst] for w in network.wires())
    assert len(set(positions.values())) == len(network)
    for name in network.nodes:
        assert network.upstream([name]) == nx.ancestors(graph, name) | {name}
        assert network.downstream([name]) == nx.descendants(graph, name) | {name}
        for other in network.nodes:
            assert network.reaches(name, other) == nx.has_path(graph, name, other)
        assert sorted(network.successors(name)) == sorted(graph.successors(name))
        assert sorted(network.predecessors(name)) == sorted(graph.predecessors(name))
