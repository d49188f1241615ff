"""Edits, undo and shapes hold whatever people do."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.codegen.python import compile_network
from designer.errors import EditRefused, FileDamaged
from designer.graph.document import Document
from designer.graph.edits import AddBlock, Batch, Connect, Move, Rename, SetParams, edit_from_json, edit_to_json
from designer.graph.infer import Shapes
from designer.graph.model import Wire, check_name
from designer.graph.reading import network_from_json
from tests.pure.graph.drawing import an_edit, chain


def text(document: Document) -> str:
    return json.dumps(document.network.to_json()) + compile_network(document.network, draft=True).source


@settings(deadline=None)
@given(st.data())
def test_undo_restores_the_exact_document_and_source(data: st.DataObject) -> None:
    document = Document()
    states = [text(document)]
    for _ in range(data.draw(st.integers(1, 14))):
        before, depth = text(document), document.depth
        try:
            document.do(data.draw(an_edit(document)))
        except EditRefused:
            assert text(document) == before and document.depth == depth
            continue
        states.append(text(document))
    for state in reversed(states[:-1]):
        assert document.undo() is not None
        assert text(document) == state
    assert document.undo() is None
    for state in states[1:]:
        assert document.redo() is not None
        assert text(document) == state
    assert document.redo() is None


def test_an_edit_after_an_undo_leaves_nothing_to_do_again() -> None:
    document = chain("input", "relu")
    document.do(Move({"relu": (1.0, 1.0)}))
    document.undo()
    assert document.can_redo
    document.do(Move({"input": (2.0, 2.0)}))
    after = text(document)
    assert not document.can_redo and document.redo() is None and text(document) == after


@given(st.lists(st.tuples(st.sampled_from(["input", "relu", "both", "set", "undo", "redo"]), st.integers(-9, 9))))
def test_moves_in_a_row_are_undone_as_one(steps: list[tuple[str, int]]) -> None:
    document = chain("input", "relu")
    start, depth = text(document), document.depth
    runs, last = 0, ""
    for what, far in steps:
        if what in ("undo", "redo"):
            before = document.depth
            document.undo() if what == "undo" and before > depth else document.redo() if what == "redo" else None
            runs += document.depth - before
            last = "" if document.depth != before else last
        elif what == "set":
            document.do(SetParams("input", {"size": (3, 8, 8)}), merge="nudge")
            runs, last = runs + 1, what
        else:
            names = ("input", "relu") if what == "both" else (what,)
            document.do(Move({name: (float(far), 0.0) for name in names}), merge="nudge")
            runs, last = runs + (what != last), what
        assert document.depth == depth + runs
    end = text(document)
    while document.depth > depth:
        document.undo()
    assert text(document) == start
    for _ in range(runs):
        document.redo()
    assert text(document) == end


def test_moves_that_do_not_say_so_stay_apart() -> None:
    document = chain("input", "relu")
    depth = document.depth
    document.do(Move({"relu": (1.0, 1.0)}), merge="nudge")
    document.do(Move({"relu": (2.0, 2.0)}))
    document.do(Move({"relu": (3.0, 3.0)}), merge="nudge")
    assert document.depth == depth + 3


@settings(deadline=None)
@given(st.data())
def test_incremental_shapes_and_problems_equal_those_from_scratch(data: st.DataObject) -> None:
    document = Document()
    for _ in range(data.draw(st.integers(1, 16))):
        try:
            document.do(data.draw(an_edit(document)))
        except EditRefused:
            continue
        if document.depth and data.draw(st.integers(0, 5)) == 0:
            document.undo()
        scratch = Document(document.network)
        assert {n: repr(s) for n, s in document.shapes.items()} == {n: repr(s) for n, s in scratch.shapes.items()}
        assert set(document.problems) == set(scratch.problems)
        assert document.totals() == scratch.totals()


@settings(deadline=None)
@given(st.data())
def test_edits_and_networks_survive_json(data: st.DataObject) -> None:
    document, twin = Document(), Document()
    for _ in range(data.draw(st.integers(1, 10))):
        edit = data.draw(an_edit(document))
        try:
            document.do(edit)
        except EditRefused:
            continue
        twin.do(edit_from_json(json.loads(json.dumps(edit_to_json(edit)))))
    assert twin.network == document.network
    again = network_from_json(json.loads(json.dumps(document.network.to_json())))
    assert again == document.network
    assert again.order() == document.network.order()


def test_a_refused_batch_leaves_nothing_behind() -> None:
    document = chain("input", "relu")
    before = text(document)
    with pytest.raises(EditRefused):
        document.do(Batch("x", (AddBlock("a", "relu"), Connect(Wire("relu", 0, "a", 0)), AddBlock("a", "relu"))))
    assert text(document) == before


@pytest.mark.parametrize(
    ("name", "said"),
    [("for", "meaning"), ("forward", "meaning"), ("1a", "letters"), ("", "1 to 400"), ("a..b", "letters"), ("a b", "letters"),
     ("x\n", "letters"), ("é", "letters"), ("__class__", "meaning"), ("0", "meaning"), ("a.01", "zero"), ("a" * 401, "400")],
)  # fmt: skip
def test_names_that_python_or_torch_cannot_take_are_refused(name: str, said: str) -> None:
    with pytest.raises(EditRefused, match=said):
        check_name(name)


def test_loops_and_impossible_wires_are_refused_with_a_reason() -> None:
    document = chain("input", "conv2d", "relu", "classification_output")
    assert "loop" in (document.why_not("relu", 0, "conv2d", 0) or "")
    assert "itself" in (document.why_not("relu", 0, "relu", 0) or "")
    assert "takes no input" in (document.why_not("relu", 0, "input", 0) or "")
    assert "no output" in (document.why_not("classification_output", 0, "relu", 0) or "")
    assert "only 1 input" in (document.why_not("input", 0, "relu", 1) or "")
    assert "connected here already" in (document.why_not("input", 0, "conv2d", 0) or "")
    assert document.why_not("input", 0, "relu", 0) is None
    document.do(document.connection("input", 0, "relu", 0))
    assert document.network.wire_at("relu", 0) == Wire("input", 0, "relu", 0)
    assert document.undo_label == "Connect"


def test_a_name_cannot_be_a_block_and_a_path_at_once() -> None:
    document = Document()
    document.do(AddBlock("layer1.conv", "conv2d"))
    with pytest.raises(EditRefused, match="path of other blocks"):
        document.do(AddBlock("layer1", "relu"))
    with pytest.raises(EditRefused, match="nothing can lie inside"):
        document.do(AddBlock("layer1.conv.x", "relu"))
    document.do(Rename("layer1.conv", "layer1"))
    document.do(Rename("layer1", "layer1.conv"))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e30])
def test_blocks_stay_on_the_canvas(bad: float) -> None:
    document = chain("input")
    with pytest.raises(EditRefused, match="finite place"):
        document.do(Move({"input": (bad, 0.0)}))


@pytest.mark.parametrize(
    "data",
    [None, [], {}, {"blocks": 3}, {"blocks": [3], "wires": []}, {"blocks": [{"name": "a", "type": "no"}], "wires": []},
     {"blocks": [{"name": "a", "type": "relu", "extra": 1}], "wires": []},
     {"blocks": [{"name": "a", "type": "relu", "at": [float("nan"), 0]}], "wires": []},
     {"blocks": [{"name": "__import__('os')", "type": "relu"}], "wires": []},
     {"blocks": [{"name": "a", "type": "conv2d", "params": {"bias": "no"}}], "wires": []},
     {"blocks": [{"name": "a", "type": "relu"}], "wires": [["a", 0, "a", 0]]},
     {"blocks": [{"name": "a", "type": "relu"}], "wires": [["a", 0, "b", 0]]},
     {"blocks": [{"name": "a", "type": "relu"}] * 2, "wires": []}],
)  # fmt: skip
def test_data_that_is_no_network_gives_one_sentence(data: object) -> None:
    with pytest.raises(FileDamaged) as caught:
        network_from_json(data)
    assert len(str(caught.value)) < 400


def test_pasting_something_else_says_so() -> None:
    document = chain("input", "relu")
    for bad in ("", "hello", "[]", '{"layerloom": "blocks"}', "[" * 100_000):
        with pytest.raises(FileDamaged):
            document.paste(bad, 0, 0)


def test_a_broken_block_hides_only_what_depends_on_it() -> None:
    document = chain("input", "conv2d", "flatten", "linear", "classification_output", linear={"out_features": 10})
    whole = document.totals()
    assert whole.unknown == 0 and not document.problems
    document.do(SetParams("conv2d", {"padding": "same", "stride": 2}))
    assert [p.block for p in document.problems] == ["conv2d"]
    assert document.totals().unknown == 4
    assert document.shapes["input"].complete
    assert document.shapes["linear"].error is None
    problem = document.problems[0]
    assert problem.expected and problem.found and problem.advice


def test_shapes_stop_where_nothing_changes() -> None:
    document = chain("input", "conv2d", "relu", "global_avg_pool", "linear", "classification_output")
    changed = document.do(SetParams("input", {"size": (1, 20, 20)}))
    assert changed.reshaped == {"input", "conv2d", "relu", "global_avg_pool"}
    assert "linear" not in changed.reshaped  # 32 features whatever the image's size


def test_shapes_from_scratch_see_every_block() -> None:
    document = chain("input", "conv2d", "relu")
    assert set(Shapes(document.network)) == {"input", "conv2d", "relu"}


def test_a_layer_that_no_memory_holds_is_refused_before_it_is_built() -> None:
    document = chain("input", "flatten", "linear", input={"size": (2**20,)}, linear={"out_features": 2**20})
    (problem,) = [p for p in document.problems if p.severity == "error" and p.block]
    assert problem.code == "too_large" and problem.advice
