"""One layer called by several blocks: whatever is done, the blocks stay alike, and every step can be undone."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.codegen.python import compile_network
from designer.errors import EditRefused, FileDamaged, NetworkInvalid
from designer.graph.document import Document
from designer.graph.edits import (
    Batch,
    Connect,
    RemoveBlock,
    Rename,
    SetMarks,
    SetParams,
    Share,
    edit_from_json,
    edit_to_json,
)
from designer.graph.fixes import fixes_for
from designer.graph.groups import group
from designer.graph.infer import UNLIKE_CALL, Shapes
from designer.graph.instances import link_copy, repeat
from designer.graph.links import why_unequal
from designer.graph.marks import OF_LAYER, only
from designer.graph.model import Network, Wire
from designer.graph.reading import network_from_json
from designer.graph.sharing import apart, together
from tests.pure.graph.drawing import an_edit, chain


def calls(count: int = 3) -> Document:
    """input → linear → linear2 → linear3 → out, all of 6 features."""
    document = chain("input", "linear", input={"size": (6,)}, linear={"out_features": 6})
    last = "linear"
    for number in range(2, count + 1):
        new = document.new_block("linear", 0.0, 100.0 * number, {"out_features": 6})
        name = f"linear{number}"
        document.do(
            Batch("Add", (type(new)(name, new.type, new.params, new.x, new.y), Connect(Wire(last, 0, name, 0))))
        )
        last = name
    return document


def check_sharing(network: Network) -> None:
    """Owners own; whoever shares is like its owner; the index agrees with the blocks."""
    found: dict[str, set[str]] = {}
    for name, node in network.nodes.items():
        if node.shares:
            owner = network[node.shares]
            found.setdefault(owner.name, set()).add(name)
            assert not owner.shares and owner.type == node.type and owner.params == node.params
            assert only(owner.marks, OF_LAYER) == only(node.marks, OF_LAYER) and node.block.layer is not None
    assert {owner: set(names) for owner, names in network.shared.items()} == found


@given(st.data())
def test_random_edits_keep_sharing_true_and_undo_is_exact(data: st.DataObject) -> None:
    document = Document()
    states = [document.network.to_json()]
    for _ in range(data.draw(st.integers(1, 14))):
        try:
            edit = document.do(data.draw(an_edit(document))).edit
        except EditRefused:
            assert document.network.to_json() == states[-1]
            check_sharing(document.network)
            continue
        assert edit_from_json(json.loads(json.dumps(edit_to_json(edit)))) == edit  # as the journal keeps it
        states.append(document.network.to_json())
        check_sharing(document.network)
        assert all(why_unequal(document.network, link) is None for link in document.network.links)
        assert network_from_json(json.loads(json.dumps(states[-1]))) == document.network
        fresh = Shapes(document.network)
        assert {n: (s.outputs, s.cost, str(s.error)) for n, s in fresh.items()} == {
            n: (s.outputs, s.cost, str(s.error)) for n, s in document.shapes.items()
        }
        assert (fresh.params, fresh.macs) == (document.shapes.params, document.shapes.macs)
    while document.can_undo:
        assert document.network.to_json() == states.pop()
        document.undo()
        check_sharing(document.network)
    assert document.network.to_json() == states[0]


def test_weights_count_once_and_multiply_adds_each_time() -> None:
    document = calls()
    own = document.totals()
    document.do(together(document.network, ["linear3", "linear", "linear2"]))
    shared = document.totals()
    assert document.network.family("linear2") == ["linear", "linear2", "linear3"]
    assert (own.params, shared.params) == (3 * 42, 42) and own.macs == shared.macs == 3 * 36
    document.do(document.removal(["linear"]))
    assert document.totals().params == 0  # nothing arrives any more, so nothing is known
    document.undo()
    assert document.totals() == shared


def test_parameters_and_marks_of_the_layer_change_for_all() -> None:
    document = calls()
    document.do(together(document.network, ["linear", "linear2"]))
    changed = document.do(SetParams("linear2", {"bias": False}))
    assert changed.touched == {"linear", "linear2"} and document.network["linear"].params["bias"] is False
    assert document.network["linear3"].params["bias"] is True
    document.do(SetMarks(("linear2",), {"frozen": True, "pinned": True}))
    assert document.network["linear"].marks == {"frozen": True}
    assert document.network["linear2"].marks == {"frozen": True, "pinned": True}
    document.undo()
    document.undo()
    assert not document.network["linear"].marks and document.network["linear"].params["bias"] is True


def test_sharing_takes_the_parameters_of_the_first_and_families_become_one() -> None:
    document = calls(4)
    network = document.network
    document.do(SetParams("linear4", {"bias": False}))
    document.do(together(network, ["linear4", "linear3"]))
    assert network["linear4"].params["bias"] is True and network.family("linear4") == ["linear3", "linear4"]
    document.do(together(network, ["linear", "linear4"]))  # linear3 owns a shared layer already
    assert network.family("linear") == ["linear3", "linear", "linear4"]
    document.do(together(network, ["linear2", "linear"]))
    assert len(network.family("linear2")) == 4
    for _ in range(3):
        document.undo()
    assert not network.shared and network["linear4"].params["bias"] is False


def test_the_layer_is_handed_over_and_follows_renames() -> None:
    document = calls(4)
    network = document.network
    document.do(together(network, ["linear2", "linear3", "linear4"]))
    document.do(Rename("linear2", "stem.fc"))
    assert network["linear3"].shares == "stem.fc" == network.owner("linear4")
    document.do(group(document, ["linear3", "stem.fc"], "body"))
    owner = network.owner("linear4")
    assert owner.startswith("body.") and network.family(owner)[0] == owner
    before = network.to_json()
    document.do(document.removal([owner]))
    heir = network.owner("linear4")
    assert heir.startswith("body."), "the nearest block inherits, so that weights stay where they were"
    document.undo()
    assert network.to_json() == before
    document.do(apart(network, [owner]))
    assert network.family(owner) == [owner] and len(network.family("linear4")) == 2


def test_what_cannot_share_says_why() -> None:
    document = calls()
    network = document.network
    document.do(document.new_block("relu", 0, 0))
    document.do(document.new_block("add", 0, 0))
    document.do(document.new_block("add", 0, 0))
    refused = [
        (lambda: together(network, ["linear"]), "two or more"),
        (lambda: together(network, ["linear", "relu1"]), "choose one type"),
        (lambda: together(network, ["add1", "add2"]), "no layer that could be shared"),
        (lambda: apart(network, ["linear"]), "None of these"),
        (lambda: document.do(Share({"linear": "linear"})), "with itself"),
        (lambda: document.do(Share({"linear": "nobody"})), "no block called"),
        (lambda: document.do(Share({"linear": "linear2", "linear2": "linear3"})), "instead"),
        (lambda: document.do(Batch("", (SetParams("linear", {"bias": False}), Share({"linear": "linear2"})))), "Bias"),
    ]
    for attempt, words in refused:
        with pytest.raises(EditRefused, match=words):
            attempt()
    assert not network.shared and network["linear"].params["bias"] is True
    document.do(together(network, ["linear", "linear2"]))
    with pytest.raises(EditRefused, match="already"):
        together(network, ["linear", "linear2"])


def test_a_call_that_needs_another_layer_is_red_and_repaired_by_unsharing() -> None:
    document = calls()
    network = document.network
    document.do(together(network, ["linear", "linear2"]))
    assert not document.has_errors or all(p.code != UNLIKE_CALL for p in document.problems)
    document.do(SetParams("input", {"size": (7,)}))  # linear takes 7 features, linear2 6
    (problem,) = [p for p in document.problems if p.code == UNLIKE_CALL]
    assert problem.block == "linear2" and "an input like B×7" in problem.message and "got B×6" in problem.message
    assert str(document.shapes["linear3"].outputs[0]) == "B×6"  # it hides nothing that follows
    document.do(Batch("End", (document.new_block("regression_output", 0, 0, {"values": 6}),)))
    document.do(Connect(Wire("linear3", 0, "regression1", 0)))
    with pytest.raises(NetworkInvalid, match="shares the layer of linear"):
        compile_network(network)
    draft = compile_network(network, draft=True).source  # the sound part is shown all the same
    assert "self.linear = " in draft
    (fix,) = fixes_for(document, problem)
    assert fix.title == "Give linear2 a layer of its own"
    document.do(fix.edit)
    assert all(p.code != UNLIKE_CALL for p in document.problems)
    document.undo()
    assert any(p.code == UNLIKE_CALL for p in document.problems)
    document.do(SetParams("input", {"size": (6,)}))
    assert all(p.code != UNLIKE_CALL for p in document.problems)


def test_copies_share_as_the_originals_do() -> None:
    document = calls()
    network = document.network
    document.do(together(network, ["linear", "linear2"]))
    document.do(document.paste(document.copy(["linear", "linear2"]), 300, 0))  # with the owner: a pair of their own
    assert sorted(map(len, network.shared.values())) == [1, 1]
    one_more = document.paste(document.copy(["linear2"]), 600, 0)  # without: one more call of the same layer
    (new,) = [e.name for e in one_more.edits if e.kind == "add"]
    document.do(one_more)
    assert network.owner(new) == "linear"
    elsewhere = Document()
    elsewhere.do(elsewhere.paste(document.copy(["linear2", new]), 0, 0))
    assert [len(f) for f in elsewhere.network.shared.values()] == [1]  # the owner is not here: they share their own
    alone = Document()
    alone.do(alone.paste(document.copy([new]), 0, 0))
    assert not alone.network.shared


def test_instances_share_inside_themselves_and_edits_reach_all_calls() -> None:
    document = chain("input", "linear", "relu", "dropout", input={"size": (6,)}, linear={"out_features": 6})
    network = document.network
    again = document.new_block("linear", 0.0, 50.0, {"out_features": 6})
    document.do(Batch("", (again, Connect(Wire("dropout", 0, again.name, 0)))))
    document.do(group(document, ["linear", "relu", "dropout", again.name], "body"))
    document.do(together(network, ["body.linear", "body.linear1"]))
    document.do(link_copy(document, "body"))
    assert network["body1.linear1"].shares == "body1.linear"
    document.do(SetParams("body1.linear1", {"bias": False}))
    assert not any(node.params["bias"] for node in network.nodes.values() if node.type == "linear")
    document.do(apart(network, ["body1.linear1"]))
    assert not network.shared
    document.do(together(network, ["body.linear", "body.linear1"]))
    assert set(network.shared) == {"body.linear", "body1.linear"}
    document.do(document.removal(["body1"]))
    document.do(repeat(document, "body", 3))
    assert set(network.shared) == {f"body.{i}.linear" for i in range(3)}


def test_a_call_from_outside_keeps_instances_equal() -> None:
    document = chain("input", "linear", "relu", input={"size": (6,)}, linear={"out_features": 6})
    network = document.network
    extra = document.new_block("linear", 0.0, 50.0, {"out_features": 6})
    document.do(Batch("", (extra, Connect(Wire("relu", 0, extra.name, 0)))))
    document.do(group(document, ["linear", "relu"], "body"))
    document.do(link_copy(document, "body"))
    document.do(together(network, ["body.linear", extra.name]))
    document.do(SetParams(extra.name, {"bias": False}))
    document.do(SetMarks((extra.name,), {"frozen": True, "pinned": True}))
    for name in ("body.linear", "body1.linear"):
        assert network[name].params["bias"] is False and network[name].marks == {"frozen": True}


def test_files_that_share_wrongly_are_refused() -> None:
    document = calls()
    document.do(together(document.network, ["linear", "linear2"]))
    good = document.network.to_json()
    assert network_from_json(good) == document.network
    for wrong in ("nobody", "linear2", "input", 7, ["linear"]):
        bad = json.loads(json.dumps(good))
        next(b for b in bad["blocks"] if b["name"] == "linear2")["shares"] = wrong
        with pytest.raises(FileDamaged):
            network_from_json(bad)


def test_outputs_that_are_read_cannot_be_taken_away() -> None:
    document = chain("input", "chunk", input={"size": (8,)}, chunk={"chunks": 4})
    network = document.network
    for out in (2, 3):
        document.do(Batch("", (new := document.new_block("relu", 0, 0), Connect(Wire("chunk", out, new.name, 0)))))
    with pytest.raises(EditRefused, match=r"only 2 outputs\. Remove the wires from outputs 3 and 4 first"):
        document.do(SetParams("chunk", {"chunks": 2}))
    document.do(document.removal(["relu2"]))
    with pytest.raises(EditRefused, match="wires from output 3 first"):
        document.do(SetParams("chunk", {"chunks": 2}))
    document.do(document.removal(["relu1"]))
    changed = document.do(SetParams("chunk", {"chunks": 2}))
    assert changed.structure and len(document.shapes["chunk"].outputs) == len(network["chunk"].outputs) == 2
    with pytest.raises(EditRefused, match="has only 2 outputs"):
        document.do(Connect(Wire("chunk", 2, document.do(document.new_block("relu", 0, 0)).edit.name, 0)))
    document.undo()
    document.undo()
    assert len(document.shapes["chunk"].outputs) == 4


def test_the_owner_goes_with_its_wires_by_itself() -> None:
    document = calls(2)
    document.do(together(document.network, ["linear", "linear2"]))
    with pytest.raises(EditRefused, match="still has wires"):
        document.do(RemoveBlock("linear"))
    assert document.network["linear2"].shares == "linear"


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        ("chunk", {"chunks": 4}, "Set the parts of chunk to 3"),
        ("split", {"split_size": (2, 2)}, "Set the sizes of split to 3 + 3"),
        ("unbind", {"count": 2}, "Give unbind 6 outputs"),
    ],
)
def test_another_number_of_parts_is_repaired(kind: str, values: dict[str, object], words: str) -> None:
    document = chain("input", kind, input={"size": (6,)}, **{kind: values})
    (problem,) = [p for p in document.problems if p.code == "parts"]
    fix = fixes_for(document, problem)[0]
    assert fix.title == words
    document.do(fix.edit)
    assert all(p.code != "parts" for p in document.problems) and document.shapes[kind].complete
