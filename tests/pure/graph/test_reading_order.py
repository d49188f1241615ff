"""Reading a drawing numbers its blocks once, in whatever order its blocks and wires are written."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.errors import FileDamaged
from designer.graph import model
from designer.graph.model import Network, Wire
from designer.graph.reading import network_from_json


def data(blocks: list[str], wires: list[tuple[str, str]]) -> dict[str, Any]:
    slots = dict.fromkeys(blocks, 0)
    rows = []
    for src, dst in wires:
        rows.append([src, 0, dst, slots.get(dst, 0)])
        slots[dst] = slots.get(dst, 0) + 1
    return {"blocks": [{"name": name, "type": "add", "params": {}, "at": [0, 0]} for name in blocks], "wires": rows}


@given(st.data())
def test_any_order_gives_the_same_network(draw: st.DataObject) -> None:
    names = [f"b{i}" for i in range(draw.draw(st.integers(2, 12)))]
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    wires = draw.draw(st.lists(st.sampled_from(pairs), max_size=20, unique=True))
    rows = data(names, wires)
    one = network_from_json(rows)
    other = network_from_json(
        {"blocks": draw.draw(st.permutations(rows["blocks"])), "wires": draw.draw(st.permutations(rows["wires"]))}
    )
    assert one == other and one.order() == other.order()
    places = other.positions()
    assert all(places[wire.src] < places[wire.dst] for wire in other.wires())


def test_a_long_drawing_written_backwards_is_numbered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    sorter = model.TopologicalSorter

    def counted(graph: dict[str, Any]) -> Any:
        made.append(len(graph))
        return sorter(graph)

    monkeypatch.setattr(model, "TopologicalSorter", counted)
    names = [f"b{i}" for i in range(300)]
    rows = data(names, list(itertools.pairwise(names)))
    network = network_from_json({"blocks": rows["blocks"][::-1], "wires": rows["wires"][::-1]})
    assert network.order() == names and made == [300]


def test_wires_that_go_round_or_lead_nowhere_are_still_refused() -> None:
    with pytest.raises(FileDamaged):
        network_from_json(data(["a", "b", "c"], [("a", "b"), ("b", "c"), ("c", "a")]))
    with pytest.raises(FileDamaged):
        network_from_json(data(["a"], [("a", "ghost")]))
    network = Network()
    network.expect([Wire("x", 0, "y", 0)])
    assert network.positions() == {}
