"""What trains, on the canvas: frozen blocks and rates of their own are seen at every zoom, and set for many at once."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from designer.graph.edits import SetMarks
from designer.graph.groups import group
from designer.ui.actions.qt import context_menu
from designer.ui.actions.table import allowed, rows
from designer.ui.canvas.card import card_of
from designer.ui.canvas.look import Look
from designer.ui.canvas.overlays.spec import overlays
from designer.ui.canvas.paint import paint_card, paint_flat
from designer.ui.canvas.signs import snow
from designer.ui.canvas.spoken import spoken
from designer.ui.theme import DARK, LIGHT, contrast

CTRL, ALT, SHIFT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
both_themes = pytest.mark.parametrize("of", [LIGHT, DARK], ids=["light", "dark"])


def row(name):
    return next(row for row in rows() if row.id == name)


def menu_texts(menu):
    found = []
    for action in menu.actions():
        found += menu_texts(action.menu()) if action.menu() is not None else [action.text().partition("\t")[0]]
    return found


@pytest.fixture
def deep(view, document, chain):
    """Input, two convolutions with a norm, a linear layer: in order."""
    names = chain(document, "input", "conv2d", "batch_norm2d", "conv2d", "relu", "flatten", "linear")
    view.centerOn(QPointF(108, 300))
    return names


# --- set ---------------------------------------------------------------------------------------------------------


def test_everything_up_to_here_is_frozen_and_thawed_by_key(view, deep, hand, document):
    view.select([deep[3]])
    depth = document.depth
    hand.key(Qt.Key.Key_F, CTRL | ALT)
    assert document.depth == depth + 1
    assert [name for name in deep if document.network[name].marks.get("frozen")] == [deep[1], deep[2], deep[3]]
    assert not allowed(row("thaw_up_to").when, view) or view.document.network[deep[1]].marks["frozen"]
    view.select([deep[2]])
    hand.key(Qt.Key.Key_F, CTRL | ALT | SHIFT)
    assert [name for name in deep if document.network[name].marks.get("frozen")] == [deep[3]]
    document.undo(), document.undo()
    assert not any(document.network[name].marks for name in deep)


def test_up_to_here_needs_something_to_freeze_and_thaw(view, deep, document):
    view.select([deep[0]])
    assert not allowed(row("freeze_up_to").when, view), "an input has no weights, and nothing feeds it"
    view.select([deep[5]])
    assert allowed(row("freeze_up_to").when, view) and not allowed(row("freeze").when, view)
    assert not allowed(row("thaw_up_to").when, view)
    row("freeze_up_to").run(view)
    assert allowed(row("thaw_up_to").when, view)
    view.set_read_only(True)
    assert not any(allowed(row(name).when, view) for name in ("freeze_up_to", "thaw_up_to", "slow_up_to", "rate_0_1"))


def test_rates_of_a_selection_of_a_group_and_up_to_here(view, deep, document):
    said = []
    view.statusMessage.connect(said.append)
    view.select([deep[1], deep[4]])
    row("rate_0_1").run(view)
    assert document.network[deep[1]].marks == {"rate": 0.1} and not document.network[deep[4]].marks
    assert row("rate_0_1").checked(view) and not row("rate_1").checked(view)
    document.do(group(document, deep[1:4], "body"))
    view.select(["body"])
    assert not row("rate_0_1").checked(view), "they differ"
    row("rate_0_01").run(view)
    assert {document.network[n].marks["rate"] for n in document.network.inside("body")} == {0.01}
    view.select([deep[6]])
    row("slow_up_to").run(view)
    slow = {name for name, node in document.network.nodes.items() if node.marks.get("rate") == 0.1}
    assert slow == {deep[6], *(f"body.{name}" for name in deep[1:4])}
    row("full_up_to").run(view)
    assert not any(node.marks for node in document.network.nodes.values())
    assert said[0] == f"{deep[1]} learns at 0.1 times the rate" and said[-1] == "4 blocks learn at the full rate"


def test_the_context_menu_offers_it_over_a_block(view, deep):
    view.select([deep[3]])
    offered = menu_texts(context_menu(view, True))
    assert {"Fro&zen", "Freeze everything up to here", "&10 times slower (×0.1)"} <= set(offered)
    assert "Thaw everything up to here" not in offered
    assert "Freeze everything up to here" not in menu_texts(context_menu(view, False))


# --- shown -------------------------------------------------------------------------------------------------------


def painted(card, look, how):
    image = QImage(int(card.width) * 2, int(card.height) * 2, QImage.Format.Format_ARGB32)
    image.fill(look.theme.canvas)
    with QPainter(image) as painter:
        painter.scale(2, 2)
        how(painter, card, look)
    return image


def near(painter, card, look):
    paint_card(painter, card, look)


def flat(painter, card, look):
    paint_flat(painter, card, look, 0.5)


@both_themes
@pytest.mark.parametrize("how", [near, flat])
def test_a_frozen_card_has_a_sign_and_can_be_read(view, deep, document, of, how):
    look = Look(of)
    before = painted(card_of(document, deep[1]), look, how)
    document.do(SetMarks((deep[1],), {"frozen": True}))
    card = card_of(document, deep[1])
    after = painted(card, look, how)
    changed = [
        (x, y) for x in range(before.width()) for y in range(before.height()) if before.pixel(x, y) != after.pixel(x, y)
    ]
    assert changed and min(x for x, _ in changed) > card.width, "at the right, away from the name"
    darkest = max(contrast(QColor(after.pixel(x, y)), of.raised) for x, y in changed)
    assert darkest >= 3.0 and contrast(snow(card, look), of.raised) >= 3.0


@both_themes
def test_a_rate_is_written_on_the_card(view, deep, document, of):
    look = Look(of)
    plain = card_of(document, deep[1])
    assert (plain.frozen, plain.rate) == ("", "")
    document.do(SetMarks((deep[1],), {"rate": 0.1}))
    card = card_of(document, deep[1])
    assert (card.frozen, card.rate) == ("", "×0.1")
    assert painted(card, look, near) != painted(plain, look, near)
    document.do(SetMarks((deep[1],), {"frozen": True}))
    assert (card_of(document, deep[1]).frozen, card_of(document, deep[1]).rate) == ("all", "")
    document.do(SetMarks((deep[4],), {"frozen": True, "rate": 0.1}))
    assert card_of(document, deep[4]) == card_of(document, deep[4]) and not card_of(document, deep[4]).frozen


def test_far_away_what_is_frozen_is_hatched(view, deep, document):
    view.set_zoom(0.3)
    view.grab()
    assert view.canvas.bars.frozen == []
    before = view.grab().toImage()
    document.do(SetMarks((deep[1],), {"frozen": True}))
    view.grab()
    body = view.canvas.blocks[deep[1]].body
    assert view.canvas.bars.frozen == [body]
    after = view.grab().toImage()
    at, size = view.mapFromScene(body.topLeft()), view.mapFromScene(body.bottomRight())
    colours = {after.pixel(x, y) for x in range(at.x() + 2, size.x() - 2) for y in range(at.y() + 2, size.y() - 2)}
    plain = {before.pixel(x, y) for x in range(at.x() + 2, size.x() - 2) for y in range(at.y() + 2, size.y() - 2)}
    assert colours != plain and len(colours - plain) > 0
    document.undo()
    view.grab()
    assert view.canvas.bars.frozen == []


def test_a_groups_card_tells_of_its_blocks(view, deep, document):
    document.do(group(document, deep[1:5], "body"))
    conv, norm, second = (f"body.{name}" for name in deep[1:4])
    for marks, wanted in (
        ({conv: {"frozen": True}}, ("some", "")),
        ({norm: {"rate": 0.1}}, ("some", "×0.1–1")),
        ({second: {"rate": 0.1}}, ("some", "×0.1")),
        ({norm: {"frozen": True}, second: {"frozen": True}}, ("all", "")),
    ):
        for name, values in marks.items():
            document.do(SetMarks((name,), values))
        card = view.canvas.blocks["body"].card
        assert (card.frozen, card.rate) == wanted


def test_the_overlay_gives_frozen_factor_and_full_rate(view, deep, document):
    view.heat.choose("training")
    document.do(SetMarks((deep[1],), {"frozen": True}))
    document.do(SetMarks((deep[3],), {"rate": 0.25}))
    assert view.canvas.figures == {deep[1]: "Frozen", deep[2]: "Trains", deep[3]: "×0.25", deep[6]: "Trains"}
    tints = view.canvas.tints
    assert len({tints[deep[i]].name() for i in (1, 2, 3)}) == 3 and tints[deep[2]] == tints[deep[6]]
    document.do(group(document, deep[2:4], "body"))
    assert view.canvas.figures["body"] == "Several rates"
    assert "Frozen" in overlays()["training"].classes and overlays()["training"].hatched == "Frozen"


def test_it_is_said_too(view, deep, document):
    document.do(SetMarks((deep[1],), {"rate": 0.1}))
    assert "learns at 0.1 times the rate" in spoken(document, deep[1])
    document.do(SetMarks((deep[1],), {"frozen": True}))
    assert "frozen" in spoken(document, deep[1])
