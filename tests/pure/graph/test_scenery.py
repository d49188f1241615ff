"""Groups, notes and bookmarks: part of the document like blocks are, bounded, and refused with a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from designer.errors import EditRefused, FileDamaged
from designer.graph.document import Document
from designer.graph.edits import Batch, Bend, Move, Put, Rename, edit_from_json, edit_to_json
from designer.graph.model import Wire
from designer.graph.reading import network_from_json
from designer.graph.scenery import COLOURS, Bookmark, Group, Note
from designer.project.file import Project, parse_project, project_bytes
from tests.pure.graph.drawing import chain

HERE = Path("/projects/net.loom")
GROUP = Group("stem", "The stem", "blue", True, 5.0, 6.0, "", ((("conv2d", 0),),))


def grouped() -> Document:
    document = chain("input", "conv2d", "relu", "flatten")
    parts = [Rename(name, f"stem.{name}") for name in ("conv2d", "relu")]
    document.do(Batch("Group", (*parts, Put("group", "stem", GROUP))))
    return document


def test_scenery_is_told_undone_kept_and_compared() -> None:
    document = grouped()
    plain = document.network.copy()
    note = Note("note1", text="# Why\n\nBecause.", colour="green", scope="stem")
    changed = document.do(Put("note", "note1", note))
    assert changed.scenery == {("note", "note1")} and not changed.touched and not changed.structure
    document.do(Put("bookmark", "Head", Bookmark("Head", 3.0, 4.0, 2.0)))
    assert document.network != plain and plain.notes == {}
    assert list(document.network.bookmarks) == ["Head"] and document.network.groups == {"stem": GROUP}
    again = network_from_json(json.loads(json.dumps(document.network.to_json())))
    assert again == document.network == document.network.copy()
    project = Project(network=document.network)
    assert parse_project(project_bytes(project, HERE), HERE) == project
    assert b'"title": "The stem"' in project_bytes(project, HERE)
    while document.can_undo:
        document.undo()
    assert not document.network.groups and not document.network.notes and not document.network.bookmarks


def test_a_group_goes_with_its_last_block_and_comes_back() -> None:
    document = grouped()
    before = document.network.to_json()
    changed = document.do(document.removal(["stem"]))
    assert changed.scenery == {("group", "stem")} and not document.network.groups
    assert document.undo_label == "Delete stem"
    document.undo()
    assert document.network.to_json() == before
    document.do(Batch("x", (Rename("stem.conv2d", "conv2d"), Rename("stem.relu", "relu"))))
    assert not document.network.groups
    document.undo()
    assert document.network.to_json() == before


def test_a_group_remembers_its_slots_under_their_new_names() -> None:
    document = grouped()
    document.do(Rename("stem.conv2d", "stem.first"))
    assert document.network.groups["stem"].inputs == ((("first", 0),),)
    document.undo()
    assert document.network.groups["stem"] == GROUP
    document.do(Rename("stem.conv2d", "outside"))
    assert document.network.groups["stem"].inputs == ()
    document.undo()
    document.do(document.removal(["stem.conv2d"]))
    assert document.network.groups["stem"].inputs == ()
    document.undo()
    assert document.network.groups["stem"] == GROUP


def test_a_card_is_moved_like_a_block() -> None:
    document = grouped()
    changed = document.do(Move({"stem": (50.0, 60.0), "flatten": (1.0, 2.0)}))
    assert changed.scenery == {("group", "stem")} and changed.touched == {"flatten"}
    assert (document.network.groups["stem"].x, document.network["flatten"].y) == (50.0, 2.0)
    document.undo()
    assert document.network.groups["stem"] == GROUP


@pytest.mark.parametrize(
    "make",
    [
        lambda: Group("for"), lambda: Group("a", "x" * 201), lambda: Group("a", "two\nlines"), lambda: Group("a", colour="pink"),
        lambda: Group("a", x=float("nan")), lambda: Group("a", link="no spaces"), lambda: Group("a", inputs=((("b", -1),),)),
        lambda: Group("a", inputs=((("b", 0), ("b", 0)),)), lambda: Note(""), lambda: Note("n", text="x" * 10_001),
        lambda: Note("n", text="\ud800"), lambda: Note("n", width=0.0), lambda: Note("n", height=float("nan")),
        lambda: Note("n", colour="#fff"), lambda: Note("n", scope="a b"), lambda: Bookmark(""), lambda: Bookmark("b", zoom=0.0),
        lambda: Bookmark("b", y=1e9), lambda: Bookmark("b", zoom=float("inf")),
    ],
)  # fmt: skip
def test_hostile_values_are_refused_with_a_sentence(make: Any) -> None:
    with pytest.raises(EditRefused) as caught:
        make()
    assert str(caught.value).endswith(".") and len(str(caught.value)) < 200


def test_puts_that_cannot_be_are_refused() -> None:
    document = grouped()
    before = document.network.to_json()
    for put in (
        Put("group", "nothing", Group("nothing")),
        Put("group", "flatten", Group("flatten")),
        Put("group", "stem", Group("other")),
        Put("note", "stem", GROUP),
        Put("note", "gone", None),
    ):
        with pytest.raises(EditRefused):
            document.do(put)
    assert document.network.to_json() == before


@pytest.mark.parametrize(
    "entries",
    [{"groups": 1}, {"groups": [1]}, {"groups": [{"path": "no"}]}, {"groups": [{"path": "stem", "surprise": 1}]},
     {"groups": [{"path": "stem"}, {"path": "stem"}]}, {"groups": [{"path": "stem", "inputs": [[["a"]]]}]},
     {"groups": [{"path": "stem", "colour": "pink"}]}, {"notes": [{"id": "n", "text": 3}]}, {"notes": [{"text": "x"}]},
     {"notes": [{"id": "n", "kind": "video"}]}, {"notes": [{"id": "n"}] * 2}, {"bookmarks": [{"name": "b", "zoom": -1}]},
     {"bookmarks": [{"name": "b", "x": "far"}]}, {"notes": [{"id": f"n{i}"} for i in range(10_001)]}],
)  # fmt: skip
def test_damaged_scenery_is_one_sentence(entries: dict[str, Any]) -> None:
    data = {**grouped().network.to_json(), **entries}
    with pytest.raises(FileDamaged) as caught:
        network_from_json(data)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


def test_a_damaged_edit_in_a_journal_is_one_sentence() -> None:
    data = edit_to_json(Put("group", "stem", GROUP))
    assert edit_from_json(json.loads(json.dumps(data))) == Put("group", "stem", GROUP)
    data["value"]["colour"] = "pink"
    with pytest.raises(FileDamaged, match="colour"):
        edit_from_json(data)


def test_a_copied_group_is_a_group_again_with_its_notes() -> None:
    document = grouped()
    document.do(Bend(Wire("stem.conv2d", 0, "stem.relu", 0), ((1.0, 1.0),)))
    document.do(Put("note", "note1", Note("note1", x=20.0, y=30.0, scope="stem")))
    text = document.copy(["stem"], ["note1"])
    assert '"title": "The stem"' in text
    batch = document.paste(text, 105.0, 206.0)
    document.do(batch)
    network = document.network
    assert {n for n in network.nodes if n.startswith("stem1.")} == {"stem1.conv2d", "stem1.relu"}
    assert network.groups["stem1"] == Group("stem1", "The stem", "blue", True, 105.0, 206.0, "", GROUP.inputs)
    assert network.bends[Wire("stem1.conv2d", 0, "stem1.relu", 0)] == ((101.0, 201.0),)
    assert network.notes["note2"] == Note("note2", x=120.0, y=230.0, scope="stem1")
    assert batch.label == "Paste" and document.paste(document.copy(["stem"]), 0, 0).label == "Paste stem2"
    document.do(document.paste(document.copy(["stem.relu"]), 0, 0, scope="stem1"))
    assert "stem1.relu1" in network  # a block alone brings no group
    document.do(document.paste(document.copy(["stem"]), 0, 0, scope="stem1"))
    assert network.groups["stem1.stem"].closed and "stem1.stem.conv2d" in network
    document.do(document.paste(document.copy(["stem1.stem"]), 0, 0, scope=""))
    assert network.groups["stem2"].path == "stem2"


def test_colours_are_names_of_the_theme() -> None:
    assert set(COLOURS) >= {"blue", "green", "amber", "red", "violet", "grey"}
