"""What differs between two drawings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.graph.differing import differences
from designer.graph.document import Document
from designer.graph.edits import Connect, Disconnect, Move, RemoveBlock, SetParams
from designer.graph.model import Wire
from designer.graph.templates import load_template


def texts(one: Document, other: Document) -> list[str]:
    return [difference.text for difference in differences(one.network, other.network)]


@pytest.fixture
def pair() -> tuple[Document, Document]:
    return Document(load_template("digits")), Document(load_template("digits"))


def test_a_setting(pair: tuple[Document, Document]) -> None:
    one, other = pair
    other.do(SetParams("conv1", {"out_channels": 99, "kernel_size": 5}))
    (first, second) = differences(one.network, other.network)
    assert {first.block, second.block} == {"conv1"} and first.what == "changed"
    assert any("→ 99" in text for text in texts(one, other)) and any("→ 5" in text for text in texts(one, other))
    assert texts(other, one) != texts(one, other)


def test_blocks_and_wires(pair: tuple[Document, Document]) -> None:
    one, other = pair
    edit = other.new_block("relu", 0, 0)
    other.do(edit)
    wire = other.network.wires()[0]
    other.do(Disconnect(wire))
    other.do(Connect(Wire(wire.src, 0, edit.name, 0)))
    assert f"With {edit.name} (ReLU)" in texts(one, other)
    assert f"No longer wired from {wire.src} to {wire.dst}" in texts(one, other)
    assert f"Without {edit.name} (ReLU)" in texts(other, one)


def test_where_blocks_stand_says_nothing(pair: tuple[Document, Document]) -> None:
    one, other = pair
    other.do(Move({name: (7.0 * i, 9.0 * i) for i, name in enumerate(other.network.nodes)}))
    assert texts(one, other) == []


@given(st.lists(st.sampled_from(sorted(load_template("digits").nodes)), unique=True, max_size=4))
def test_removed_blocks_are_what_is_missing(names: list[str]) -> None:
    one, other = Document(load_template("digits")), Document(load_template("digits"))
    for name in names:
        for wire in other.network.wires_of(name):
            other.do(Disconnect(wire))
        other.do(RemoveBlock(name))
    found = differences(one.network, other.network)
    assert {difference.block for difference in found if difference.what == "removed"} == set(names)
    back = differences(other.network, one.network)
    assert {difference.block for difference in back if difference.what == "added"} == set(names)
