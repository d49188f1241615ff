"""Marks on blocks and bends of wires: kept through every edit, undone exactly, refused with a sentence."""

from __future__ import annotations

import json

import pytest

from designer.errors import EditRefused, FileDamaged
from designer.graph.document import Document
from designer.graph.edits import Batch, Bend, Connect, Disconnect, Rename, SetMarks, edit_from_json
from designer.graph.marks import MARKS, mark_of, marked
from designer.graph.model import Wire
from designer.graph.reading import network_from_json
from tests.pure.graph.drawing import chain

WIRE = Wire("input", 0, "relu", 0)
VIA = ((1.0, 2.0), (3.5, -4.0))


def test_marks_are_set_kept_and_undone_without_a_look_at_shapes() -> None:
    document = chain("input", "conv2d", "relu")
    before = document.network.to_json()
    document.do(SetMarks(("conv2d",), {"frozen": True}))
    changed = document.do(SetMarks(("conv2d", "relu"), {"frozen": False, "pinned": True}))
    assert not changed.reshaped and not changed.structure and changed.touched == {"conv2d", "relu"}
    assert document.network["conv2d"].marks == {"pinned": True}
    assert marked(document.network, "pinned") == ["conv2d", "relu"] and not marked(document.network, "frozen")
    assert document.undo_label == "Mark 2 blocks"
    document.undo()
    assert document.network["conv2d"].marks == {"frozen": True} and not document.network["relu"].marks
    document.do(Rename("conv2d", "stem.conv"))
    document.do(document.removal(["stem.conv"]))
    document.undo()
    assert mark_of(document.network["stem.conv"].marks, "frozen") is True
    document.undo(), document.undo()
    assert document.network.to_json() == before
    assert all(mark.default == mark_of({}, name) for name, mark in MARKS.items())


@pytest.mark.parametrize("marks", [{"loud": True}, {"frozen": "yes"}, {"frozen": 1}, {"frozen": None}])
def test_marks_that_there_are_not_are_refused(marks: dict[str, object]) -> None:
    document = chain("input", "relu")
    before = document.network.to_json()
    with pytest.raises(EditRefused):
        document.do(SetMarks(("input", "relu"), marks))  # type: ignore[arg-type]
    with pytest.raises(EditRefused):
        document.do(SetMarks(("input", "none"), {"frozen": True}))
    assert document.network.to_json() == before


def test_bends_follow_their_wire() -> None:
    document = chain("input", "relu")
    document.do(Bend(WIRE, VIA))
    assert document.network.bends == {WIRE: VIA} and document.undo_label == "Bend a wire"
    document.do(Rename("relu", "act.relu"))
    assert document.network.bends == {Wire("input", 0, "act.relu", 0): VIA}
    document.do(document.removal(["act.relu"]))
    assert not document.network.bends
    document.undo(), document.undo()
    assert document.network.bends == {WIRE: VIA}
    document.do(Disconnect(WIRE))
    document.do(Connect(WIRE, VIA[:1]))
    assert document.network.bends == {WIRE: VIA[:1]}
    document.do(Bend(WIRE, ()))
    assert not document.network.bends and document.undo_label == "Straighten a wire"
    assert network_from_json(document.network.to_json()) == document.network


def test_a_refused_rename_leaves_bends() -> None:
    document = chain("input", "relu", "flatten")
    document.do(Bend(WIRE, VIA))
    with pytest.raises(EditRefused):
        document.do(Rename("relu", "flatten"))
    assert document.network.bends == {WIRE: VIA}


@pytest.mark.parametrize("via", [((float("nan"), 0.0),), ((0.0, 1e9),), ((0.0, 0.0),) * 65])
def test_bends_are_few_and_on_the_canvas(via: tuple[tuple[float, float], ...]) -> None:
    document = chain("input", "relu")
    with pytest.raises(EditRefused):
        document.do(Bend(WIRE, via))
    document.do(Disconnect(WIRE))
    with pytest.raises(EditRefused):
        document.do(Connect(WIRE, via))
    assert not document.network.wires()


def test_copies_take_marks_and_bends_along() -> None:
    document = chain("input", "relu")
    document.do(Batch("x", (SetMarks(("relu",), {"pinned": True}), Bend(WIRE, VIA))))
    text = document.copy(["input", "relu"])
    assert '"pinned": true' in text
    document.do(document.paste(text, 100.0, 50.0))
    assert document.network["relu1"].marks == {"pinned": True}
    assert document.network.bends[Wire("input1", 0, "relu1", 0)] == ((101.0, 52.0), (103.5, 46.0))


@pytest.mark.parametrize(
    "change",
    [{"bends": 3}, {"bends": [3]}, {"bends": [{"wire": ["input", 0, "relu", 1], "via": []}]}, {"surprise": []},
     {"bends": [{"wire": ["input", 0, "relu", 0], "via": [[0, "x"]]}]}, {"bends": [{"wire": ["input", 0, "relu", 0]}]},
     {"bends": [{"wire": ["input", 0, "relu", 0], "via": [[0, 1]] * 65}]},
     {"blocks": [{"name": "input", "type": "input", "marks": {"loud": 1}}]},
     {"blocks": [{"name": "input", "type": "input", "marks": []}]}],
)  # fmt: skip
def test_damaged_marks_and_bends_are_one_sentence(change: dict[str, object]) -> None:
    data = {**chain("input", "relu").network.to_json(), **change}
    if "blocks" in change:
        data["wires"] = []
    with pytest.raises(FileDamaged) as caught:
        network_from_json(json.loads(json.dumps(data)))
    assert len(str(caught.value)) < 300


def test_edits_of_older_journals_are_read() -> None:
    document = Document()
    document.do(edit_from_json({"name": "a", "type": "relu", "kind": "add"}))
    document.do(edit_from_json({"name": "b", "type": "relu", "params": {}, "x": 1.0, "y": 2.0, "kind": "add"}))
    document.do(edit_from_json({"wire": {"src": "a", "out": 0, "dst": "b", "slot": 0}, "kind": "connect"}))
    assert document.network.wires() == [Wire("a", 0, "b", 0)]
