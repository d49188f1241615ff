"""Groups on the canvas, with real keys and clicks."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QToolButton

from designer.graph.edits import Connect, Rename
from designer.graph.groups import group, retitle
from designer.graph.instances import link_copy, repeat
from designer.graph.model import Wire
from designer.ui.canvas.search.find import open_find

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def residual(view, document, chain):
    """input1, conv1, bn1, relu1, conv2, sum of relu1 and conv2, relu2."""
    names = chain(document, "input", "conv2d", "batch_norm2d", "relu", "conv2d")
    for kind in ("add", "relu"):
        edit = document.new_block(kind, 0, 120.0 * (len(names)))
        document.do(edit)
        names.append(edit.name)
    document.do(Connect(Wire(names[4], 0, names[5], 0)))
    document.do(Connect(Wire(names[3], 0, names[5], 1)))
    document.do(Connect(Wire(names[5], 0, names[6], 0)))
    view.fit()
    return names


@pytest.fixture
def grouped(view, document, hand, residual):
    """The blocks from conv2 to the sum as one closed group; its path."""
    view.select(residual[4:6])
    hand.key(Qt.Key.Key_G, CTRL)
    (path,) = view.selected()
    return path


def double(view, hand, point):
    QTest.mouseDClick(view.viewport(), LEFT, NONE, hand.at(point))


def test_ctrl_g_makes_one_card_with_its_ports(view, document, grouped, residual):
    assert document.network.groups[grouped].closed
    assert set(view.canvas.blocks) == {*residual[:4], residual[6], grouped}
    card = view.canvas.blocks[grouped].card
    assert card.wired == (True,)  # conv2 and the sum read the same value: one input
    assert card.fed == (True,)
    assert card.title == "2 blocks"
    assert view.canvas.blocks[residual[3]].card.error == ""
    document.undo()
    assert set(view.canvas.blocks) == set(residual)


def test_a_loop_is_refused_with_a_sentence(view, document, hand, residual, qtbot):
    view.select([residual[3], residual[5]])
    with qtbot.waitSignal(view.bridge.refused) as heard:
        hand.key(Qt.Key.Key_G, CTRL)
    assert "come back" in heard.args[0]
    assert not document.network.groups


def test_double_click_looks_inside_and_escape_comes_back(view, document, hand, grouped):
    before = view.visible_area().center(), view.zoom
    double(view, hand, hand.middle(grouped))
    assert view.canvas.scope == grouped
    assert set(view.canvas.blocks) == {f"{grouped}.conv2", f"{grouped}.add1"}
    assert view.canvas.blocks[f"{grouped}.conv2"].card.shown == "conv2"
    assert len(view.canvas.stubs) == 2
    assert view.inside.trail.isVisible()
    hand.key(Qt.Key.Key_Escape)
    assert view.canvas.scope == ""
    assert not view.inside.trail.isVisible()
    assert view.selected() == [grouped]
    assert abs(view.zoom - before[1]) < 1e-6
    assert (view.visible_area().center() - before[0]).manhattanLength() < 4


def test_what_is_added_inside_belongs_to_the_group(view, document, hand, grouped):
    view.inside.enter(grouped)
    name = view.add_block("dropout", QPointF(400, 0))
    assert name == f"{grouped}.dropout1"
    assert name in view.canvas.blocks
    view.inside.leave()
    assert view.canvas.blocks[grouped].card.title == "3 blocks"


def test_the_trail_leads_back(view, document, hand, grouped):
    view.inside.enter(grouped)
    first = next(b for b in view.inside.trail.findChildren(QToolButton) if b.isVisible() and b.text() == "Network")
    QTest.mouseClick(first, LEFT)
    assert view.canvas.scope == ""


def test_e_opens_here_and_the_tab_closes(view, document, hand, grouped):
    hand.key(Qt.Key.Key_E)
    assert not document.network.groups[grouped].closed
    assert f"{grouped}.conv2" in view.canvas.blocks
    (frame,) = view.canvas.frames.frames()
    assert all(frame.rect.contains(view.canvas.blocks[n].body) for n in view.canvas.frames.members(grouped))
    double(view, hand, frame.tab.center())
    assert document.network.groups[grouped].closed
    assert view.selected() == [grouped]


def test_a_pull_at_the_tab_moves_the_group(view, document, hand, grouped, residual):
    hand.key(Qt.Key.Key_E)
    (frame,) = view.canvas.frames.frames()
    before = {n: document.network[n].x for n in document.network.nodes}
    hand.drag(frame.tab.center(), frame.tab.center() + QPointF(160, 0))
    moved = {n for n, x in before.items() if document.network[n].x != x}
    assert moved == {f"{grouped}.conv2", f"{grouped}.add1"}


def test_a_card_is_dragged_and_opens_where_it_lies(view, document, hand, grouped):
    corner = view.canvas.blocks[grouped].pos()
    hand.drag(hand.middle(grouped), hand.middle(grouped) + QPointF(320, 80))
    group = document.network.groups[grouped]
    assert (group.x, group.y) == (corner.x() + 320, corner.y() + 80)
    hand.key(Qt.Key.Key_E)
    first = document.network[f"{grouped}.conv2"]
    assert abs(first.x - group.x) < 300
    assert first.x > corner.x() + 200


def test_a_wire_into_a_card_feeds_all_its_slots(view, document, hand, grouped, residual):
    hand.click(hand.input(grouped, 0) + QPointF(0, 40))
    wires = {w for w in view.canvas.wires if view.canvas.wires[w].shown.dst == grouped}
    assert len(wires) == 2
    view.canvas.select((), wires)
    hand.key(Qt.Key.Key_Delete)
    assert view.canvas.blocks[grouped].card.wired == (False,)  # still one input
    hand.drag(hand.output(residual[3]), hand.input(grouped, 0))
    assert document.network.wire_at(f"{grouped}.conv2", 0).src == residual[3]
    assert document.network.wire_at(f"{grouped}.add1", 1).src == residual[3]
    assert view.canvas.blocks[grouped].card.wired == (True,)


def test_a_card_that_is_deleted_takes_its_blocks_along(view, document, hand, grouped, residual):
    before = document.network.copy()
    hand.key(Qt.Key.Key_Delete)
    assert set(document.network.nodes) == {*residual[:4], residual[6]}
    document.undo()
    assert document.network == before
    assert grouped in view.canvas.blocks


def test_an_error_inside_shows_on_the_card(view, document, grouped, residual):
    from designer.graph.edits import SetParams

    document.do(SetParams(f"{grouped}.conv2", {"out_channels": 7}))
    assert "add1" in view.canvas.blocks[grouped].card.error


def test_ungroup_gives_the_names_back(view, document, hand, grouped, residual):
    hand.key(Qt.Key.Key_G, CTRL | SHIFT)
    assert set(document.network.nodes) == set(residual)
    assert set(view.canvas.blocks) == set(residual)


def test_a_group_that_goes_while_one_is_inside_leads_out(view, document, grouped):
    view.inside.enter(grouped)
    document.do(document.removal([grouped]))
    assert view.canvas.scope == ""
    document.undo()
    assert grouped in view.canvas.blocks


def test_linked_copies_change_together(view, document, hand, grouped):
    hand.key(Qt.Key.Key_D, Qt.KeyboardModifier.AltModifier)
    (copy,) = view.selected()
    assert copy != grouped
    view.inside.enter(copy)
    assert "2 linked" in " ".join(label.text() for label in view.inside.trail.findChildren(type(view.hint).__mro__[1]))
    from designer.graph.edits import SetParams

    document.do(SetParams(f"{copy}.conv2", {"kernel_size": 5}))
    assert document.network[f"{grouped}.conv2"].params["kernel_size"] == 5


def words_of(trail):
    return [part.text() for part in trail.children() if isinstance(part, QLabel | QToolButton) and part.isVisible()]


def test_a_deep_trail_hides_its_middle_and_fits(view, document, chain, hand, qtbot):
    (name,) = chain(document, "relu")
    path = ".".join(f"a_level_with_a_name_{i}" for i in range(8))
    document.do(Rename(name, f"{path}.relu1"))
    document.do(group(document, [f"{path}.relu1"], f"{path}.last"))
    view.inside.enter(f"{path}.last")
    trail = view.inside.trail
    assert trail.geometry().right() <= view.width() - 12
    dots = next(part for part in trail.findChildren(QToolButton) if part.isVisible() and part.text() == "…")
    assert words_of(trail)[0] == "Network" and words_of(trail)[-1] == "last"
    hidden = [action.text() for action in dots.menu().actions()]
    assert hidden and hidden[0] == "a_level_with_a_name_0"
    view.resize(1900, 700)
    assert len(words_of(trail)) > 5
    view.resize(500, 700)
    dots = next(part for part in trail.findChildren(QToolButton) if part.isVisible() and part.text() == "…")
    dots.menu().actions()[0].trigger()
    assert view.canvas.scope == "a_level_with_a_name_0"
    assert view.hasFocus()


def test_the_trail_follows_titles(view, document, grouped):
    view.inside.enter(grouped)
    document.do(retitle(document, grouped, "The sum"))
    assert "The sum" in words_of(view.inside.trail)


def test_the_find_bar_gives_way_to_the_trail(view, document, grouped):
    view.resize(420, 600)
    view.inside.enter(grouped)
    bar = open_find(view)
    trail = view.inside.trail.geometry()
    assert not trail.intersects(bar.geometry())
    assert bar.geometry().left() >= 12 and bar.geometry().right() <= view.width() - 12
    view.resize(1200, 600)
    assert bar.y() == view.inside.trail.y()


def test_a_repeated_card_says_so_and_a_linked_one_too(view, document, hand, grouped):
    card = view.canvas.blocks[grouped].card
    assert (card.times, card.linked) == (1, False)
    document.do(repeat(document, grouped, 3))
    card = view.canvas.blocks[grouped].card
    assert (card.times, card.shown, card.title) == (3, f"{grouped} ×3", "3 × 2 blocks")
    assert card.summary == "Add, Conv 2-D"
    document.do(repeat(document, grouped, 1))
    document.do(link_copy(document, grouped))
    assert view.canvas.blocks[grouped].card.linked
    document.undo()
    assert not view.canvas.blocks[grouped].card.linked


def test_what_is_looked_into_lies_beside_the_trail(view, document, grouped):
    view.resize(360, 300)
    view.inside.enter(grouped)
    trail = view.inside.trail.geometry()
    for item in (*view.canvas.blocks.values(), *view.canvas.stubs.values()):
        seen = view.mapFromScene(item.body).boundingRect()
        assert not seen.intersects(trail)
        assert view.viewport().rect().contains(seen)
