"""Grouping, ungrouping and renaming groups: names, wires, weights' paths and what the card shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.errors import EditRefused
from designer.graph import ends
from designer.graph.document import Document
from designer.graph.edits import AddBlock, Batch, Bend, Connect, Move, Put, SetMarks
from designer.graph.groups import (
    between,
    close_group,
    group,
    open_group,
    recolour,
    rename_group,
    retitle,
    ungroup,
)
from designer.graph.model import Network, Wire
from designer.graph.ports import ports_of
from designer.graph.scenery import Bookmark, Group, Note
from designer.graph.visible import Visible
from tests.pure.graph.drawing import an_edit, chain


def residual() -> Document:
    """input → conv2d → relu → add (which takes the input as well) → flatten."""
    document = chain("input", "conv2d", "relu", "add", "flatten")
    document.do(Connect(Wire("input", 0, "add", 1)))
    document.do(Move({n: (10.0 * i, 100.0 * i) for i, n in enumerate(("input", "conv2d", "relu", "add", "flatten"))}))
    return document


def shape(network: Network) -> list[tuple[str, int, str, int]]:
    """The wires by types, whatever the names."""
    return sorted((network[w.src].type, w.out, network[w.dst].type, w.slot) for w in network.wires())


def test_grouping_puts_blocks_under_a_path_and_undo_takes_them_back() -> None:
    document = residual()
    before = document.network.to_json()
    wires = shape(document.network)
    document.do(Batch("x", (SetMarks(("relu",), {"frozen": True}), Bend(Wire("conv2d", 0, "relu", 0), ((5.0, 5.0),)))))
    marked = document.network.to_json()
    batch = group(document, ["conv2d", "relu", "add"], colour="blue")
    changed = document.do(batch)
    network = document.network
    assert batch.label == "Group 3 blocks" and changed.scenery == {("group", "block1")}
    assert set(network.nodes) == {"input", "flatten", "block1.conv2d", "block1.relu", "block1.add"}
    assert shape(network) == wires and network["block1.relu"].marks == {"frozen": True}
    assert network.bends == {Wire("block1.conv2d", 0, "block1.relu", 0): ((5.0, 5.0),)}
    assert network.groups["block1"] == Group(
        "block1", "", "blue", True, 10.0, 100.0, "", ((("add", 1), ("conv2d", 0)),)
    )
    document.undo()
    assert document.network.to_json() == marked
    document.undo()
    assert document.network.to_json() == before


def test_grouping_a_group_with_a_block_nests_it() -> None:
    document = residual()
    document.do(group(document, ["conv2d", "relu"], "stem"))
    document.do(Put("note", "note1", Note("note1", scope="stem")))
    document.do(group(document, ["stem", "add"]))
    assert set(document.network.groups) == {"block1", "block1.stem"}
    assert "block1.stem.conv2d" in document.network and "block1.add" in document.network
    assert document.network.notes["note1"].scope == "block1.stem"
    assert Visible(document.network).names() == {"input", "block1", "flatten"}
    assert Visible(document.network, "block1").names() == {"block1.stem", "block1.add"}


def test_blocks_that_are_a_path_already_keep_their_names() -> None:
    document = Document()
    document.do(Batch("", (AddBlock("layer1.0.conv1", "conv2d"), AddBlock("layer1.0.bn1", "batch_norm2d"))))
    batch = group(document, ["layer1.0.bn1", "layer1.0.conv1"])
    assert [type(edit) for edit in batch.edits] == [Put]
    document.do(batch)
    assert document.network.groups["layer1.0"].closed


def test_a_card_in_a_loop_is_refused_and_says_which_blocks_are_missing() -> None:
    document = residual()
    with pytest.raises(EditRefused, match="come back through relu"):
        group(document, ["conv2d", "add"])
    assert between(document.network, ["conv2d", "add"]) == ["relu"]
    document.do(group(document, ["conv2d", "add", *between(document.network, ["conv2d", "add"])]))
    with pytest.raises(EditRefused, match="Choose the blocks"):
        group(document, [])
    for path in ("for", "block1", "input"):
        with pytest.raises(EditRefused):
            group(document, ["flatten"], path)


def test_inputs_and_outputs_may_be_grouped() -> None:
    document = chain("input", "conv2d", "global_avg_pool", "classification_output", conv2d={"out_channels": 10})
    document.do(group(document, ["input", "conv2d"], "start"))
    document.do(group(document, ["global_avg_pool", "classification_output"], "end"))
    assert not ports_of(document.network, "start").inputs and not ports_of(document.network, "end").outputs
    assert not document.has_errors


def test_ungrouping_finds_free_names() -> None:
    document = residual()
    document.do(group(document, ["conv2d", "relu"], "stem"))
    document.do(AddBlock("relu", "relu"))
    document.do(Put("bookmark", "b", Bookmark("b", scope="stem")))
    document.do(ungroup(document, "stem"))
    assert set(document.network.nodes) == {"input", "conv2d", "relu", "relu1", "add", "flatten"}
    assert not document.network.groups and document.network.bookmarks["b"].scope == ""
    assert shape(document.network) == shape(residual().network)


def test_ungrouping_numbers_at_the_top_makes_words_of_them() -> None:
    document = Document()
    document.do(Batch("", (AddBlock("layer1.0.conv1", "conv2d"), AddBlock("layer1.1.conv1", "conv2d"))))
    document.do(close_group(document, "layer1.0"))
    document.do(ungroup(document, "layer1"))
    assert set(document.network.nodes) == {"layer1_0.conv1", "layer1_1.conv1"}
    assert set(document.network.groups) == {"layer1_0"}


def test_renaming_a_group_takes_everything_along() -> None:
    document = residual()
    document.do(group(document, ["conv2d", "relu"], "a"))
    document.do(group(document, ["a", "add"], "b"))
    before = document.network.to_json()
    document.do(rename_group(document, "b", "c.d"))
    assert set(document.network.groups) == {"c.d", "c.d.a"}
    assert document.network.groups["c.d"].inputs == ((("a.conv2d", 0), ("add", 1)),)
    document.do(rename_group(document, "c.d.a", "c.d.z"))
    assert document.network.groups["c.d"].inputs == ((("z.conv2d", 0), ("add", 1)),)
    document.do(rename_group(document, "c.d", "c.d.c.d"))
    assert "c.d.c.d.z.relu" in document.network
    document.undo(), document.undo(), document.undo()
    assert document.network.to_json() == before
    for new in ("input", "b.a", "for"):
        with pytest.raises(EditRefused):
            rename_group(document, "b", new)
    with pytest.raises(EditRefused, match="no group"):
        rename_group(document, "nothing", "x")


def test_blocks_follow_a_card_that_was_moved_when_it_opens() -> None:
    document = residual()
    document.do(group(document, ["conv2d", "relu"], "stem"))
    document.do(Move({"stem": (500.0, 600.0)}))
    document.do(open_group(document, "stem"))
    assert (document.network["stem.conv2d"].x, document.network["stem.conv2d"].y) == (500.0, 600.0)
    assert (document.network["stem.relu"].x, document.network["stem.relu"].y) == (510.0, 700.0)
    document.do(recolour(document, "stem", "red"))
    document.do(retitle(document, "stem", "The stem"))
    document.do(close_group(document, "stem"))
    stem = document.network.groups["stem"]
    assert (stem.colour, stem.shown_title, stem.x, stem.closed) == ("red", "The stem", 500.0, True)
    with pytest.raises(EditRefused, match="colour"):
        recolour(document, "stem", "pink")


def test_wires_to_a_card_are_wires_to_all_its_slots() -> None:
    document = residual()
    document.do(group(document, ["conv2d", "relu", "add"], "body"))
    document.do(AddBlock("other", "input"))
    visible = Visible(document.network)
    assert ends.why_not(document, visible, "other", 0, "body", 0) is None
    document.do(ends.connection(document, visible, "other", 0, "body", 0))
    assert {w.dst for w in document.network.outputs_of("other")} == {"body.conv2d", "body.add"}
    visible = Visible(document.network)
    (shown,) = {seen for seen in visible.wires().values() if seen.dst == "body"}
    document.do(ends.disconnection(document, visible, shown))
    visible = Visible(document.network)
    (entry,) = visible.cards()["body"].inputs  # one port still
    assert entry.source is None and len(entry.slots) == 2
    assert "only 1 input" in (ends.why_not(document, visible, "other", 0, "body", 1) or "")
    assert ends.why_not(document, visible, "body", 0, "body", 0)
    with pytest.raises(EditRefused):
        ends.connection(document, visible, "body", 5, "flatten", 0)


def test_inside_a_group_stubs_stand_for_what_lies_outside() -> None:
    document = residual()
    document.do(group(document, ["conv2d", "relu", "add"], "body"))
    document.do(AddBlock("body.tanh", "tanh"))
    visible = Visible(document.network, "body")
    into = visible.stubs()[0].key
    document.do(ends.connection(document, visible, into, 0, "body.tanh", 0))
    assert document.network.wire_at("body.tanh", 0) == Wire("input", 0, "body.tanh", 0)
    visible = Visible(document.network, "body")
    out = next(stub for stub in visible.stubs() if not stub.comes_in and stub.title == "add").key
    document.do(ends.connection(document, visible, "body.tanh", 0, out, 0))
    assert document.network.wire_at("flatten", 0) == Wire("body.tanh", 0, "flatten", 0)
    # An input without a wire takes further slots: they are one port from then on.
    for wire in document.network.outputs_of("input"):
        document.do(document.removal([], [wire]))
    document.do(AddBlock("body.extra", "relu"))
    visible = Visible(document.network, "body")
    into = next(stub.key for stub in visible.stubs() if stub.title == "add")
    document.do(ends.connection(document, visible, into, 0, "body.extra", 0))
    joined = [entry for entry in ports_of(document.network, "body").inputs if ("body.extra", 0) in entry.slots]
    assert [slot[0] for entry in joined for slot in entry.slots] == ["body.add", "body.conv2d", "body.extra"]
    assert "values come in" in (ends.why_not(document, visible, "body.relu", 0, into, 0) or "")


def test_new_blocks_in_a_wire_lie_in_the_group_of_its_ends() -> None:
    document = residual()
    document.do(group(document, ["conv2d", "relu"], "stem"))
    document.do(document.insertion(Wire("stem.conv2d", 0, "stem.relu", 0), "batch_norm2d"))
    assert "stem.batch_norm1" in document.network
    document.do(document.insertion(Wire("stem.relu", 0, "add", 0), "dropout"))
    assert "dropout1" in document.network
    assert document.new_block("relu", 0, 0, scope="stem").name == "stem.relu1"


@given(st.data())
def test_groupings_keep_wires_and_are_undone_exactly(data: st.DataObject) -> None:
    document = Document()
    for _ in range(data.draw(st.integers(4, 14))):
        try:
            document.do(data.draw(an_edit(document)))
        except EditRefused:
            continue
    network, before, wires = document.network, document.network.to_json(), shape(document.network)
    names = network.names()
    if not names:
        return
    try:
        some = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=5, unique=True))
        batch = group(document, some)
        document.do(batch)
    except EditRefused:
        assert between(network, some) or network.links
        return
    last = batch.edits[-1]
    assert isinstance(last, Put) and network.groups[last.key].closed and network.count(last.key) == len(some)
    assert shape(network) == wires
    document.do(ungroup(document, last.key))
    assert shape(network) == wires
    document.undo()
    document.undo()
    assert network.to_json() == before
