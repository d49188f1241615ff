"""Tab, Space and a double click search what to add; a chain is typed, seen with its shapes, and drawn by Enter."""

import itertools

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from designer.graph.edits import Connect
from designer.graph.groups import group
from designer.graph.model import Wire
from designer.ui import theme
from designer.ui.canvas.hits import PortAt
from designer.ui.canvas.search.popup import SearchPopup, open_search

KEY = Qt.Key


def popup(view):
    """The search that is open, None for none."""
    return next((p for p in view.findChildren(SearchPopup) if p.isVisible()), None)


def titles(shown):
    return [row.title for row in shown.model.rows]


def row_of(shown, title):
    return next(row for row in shown.model.rows if row.title == title)


@pytest.fixture
def image(view, document):
    """An Input of 3×32×32, selected and in sight; its name."""
    new = document.new_block("input", 0.0, 0.0, {"size": (3, 32, 32)})
    document.do(new)
    view.centerOn(QPointF(108, 300))
    view.select([new.name])
    return new.name


def type_in(view, text):
    """Press Tab on the canvas and type; the popup."""
    QTest.keyClick(view, KEY.Key_Tab)
    shown = popup(view)
    QTest.keyClicks(shown.edit, text)
    return shown


def test_a_chain_is_typed_and_drawn_and_one_undo_takes_it_back(view, document, image):
    depth = document.depth
    before = document.network.to_json()
    shown = type_in(view, "conv 64 k3 s2 | bn | relu | pool")
    QTest.keyClick(shown.edit, KEY.Key_Return)
    names = ["conv1", "batch_norm1", "relu1", "max_pool1"]
    assert set(document.network.nodes) == {image, *names}
    pairs = zip([image, *names[:-1]], names, strict=True)
    assert document.network.wires() == sorted(Wire(a, 0, b, 0) for a, b in pairs)
    assert not any(p.severity == "error" for n in names for p in document.problems_of(n))
    assert str(document.shapes["max_pool1"].outputs[0]) == "B×64×8×8"
    tops = [view.canvas.blocks[n].body for n in [image, *names]]
    assert all(a.bottom() < b.top() for a, b in itertools.pairwise(tops))
    assert view.selected() == names
    assert document.depth == depth + 1
    assert popup(view) is None
    assert view.hasFocus()
    document.undo()
    assert document.network.to_json() == before


def test_each_step_shows_the_shape_it_makes_while_one_types(view, document, image):
    before = document.network.to_json()
    shown = type_in(view, "conv 64 k3 s2 | bn")
    assert row_of(shown, "Conv 2-D").right == "B×64×16×16"
    assert row_of(shown, "Conv 2-D").aside == "64 filters, kernel 3, stride 2"
    QTest.keyClicks(shown.edit, " | pool")
    assert row_of(shown, "Max pool 2-D").right == "B×64×8×8"
    assert shown.says.text() == f"Enter adds 3 blocks after {image}"
    assert document.network.to_json() == before


def test_a_problem_is_red_and_its_fix_is_one_key_away(view, document, image):
    shown = type_in(view, "conv 8 | classify 4")
    bad = row_of(shown, "Classification output")
    assert bad.tone == "error"
    assert "Expected 2 dimensions" in bad.help
    QTest.keyClick(shown.edit, KEY.Key_Down)
    assert shown.current().title == "Put flatten | linear 4 before Classification output"
    QTest.keyClick(shown.edit, KEY.Key_Return)
    assert shown.edit.text() == "conv 8 | flatten | linear 4 | classify 4"
    assert row_of(shown, "Classification output").tone == ""
    QTest.keyClick(shown.edit, KEY.Key_Return)
    assert [n.type for n in document.network.nodes.values()] == [
        "input", "conv2d", "flatten", "linear", "classification_output"
    ]  # fmt: skip
    assert not document.has_errors


def test_what_cannot_be_read_is_said_and_nothing_is_drawn(view, document, image):
    shown = type_in(view, "conv 64 kernal=5 | relu")
    assert shown.model.rows[0].tone == "error"
    assert "no parameter “kernal”" in shown.model.rows[0].help
    QTest.keyClick(shown.edit, KEY.Key_Return)
    assert list(document.network.nodes) == [image]
    assert shown.isVisible()
    QTest.keyClick(shown.edit, KEY.Key_Down)
    QTest.keyClick(shown.edit, KEY.Key_Return)
    assert shown.edit.text() == "conv 64 kernel_size=5 | relu"
    QTest.keyClick(shown.edit, KEY.Key_Return)
    assert document.network["conv1"].params["kernel_size"] == 5


def test_tab_completes_words_and_keys(view, image):
    shown = type_in(view, "conv 64 | ba")
    assert shown.current().title == "batch_norm"
    QTest.keyClick(shown.edit, KEY.Key_Tab)
    assert shown.edit.text() == "conv 64 | batch_norm "
    QTest.keyClicks(shown.edit, "| rel")
    QTest.keyClick(shown.edit, KEY.Key_Return)  # the marked word first: nothing half-typed is drawn
    assert shown.edit.text() == "conv 64 | batch_norm | relu "
    QTest.keyClick(shown.edit, KEY.Key_Escape)


