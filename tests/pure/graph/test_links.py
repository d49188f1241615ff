"""Linked instances stay equal up to their paths whatever is done to one of them, and a repeated group is a series."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.codegen.python import compile_network
from designer.errors import EditRefused, FileDamaged
from designer.graph.document import Document
from designer.graph.edits import (
    AddBlock,
    Batch,
    Bend,
    Connect,
    Disconnect,
    Move,
    Put,
    Rename,
    SetMarks,
    SetParams,
    edit_from_json,
    edit_to_json,
)
from designer.graph.groups import close_group, group, open_group, recolour, rename_group, ungroup
from designer.graph.instances import link_copy, repeat, times, unlink
from designer.graph.links import why_unequal
from designer.graph.model import Network, Wire
from designer.graph.ports import ports_of
from designer.graph.reading import network_from_json
from designer.graph.visible import Visible
from tests.pure.graph.drawing import an_edit, chain


def linked() -> Document:
    """input → stem (conv2d → relu) → flatten, and stem1, which is linked to stem."""
    document = chain("input", "conv2d", "relu", "flatten")
    document.do(group(document, ["conv2d", "relu"], "stem"))
    document.do(link_copy(document, "stem"))
    return document


def series(count: int = 3) -> Document:
    """A residual body, repeated: input → body ×n → global_avg_pool → linear → classification_output."""
    document = chain("input", "conv2d", "relu", "add", "global_avg_pool", "linear", "classification_output",
                     input={"size": (4, 8, 8)}, conv2d={"out_channels": 4, "padding": "same"}, linear={"out_features": 10})  # fmt: skip
    document.do(Connect(Wire("input", 0, "add", 1)))
    document.do(group(document, ["conv2d", "relu", "add"], "body"))
    if count > 1:
        document.do(repeat(document, "body", count))
    return document


def all_equal(network: Network) -> bool:
    return all(why_unequal(network, link) is None for link in network.links)


def test_an_edit_inside_one_instance_is_done_in_all() -> None:
    document = linked()
    before, depth = document.network.to_json(), document.depth
    steps = [
        SetParams("stem1.conv2d", {"out_channels": 7}),
        SetMarks(("stem.conv2d", "flatten"), {"frozen": True}),
        document.insertion(Wire("stem.conv2d", 0, "stem.relu", 0), "batch_norm2d"),
        Bend(Wire("stem.batch_norm1", 0, "stem.relu", 0), ((1.0, 1.0),)),
        Rename("stem1.relu", "stem1.inner.act"),
        Disconnect(Wire("stem.conv2d", 0, "stem.batch_norm1", 0)),
    ]
    for step in steps:
        changed = document.do(step)
        assert all_equal(document.network)
        assert any(n.startswith("stem.") for n in changed.touched) and any(
            n.startswith("stem1.") for n in changed.touched
        )
    network = document.network
    assert network["stem.conv2d"].params["out_channels"] == network["stem1.conv2d"].params["out_channels"] == 7
    assert network["stem1.conv2d"].marks == {"frozen": True} and network["flatten"].marks
    assert "stem.inner.act" in network and "stem1.batch_norm1" in network
    assert document.undo_label == "Disconnect" and document.depth == depth + len(steps)
    document.do(document.removal(["stem.inner.act"]))  # which has a wire to flatten; its twin has none
    assert "stem1.inner.act" not in network and "stem1.batch_norm1" in network
    for _ in range(len(steps) + 1):
        document.undo()
    assert document.network.to_json() == before


def test_places_follow_inside_an_instance_but_not_the_instance_itself() -> None:
    document = linked()
    apart = document.network["stem1.conv2d"].x - document.network["stem.conv2d"].x
    assert apart > 0
    document.do(Move({"stem.conv2d": (50.0, 70.0)}))
    assert (document.network["stem1.conv2d"].x, document.network["stem1.conv2d"].y) == (50.0 + apart, 70.0)
    document.do(AddBlock("stem.extra", "relu", {}, 60.0, 80.0))
    assert document.network["stem1.extra"].x == 60.0 + apart
    places = {n: (document.network[n].x + 5, document.network[n].y) for n in document.network.inside("stem1")}
    document.do(Move(places))  # as a whole
    assert document.network["stem.conv2d"].x == 50.0
    document.do(Move({"stem1": (900.0, 900.0)}))
    assert document.network.groups["stem"].x != 900.0


def test_an_instance_has_wires_a_colour_and_an_end_of_its_own() -> None:
    document = linked()
    document.do(Connect(Wire("flatten", 0, "stem1.conv2d", 0)))
    assert document.network.wire_at("stem.conv2d", 0) == Wire("input", 0, "stem.conv2d", 0)
    document.do(recolour(document, "stem1", "red"))
    assert document.network.groups["stem"].colour == "grey"
    document.do(document.removal(["stem1"]))
    assert "stem.conv2d" in document.network and "stem1.conv2d" not in document.network
    document.undo()
    document.do(ungroup(document, "stem"))
    assert "stem1.conv2d" in document.network and set(document.network.groups) == {"stem1"}
    document.undo()
    document.do(rename_group(document, "stem1", "again.deep"))
    assert all_equal(document.network) and document.network.links == {"link1": ["again.deep", "stem"]}
    document.do(unlink(document, "stem"))
    assert not document.network.links
    document.do(SetParams("stem.conv2d", {"out_channels": 9}))
    assert document.network["again.deep.conv2d"].params["out_channels"] == 32
    with pytest.raises(EditRefused, match="not linked"):
        unlink(document, "stem")


def test_what_would_change_one_instance_only_is_refused() -> None:
    document = linked()
    before = document.network.to_json()
    for edit in (
        Rename("stem.relu", "outside"),
        Rename("flatten", "stem.flatten"),
        group(document, ["stem.relu", "flatten"]),
        Put("group", "stem2", document.network.groups["stem"]),
    ):
        with pytest.raises(EditRefused):
            document.do(edit)
        assert document.network.to_json() == before
    with pytest.raises(EditRefused, match="no longer be equal"):
        document.do(Rename("stem.relu", "outside"))


def test_groups_inside_an_instance_are_shared_and_may_be_linked_themselves() -> None:
    document = linked()
    document.do(group(document, ["stem.conv2d"], "stem.inner"))
    assert "stem1.inner.conv2d" in document.network and document.network.groups["stem1.inner"].closed
    document.do(open_group(document, "stem1.inner"))
    assert not document.network.groups["stem.inner"].closed
    document.do(link_copy(document, "stem.inner"))
    assert len(document.network.links["link2"]) == 4
    document.do(SetParams("stem1.inner1.conv2d", {"out_channels": 5}))
    assert {node.params["out_channels"] for node in document.network.nodes.values() if node.type == "conv2d"} == {5}
    document.do(document.removal(["stem.inner1"]))  # one of the two in each instance of the stem
    assert set(document.network.links["link2"]) == {"stem.inner", "stem1.inner"}
    assert all_equal(document.network)


def test_a_group_repeated_is_a_series_with_weights_of_its_own() -> None:
    document = series(1)
    plain = document.network.to_json()
    params = document.totals().params
    document.do(repeat(document, "body", 3))
    network = document.network
    assert times(network, "body") == 3 and not document.has_errors and all_equal(network)
    conv = document.shapes["body.0.conv2d"].params
    assert document.totals().params == params + 2 * conv
    assert network.wire_at("body.1.conv2d", 0) == Wire("body.0.add", 0, "body.1.conv2d", 0)
    assert network.wire_at("body.1.add", 1) == Wire("body.0.add", 0, "body.1.add", 1)
    assert network.wire_at("global_avg_pool", 0) == Wire("body.2.add", 0, "global_avg_pool", 0)
    assert Visible(network).names() == {"input", "body", "global_avg_pool", "linear", "classification_output"}
    assert Visible(network, "body").names() == {"body.0", "body.1", "body.2"}
    source = compile_network(network).source
    assert source.count("nn.Conv2d(") == 3 and "ModuleList" in source
    document.do(repeat(document, "body", 5))
    assert network.wire_at("global_avg_pool", 0) == Wire("body.4.add", 0, "global_avg_pool", 0)
    document.do(repeat(document, "body", 2))
    assert times(network, "body") == 2 and network.wire_at("global_avg_pool", 0).src == "body.1.add"  # type: ignore[union-attr]
    document.do(SetParams("body.1.conv2d", {"kernel_size": 5}))
    assert network["body.0.conv2d"].params["kernel_size"] == 5
    document.undo()
    document.do(repeat(document, "body", 1))
    assert times(network, "body") == 1 and not network.links
    assert {k: v for k, v in network.to_json().items() if k != "groups"} == {
        k: v for k, v in plain.items() if k != "groups"
    }
    for _ in range(4):
        document.undo()
    assert network.to_json() == plain


def test_what_cannot_follow_itself_is_refused() -> None:
    document = series(1)
    document.do(group(document, ["linear", "classification_output"], "head"))
    with pytest.raises(EditRefused, match="head has 1 input and 0 outputs"):
        repeat(document, "head", 2)
    for count in (0, -1, 1000):
        with pytest.raises(EditRefused, match="1 to 200"):
            repeat(document, "body", count)
    assert not repeat(document, "body", 1).edits


def test_a_repeated_group_in_linked_instances_is_repeated_in_each() -> None:
    document = series(1)
    document.do(link_copy(document, "body"))
    document.do(AddBlock("tail", "relu"))
    document.do(Connect(Wire("body1.add", 0, "tail", 0)))
    document.do(repeat(document, "body1", 2))
    network = document.network
    assert times(network, "body") == times(network, "body1") == 2 and all_equal(network)
    assert network.wire_at("tail", 0) == Wire("body1.1.add", 0, "tail", 0)
    assert network.wire_at("global_avg_pool", 0) == Wire("body.1.add", 0, "global_avg_pool", 0)
    assert len({g.link for g in network.groups.values()}) == 2


def test_sequences_of_numbers_are_repeated_too() -> None:
    document = Document()
    kinds = ("conv2d", "relu", "conv2d")
    document.do(Batch("", (AddBlock("image", "input"), *(AddBlock(f"s.{i}", kind) for i, kind in enumerate(kinds)))))
    wires = (Wire("image", 0, "s.0", 0), Wire("s.0", 0, "s.1", 0), Wire("s.1", 0, "s.2", 0))
    document.do(Batch("", tuple(Connect(w) for w in wires)))
    document.do(close_group(document, "s"))
    before = document.network.to_json()
    document.do(repeat(document, "s", 2))
    assert {"s.0.0", "s.0.1", "s.0.2", "s.1.0", "s.1.1", "s.1.2"} <= set(document.network.nodes)
    document.do(repeat(document, "s", 1))
    assert document.network.to_json() == before


def test_a_copied_series_is_a_series_and_a_copied_instance_is_free() -> None:
    document = series(2)
    document.do(document.paste(document.copy(["body"]), 0.0, 0.0))
    assert times(document.network, "body1") == 2 and len(document.network.links) == 2
    one = linked()
    one.do(one.paste(one.copy(["stem"]), 0.0, 0.0))
    assert one.network.groups["stem2"].link == ""


def test_a_file_with_unequal_instances_is_damaged() -> None:
    data = linked().network.to_json()
    data["blocks"] = [b for b in data["blocks"] if b["name"] != "stem1.relu"]
    data["wires"] = [w for w in data["wires"] if "stem1.relu" not in w]
    with pytest.raises(FileDamaged, match="no longer be equal"):
        network_from_json(data)


@given(st.data())
def test_instances_stay_equal_and_everything_is_undone(data: st.DataObject) -> None:
    document = series(2) if data.draw(st.booleans()) else linked()
    replayed = Document(document.network.copy())
    states = [json.dumps(document.network.to_json())]
    for _ in range(data.draw(st.integers(2, 10))):
        before = json.dumps(document.network.to_json())
        try:
            changed = document.do(data.draw(an_edit(document)))
        except EditRefused:
            assert json.dumps(document.network.to_json()) == before
            continue
        assert all_equal(document.network)
        replayed.replay(edit_from_json(json.loads(json.dumps(edit_to_json(changed.edit)))))
        states.append(json.dumps(document.network.to_json()))
        assert json.dumps(replayed.network.to_json()) == states[-1]
    assert network_from_json(json.loads(states[-1])) == document.network
    scratch = Document(document.network.copy())
    assert {n: repr(s) for n, s in document.shapes.items()} == {n: repr(s) for n, s in scratch.shapes.items()}
    assert compile_network(document.network, draft=True).source
    for path in document.network.groups:
        ports_of(document.network, path)
    for state in reversed(states[:-1]):
        assert document.undo() is not None
        assert json.dumps(document.network.to_json()) == state
    for state in states[1:]:
        assert document.redo() is not None
        assert json.dumps(document.network.to_json()) == state
