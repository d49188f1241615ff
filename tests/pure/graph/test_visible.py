"""What a canvas shows: kept true after every edit, and the network itself while nothing is closed."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from designer.errors import EditRefused
from designer.graph.document import Document
from designer.graph.edits import Batch, Connect, Disconnect, Put, Rename
from designer.graph.model import Wire
from designer.graph.names import prefixes
from designer.graph.ports import ports_of
from designer.graph.scenery import Group, Note
from designer.graph.visible import Visible
from tests.pure.graph.drawing import an_edit, chain


def seen(visible: Visible) -> dict[str, Any]:
    return {
        "names": visible.names(),
        "wires": visible.wires(),
        "cards": dict(visible.cards()),
        "stubs": visible.stubs(),
        "notes": visible.notes(),
        "blocks": {name: visible.blocks(name) for name in visible.names()},
    }


@given(st.data())
def test_following_equals_looking_anew(data: st.DataObject) -> None:
    document = Document()
    visible = Visible(document.network)
    for _ in range(data.draw(st.integers(1, 18))):
        before = seen(visible)
        turn = data.draw(st.integers(0, 9))
        try:
            changed = document.undo() if turn == 0 else document.do(data.draw(an_edit(document)))
        except EditRefused:
            continue
        if changed is None:
            continue
        was_plain = visible.plain
        difference = visible.follow(changed)
        scratch = Visible(document.network, visible.scope)
        after = seen(visible)
        assert after == seen(scratch)
        told = difference.names
        assert before["names"] ^ after["names"] <= told
        assert {n for n in after["cards"] if after["cards"][n] != before["cards"].get(n)} <= told | set(
            document.network.groups
        )
        if not was_plain and not visible.plain:
            moved = {
                w
                for w in before["wires"].keys() | after["wires"].keys()
                if before["wires"].get(w) != after["wires"].get(w)
            }
            assert moved <= difference.wires
            assert (before["stubs"] != after["stubs"]) <= difference.stubs
        paths = sorted({path for name in document.network.nodes for path in prefixes(name)})
        if data.draw(st.integers(0, 4)) == 0:
            visible.enter(data.draw(st.sampled_from(["", *paths])))


@given(st.data())
def test_every_shown_wire_ends_at_what_is_shown(data: st.DataObject) -> None:
    document = Document()
    for _ in range(data.draw(st.integers(4, 18))):
        try:
            document.do(data.draw(an_edit(document)))
        except EditRefused:
            continue
    paths = sorted({path for name in document.network.nodes for path in prefixes(name)})
    visible = Visible(document.network, data.draw(st.sampled_from(["", *paths])))
    ends = visible.names() | {stub.key for stub in visible.stubs()}
    cards = visible.cards()
    for real, shown in visible.wires().items():
        assert shown.src in ends and shown.dst in ends and shown.src != shown.dst
        if shown.src in cards:
            assert cards[shown.src].outputs[shown.out].value == (real.src, real.out)
        if shown.dst in cards:
            entry = cards[shown.dst].inputs[shown.slot]
            assert (real.dst, real.slot) in entry.slots and entry.source == (real.src, real.out)
    for name, block in document.network.nodes.items():
        inside = not visible.scope or name.startswith(f"{visible.scope}.")
        assert (visible.shown(name) is not None) == inside and block.name == name


def stem(closed: bool = True) -> Document:
    """input → stem (conv2d → relu, and the input again into stem.add) → flatten."""
    document = chain("input", "conv2d", "relu", "add", "flatten")
    names = ("conv2d", "relu", "add")
    document.do(Connect(Wire("input", 0, "add", 1)))
    document.do(
        Batch("Group", (*(Rename(n, f"stem.{n}") for n in names), Put("group", "stem", Group("stem", closed=closed))))
    )
    return document


def test_a_closed_group_is_one_card_with_one_port_for_one_value() -> None:
    document = stem()
    visible = Visible(document.network)
    assert visible.names() == {"input", "stem", "flatten"} and not visible.plain
    (entry,) = visible.cards()["stem"].inputs
    assert entry.slots == (("stem.add", 1), ("stem.conv2d", 0)) and entry.source == ("input", 0)
    assert [end.name for end in visible.cards()["stem"].outputs] == ["add"]
    assert visible.wires() == {
        Wire("input", 0, "stem.add", 1): Wire("input", 0, "stem", 0),
        Wire("input", 0, "stem.conv2d", 0): Wire("input", 0, "stem", 0),
        Wire("stem.add", 0, "flatten", 0): Wire("stem", 0, "flatten", 0),
    }
    assert visible.blocks("stem") == ["stem.add", "stem.conv2d", "stem.relu"]


def test_inside_a_group_what_crosses_its_border_has_stubs() -> None:
    document = stem()
    document.do(Put("note", "note1", Note("note1", scope="stem")))
    visible = Visible(document.network, "stem")
    assert visible.names() == {"stem.conv2d", "stem.relu", "stem.add"}
    assert [(stub.key, stub.title) for stub in visible.stubs()] == [(":in:0", "add"), (":out:0", "add")]
    assert [stub.said for stub in visible.stubs()] == ["from input", "to flatten"]
    assert visible.wire(Wire("input", 0, "stem.conv2d", 0)) == Wire(":in:0", 0, "stem.conv2d", 0)
    assert visible.wire(Wire("stem.add", 0, "flatten", 0)) == Wire("stem.add", 0, ":out:0", 0)
    assert visible.wire(Wire("stem.relu", 0, "stem.add", 0)) == Wire("stem.relu", 0, "stem.add", 0)
    assert [note.id for note in visible.notes()] == ["note1"]
    assert not Visible(document.network).notes()
    visible.follow(document.do(document.removal(["stem"])))
    assert visible.scope == "" and visible.plain


def test_an_unwired_port_stays_one_where_the_group_remembers_it() -> None:
    document = stem()
    slots = (("add", 1), ("conv2d", 0))
    for dst, slot in slots:
        document.do(Disconnect(Wire("input", 0, f"stem.{dst}", slot)))
    assert len(ports_of(document.network, "stem").inputs) == 2
    document.do(Put("group", "stem", Group("stem", inputs=(slots,))))
    (entry,) = ports_of(document.network, "stem").inputs
    assert entry.slots == (("stem.add", 1), ("stem.conv2d", 0)) and entry.source is None


def test_with_nothing_closed_what_is_shown_is_the_network() -> None:
    document = stem(closed=False)
    visible = Visible(document.network)
    assert visible.plain and visible.wires() == {w: w for w in document.network.wires()}
    changed = document.do(Disconnect(Wire("stem.relu", 0, "stem.add", 0)))
    assert visible.follow(changed).names == changed.touched
    assert not visible._wires and not visible._holder  # nothing is kept