def test_tab_on_a_block_goes_on_with_its_values(view, document, image):
    shown = type_in(view, "conv")
    assert titles(shown)[0] == "Conv 2-D"
    QTest.keyClick(shown.edit, KEY.Key_Tab)
    assert shown.edit.text() == "conv "
    QTest.keyClicks(shown.edit, "12")
    QTest.keyClick(shown.edit, KEY.Key_Return)
    assert document.network["conv1"].params["out_channels"] == 12


def test_arrows_choose_and_escape_leaves_everything(view, document, image):
    shown = type_in(view, "pool")
    first = shown.current().title
    QTest.keyClick(shown.edit, KEY.Key_Down)
    second = shown.current().title
    assert first != second
    QTest.keyClick(shown.edit, KEY.Key_Up)
    assert shown.current().title == first
    assert shown.edit.accessibleDescription().startswith(first)
    QTest.keyClick(shown.edit, KEY.Key_Escape)
    assert popup(view) is None
    assert view.hasFocus()
    assert view.selected() == [image]
    assert list(document.network.nodes) == [image]


def test_the_arriving_shape_ranks_the_family(view, document):
    new = document.new_block("input", 0.0, 0.0, {"size": (3, 32)})
    document.do(new)
    view.select([new.name])
    assert titles(type_in(view, "conv"))[0] == "Conv 1-D"


def test_a_tap_on_space_searches_and_space_with_a_drag_pans(view, hand, loose):
    QTest.keyPress(view, KEY.Key_Space)
    hand.drag(QPointF(300, 300), QPointF(340, 340))
    QTest.keyRelease(view, KEY.Key_Space)
    assert popup(view) is None
    QTest.keyClick(view, KEY.Key_Space)
    assert popup(view) is not None


def test_a_double_click_on_paper_adds_there(view, document, hand):
    at = QPoint(500, 300)
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    shown = popup(view)
    QTest.keyClicks(shown.edit, "gelu")
    QTest.keyClick(shown.edit, KEY.Key_Return)
    body = view.canvas.blocks["gelu1"].body
    assert body.contains(view.mapToScene(at))
    assert not document.network.wires()


def test_it_goes_into_the_selected_wire(view, document, image):
    document.do(document.new_block("flatten", 0.0, 140.0))
    wire = Wire(image, 0, "flatten1", 0)
    document.do(Connect(wire))
    view.canvas.select((), (wire,))
    shown = type_in(view, "conv 4 | relu")
    assert shown.says.text() == f"Enter puts 2 blocks between {image} and flatten1"
    QTest.keyClick(shown.edit, KEY.Key_Return)
    assert {Wire(image, 0, "conv1", 0), Wire("relu1", 0, "flatten1", 0)} <= set(document.network.wires())
    assert wire not in document.network.wires()
    bodies = [view.canvas.blocks[n].body for n in (image, "conv1", "relu1", "flatten1")]
    assert all(a.bottom() < b.top() for a, b in itertools.pairwise(bodies))


def test_what_was_used_last_comes_first(view, image):
    for word in ("tanh", "gelu"):
        shown = type_in(view, word)
        QTest.keyClick(shown.edit, KEY.Key_Return)
    shown = type_in(view, "")
    assert titles(shown)[:2] == ["GELU", "Tanh"]
    assert shown.model.rows[0].right == "Used lately"


@pytest.fixture
def card(view, document, chain):
    """input1 -> a closed group of conv1 and relu1, nothing behind it; its path."""
    chain(document, "input", "conv2d", "relu")
    document.do(group(document, ["conv1", "relu1"], "stage"))
    assert "stage" in view.canvas.blocks
    return "stage"


def test_after_the_card_of_a_closed_group_it_lies_outside(view, document, card):
    view.select([card])
    shown = type_in(view, "tanh | flatten")
    QTest.keyClick(shown.edit, KEY.Key_Return)
    assert Wire("stage.relu1", 0, "tanh1", 0) in document.network.wires()
    bodies = [view.canvas.blocks[n].body for n in ("stage", "tanh1", "flatten1")]
    assert all(a.bottom() < b.top() for a, b in itertools.pairwise(bodies))
    view.select([card])
    QTest.keyClick(type_in(view, "gelu").edit, KEY.Key_Return)  # now one wire leaves the card: into it
    assert {Wire("stage.relu1", 0, "gelu1", 0), Wire("gelu1", 0, "tanh1", 0)} <= set(document.network.wires())


def test_a_wire_from_a_card_is_answered_too(view, document, hand, card):
    view.fit()
    at = hand.output(card) + QPointF(300, 40)
    hand.drag(hand.output(card), at)
    QTest.keyClicks(popup(view).edit, "tanh")
    QTest.keyClick(popup(view).edit, KEY.Key_Return)
    assert Wire("stage.relu1", 0, "tanh1", 0) in document.network.wires()
    assert "tanh1" in view.canvas.blocks


