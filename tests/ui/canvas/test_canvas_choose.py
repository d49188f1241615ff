"""Selections that follow the wires, and blocks put into line, with real keys."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from designer.graph.edits import Connect, Move
from designer.graph.groups import group
from designer.graph.model import Wire
from designer.ui.actions.qt import context_menu

SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
Key = Qt.Key


@pytest.fixture
def fork(document, view):
    """input1 feeds relu1, relu2 and relu3, side by side; all of them feed concatenate1; dropout1 hangs on nothing."""
    names = {}
    for kind, x, y in (
        ("input", 300, 0),
        ("relu", 0, 130),
        ("relu", 300, 130),
        ("relu", 600, 130),
        ("concatenate", 300, 260),
        ("dropout", 0, 390),
    ):
        edit = document.new_block(kind, x, y)
        document.do(edit)
        names.setdefault(kind, []).append(edit.name)
    for slot, name in enumerate(names["relu"]):
        document.do(Connect(Wire(names["input"][0], 0, name, 0)))
        document.do(Connect(Wire(name, 0, names["concatenate"][0], slot)))
    view.fit()
    return names["input"][0], *names["relu"], names["concatenate"][0], names["dropout"][0]


@pytest.mark.parametrize(
    ("start", "key", "modifiers", "found"),
    [
        ({1}, Key.Key_Up, ALT, {0, 1}),
        ({1}, Key.Key_Down, ALT, {1, 4}),
        ({0, 4}, Key.Key_P, SHIFT, {0, 1, 2, 3, 4}),
        ({0, 1}, Key.Key_P, SHIFT, {0, 1}),
        ({0, 1}, Key.Key_I, CONTROL, {2, 3, 4, 5}),
        (set(), Key.Key_I, CONTROL, {0, 1, 2, 3, 4, 5}),
        ({1}, Key.Key_T, SHIFT, {1, 2, 3}),
        ({1}, Key.Key_G, SHIFT, {0, 1, 4}),
        ({0, 1, 2, 3}, Key.Key_S, SHIFT, {0}),
        ({2}, Key.Key_L, SHIFT, {0, 1, 2, 3, 4}),
    ],
)
def test_a_key_selects_along_the_wires(view, hand, fork, start, key, modifiers, found):
    view.select({fork[i] for i in start})
    hand.key(key, modifiers)
    assert set(view.selected()) == {fork[i] for i in found}


def test_a_path_needs_two_ends(view, hand, fork):
    view.select([fork[0]])
    hand.key(Key.Key_P, SHIFT)
    assert view.selected() == [fork[0]]


def test_arrows_go_along_the_wires(view, hand, fork):
    view.select([])
    hand.key(Key.Key_Down, CONTROL)
    assert view.selected() == [fork[5]]  # the first one of the network's order
    view.select([fork[0]])
    for key, at in (
        (Key.Key_Down, 2),  # straight below
        (Key.Key_Left, 1),
        (Key.Key_Right, 2),
        (Key.Key_Right, 3),
        (Key.Key_Down, 4),
        (Key.Key_Up, 1),  # its first input
    ):
        hand.key(key, CONTROL)
        assert view.selected() == [fork[at]]


def test_where_no_wire_leads_the_selection_stays_and_says_so(view, hand, fork, qtbot):
    view.select([fork[4]])
    with qtbot.waitSignal(view.statusMessage) as told:
        hand.key(Key.Key_Down, CONTROL)
    assert told.args == [f"Nothing reads from {fork[4]}."]
    assert view.selected() == [fork[4]]


def test_shift_and_arrows_extend_the_selection_along_the_wires(view, hand, fork):
    view.select([fork[2]])
    hand.key(Key.Key_Down, CONTROL | SHIFT)
    hand.key(Key.Key_Up, CONTROL | SHIFT)
    assert set(view.selected()) == {fork[1], fork[2], fork[4]}
    hand.key(Key.Key_Right, CONTROL | SHIFT)
    hand.key(Key.Key_Right, CONTROL | SHIFT)
    assert set(view.selected()) == set(fork[1:5])


def test_what_is_walked_to_comes_into_sight(view, hand, fork, document):
    document.do(Move({fork[4]: (300.0, 9000.0)}))
    view.zoom_reset()
    view.select([fork[2]])
    hand.key(Key.Key_Down, CONTROL)
    assert view.visible_area().intersects(view.canvas.blocks[fork[4]].body)


def test_wires_are_gone_through_and_deleted_with_keys(view, hand, fork, document, qtbot):
    view.select([fork[4]])
    with qtbot.waitSignal(view.statusMessage) as told:
        hand.key(Key.Key_Right, ALT)
    assert told.args[0].startswith(f"Wire 1 of 3: from {fork[1]} to {fork[4]}")
    assert (view.selected(), view.canvas.cut) == ([], {Wire(fork[1], 0, fork[4], 0)})
    hand.key(Key.Key_Right, ALT)
    hand.key(Key.Key_Right, ALT)
    assert view.canvas.cut == {Wire(fork[3], 0, fork[4], 2)}
    hand.key(Key.Key_Right, ALT)
    assert view.canvas.cut == {Wire(fork[1], 0, fork[4], 0)}
    hand.key(Key.Key_Left, ALT)
    assert view.canvas.cut == {Wire(fork[3], 0, fork[4], 2)}
    depth = document.depth
    hand.key(Key.Key_Delete)
    assert not document.network.has_wire(Wire(fork[3], 0, fork[4], 2))
    assert document.depth == depth + 1
    assert set(fork) <= set(document.network.nodes)


@pytest.mark.parametrize(("key", "at"), [(Key.Key_Up, 1), (Key.Key_Down, 4)])
def test_from_a_wire_arrows_lead_to_its_ends(view, hand, fork, key, at):
    view.select([fork[4]])
    hand.key(Key.Key_Right, ALT)
    hand.key(key, CONTROL)
    assert view.selected() == [fork[at]]
    assert view.canvas.cut == set()


# --- into line ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "corner"),
    [
        (Key.Key_Left, lambda r: r.left()),
        (Key.Key_Right, lambda r: r.right()),
        (Key.Key_Up, lambda r: r.top()),
        (Key.Key_Down, lambda r: r.bottom()),
        (Key.Key_C, lambda r: r.center().x()),
        (Key.Key_M, lambda r: r.center().y()),
    ],
)
def test_align_with_a_key_is_one_edit(view, hand, fork, document, key, corner):
    before, depth = document.network.to_json(), document.depth
    chosen = [fork[0], fork[1], fork[5]]
    view.select(chosen)
    hand.key(key, ALT | SHIFT)
    bodies = [view.canvas.blocks[name].body for name in chosen]
    assert len({round(corner(body), 3) for body in bodies}) == 1
    everything = [item.body for item in view.canvas.blocks.values()]
    assert not [(a, b) for i, a in enumerate(everything) for b in everything[:i] if a.intersects(b)]
    assert document.depth == depth + 1
    assert document.undo_label.startswith("Align ")
    document.undo()
    assert document.network.to_json() == before


def test_distribute_needs_three(view, hand, fork, document):
    view.select([fork[1], fork[3]])
    depth = document.depth
    hand.key(Key.Key_A, ALT | SHIFT)
    assert document.depth == depth
    document.do(Move({fork[2]: (240.0, 130.0)}))
    view.select([fork[1], fork[2], fork[3]])
    hand.key(Key.Key_A, ALT | SHIFT)
    assert document.network[fork[2]].x == 300.0
    depth = document.depth
    hand.key(Key.Key_A, ALT | SHIFT)  # they are in place: no edit
    assert document.depth == depth


def test_the_menu_over_a_selection_tidies_it(view, hand, fork, document):
    document.do(Move({fork[4]: (900.0, 600.0)}))
    view.select(fork[1:4])
    menu = context_menu(view, True)
    below = next(m for m in menu.findChildren(QMenu) if m.title() == "A&lign")
    next(a for a in below.actions() if a.text() == "Tidy into a c&olumn").trigger()
    assert len({document.network[n].x for n in fork[1:4]}) == 1
    rows = sorted(view.canvas.blocks[n].body.top() for n in fork[1:4])
    assert rows[1] - rows[0] == rows[2] - rows[1]
    menu.close()


def test_read_only_selects_but_does_not_align(view, hand, fork, document):
    view.set_read_only(True)
    view.select([fork[1]])
    hand.key(Key.Key_Up, ALT)
    assert set(view.selected()) == {fork[0], fork[1]}
    depth = document.depth
    hand.key(Key.Key_Left, ALT | SHIFT)
    assert document.depth == depth


def test_a_key_pins_and_lets_go(view, hand, fork, document):
    view.select(fork[:2])
    hand.key(Key.Key_P)
    assert [dict(document.network[n].marks) for n in fork[:3]] == [{"pinned": True}, {"pinned": True}, {}]
    view.select(fork[:3])
    hand.key(Key.Key_P)  # not all are pinned: pin the rest
    assert document.network[fork[2]].marks == {"pinned": True}
    hand.key(Key.Key_P)
    assert not any(document.network[n].marks for n in fork)


# --- with the card of a group ------------------------------------------------------------------------------------


@pytest.fixture
def card(view, fork, document):
    """relu1 and relu2 as the card "pair"."""
    document.do(group(document, fork[1:3], "pair"))
    return "pair"


def test_arrows_go_through_the_card_of_a_group(view, hand, fork, card):
    view.select([fork[3]])
    hand.key(Key.Key_Left, CONTROL)
    assert view.canvas.selection == {card}
    hand.key(Key.Key_Down, CONTROL)
    assert view.canvas.selection == {fork[4]}
    view.select([card])
    hand.key(Key.Key_Up, CONTROL)
    assert view.canvas.selection == {fork[0]}


def test_a_card_stands_for_what_is_inside(view, hand, fork, card):
    view.select([card])
    hand.key(Key.Key_Up, ALT)
    assert view.canvas.selection == {fork[0], card}
    view.select([fork[0], fork[4]])
    hand.key(Key.Key_P, SHIFT)
    assert view.canvas.selection == {fork[0], card, fork[3], fork[4]}
    hand.key(Key.Key_I, CONTROL)
    assert view.canvas.selection == {fork[5]}


def test_wires_of_a_card_are_gone_through_as_they_are_seen(view, hand, fork, card):
    view.select([card])
    seen = []
    for _ in range(4):
        hand.key(Key.Key_Right, ALT)
        (wire,) = {view.canvas.wires[w].shown for w in view.canvas.cut}
        seen.append(wire)
    assert card in (seen[0].dst, seen[0].src)
    assert {card} <= {end for wire in seen for end in (wire.src, wire.dst)}


def test_cards_are_aligned_with_blocks(view, hand, fork, card, document):
    view.select([card, fork[0], fork[4]])
    hand.key(Key.Key_Left, ALT | SHIFT)
    bodies = [view.canvas.blocks[n].body for n in (card, fork[0], fork[4])]
    assert len({body.left() for body in bodies}) == 1
    assert not [(a, b) for i, a in enumerate(bodies) for b in bodies[:i] if a.intersects(b)]


def test_pinning_a_card_pins_what_is_inside(view, hand, fork, card, document):
    view.select([card])
    hand.key(Key.Key_P)
    assert [n for n, node in document.network.nodes.items() if node.marks.get("pinned")] == ["pair.relu1", "pair.relu2"]
    hand.key(Key.Key_P)
    assert not any(node.marks for node in document.network.nodes.values())