def test_inside_a_group_names_lie_in_it(view, document, card):
    view.canvas.enter(card)
    view.select(())
    QTest.keyClick(type_in(view, "dropout").edit, KEY.Key_Return)
    assert "stage.dropout1" in document.network


# --- wires dropped on paper ------------------------------------------------------------------------------------------


def test_a_wire_dropped_on_paper_is_wired_to_what_is_chosen(view, document, hand, image):
    hand.drag(hand.output(image), QPointF(500, 260))
    shown = popup(view)
    rows = shown.model.rows
    assert "Input" not in titles(shown)
    reasons = [row.tone == "faded" for row in rows]
    assert True in reasons
    assert reasons == sorted(reasons)  # what does not fit is last, with its reason
    assert "Expected" in rows[-1].help
    QTest.keyClicks(shown.edit, "conv")
    assert titles(shown)[0] == "Conv 2-D"
    assert row_of(shown, "Conv 1-D").tone == "faded"
    QTest.keyClick(shown.edit, KEY.Key_Return)
    assert document.network.wires() == [Wire(image, 0, "conv1", 0)]
    assert (hand.input("conv1") - QPointF(500, 260)).manhattanLength() <= 16
    assert not view.canvas.over


def test_a_wire_pulled_upwards_asks_for_a_source(view, document, hand, loose):
    hand.drag(hand.input("relu1"), QPointF(420, 260))
    shown = popup(view)
    assert "Classification output" not in titles(shown)
    QTest.keyClicks(shown.edit, "tanh")
    QTest.keyClick(shown.edit, KEY.Key_Return)
    assert document.network.wires() == [Wire("tanh1", 0, "relu1", 0)]
    assert (hand.output("tanh1") - QPointF(420, 260)).manhattanLength() <= 16


def test_a_click_on_a_port_and_a_carried_end_search_nothing(view, document, hand, loose):
    hand.click(hand.output("input1"))
    assert popup(view) is None
    document.do(Connect(Wire("input1", 0, "conv1", 0)))
    hand.drag(hand.input("conv1"), QPointF(600, 300))
    assert popup(view) is None
    assert document.network.wires() == []


def test_escape_after_a_dropped_wire_leaves_no_trace(view, document, hand, image):
    hand.drag(hand.output(image), QPointF(500, 260))
    assert view.canvas.over
    QTest.keyClick(popup(view).edit, KEY.Key_Escape)
    assert not view.canvas.over
    assert document.network.wires() == []


# --- who else is there -----------------------------------------------------------------------------------------------


def test_it_closes_when_the_document_changes_or_one_clicks_elsewhere(view, document, hand, image):
    type_in(view, "re")
    document.undo()
    assert popup(view) is None
    document.redo()
    open_search(view)
    hand.click(QPointF(-150, 500))
    view.setFocus(Qt.FocusReason.MouseFocusReason)
    assert popup(view) is None


def test_read_only_searches_nothing_and_tab_leaves(view, image):
    view.set_read_only(True)
    assert open_search(view) is None
    QTest.keyClick(view, KEY.Key_Tab)
    assert popup(view) is None


def test_a_second_search_takes_the_place_of_the_first(view, image):
    first, second = open_search(view), open_search(view)
    assert not first.isVisible()
    assert popup(view) is second


@pytest.mark.parametrize("at", [(5, 5), (895, 695), (450, 690)])
def test_it_stays_within_the_canvas_and_its_line_stands_still(view, image, at):
    shown = open_search(view, view.mapToScene(QPoint(*at)))
    heights = []
    for text in ("", "c", "conv 8 | flatten | classify 9", "qqqq"):
        shown.edit.setText(text)
        assert view.rect().contains(shown.geometry())
        heights.append(shown.y())
    assert len(set(heights)) == 1


def test_it_says_what_it_is(view, image):
    shown = open_search(view)
    assert shown.edit.accessibleName() == "Add blocks"
    assert all(shown.model.index(i).data(Qt.ItemDataRole.AccessibleTextRole) for i in range(shown.model.rowCount()))


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize("text", ["conv", "conv 64 | linear 10 | re", "conv 64 kernal=3", "zzzz"])
def test_it_paints_in_both_themes(view, image, name, text):
    theme.set_theme(name)
    shown = open_search(view)
    shown.edit.setText(text)
    picture = shown.grab().toImage()
    colours = {
        picture.pixelColor(x, y).rgb() for x in range(0, picture.width(), 3) for y in range(0, picture.height(), 3)
    }
    assert len(colours) > 12
    assert abs(picture.pixelColor(20, 8).lightness() - theme.theme().raised.lightness()) < 12


def test_the_source_may_be_given(view, document, image):
    item = view.canvas.blocks[image]
    port = PortAt(image, "out", 0, item.pos() + item.card.output_at(0))
    shown = open_search(view, QPointF(400, 200), port)
    QTest.keyClicks(shown.edit, "conv 4 | relu")
    QTest.keyClick(shown.edit, KEY.Key_Return)
    assert document.network.wires() == [Wire("conv1", 0, "relu1", 0), Wire(image, 0, "conv1", 0)]
