"""A repair is seen before it is done: ghosts, what goes, labels; leaving or doing it leaves no trace of the preview."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from designer.graph.edits import Batch, Connect, Disconnect, Move, SetParams
from designer.graph.fixes import fixes_for
from designer.graph.forecast import forecast
from designer.graph.groups import group
from designer.graph.model import Wire
from tests.pure.graph.mistakes import MISTAKES
from tests.pure.graph.sketch import sketched

HIDDEN = "hidden_end"


def first_fix(document, code):
    (problem,) = [p for p in document.problems if p.code == code]
    return fixes_for(document, problem)[0].edit


def places(view):
    return {name: item.pos().toTuple() for name, item in view.canvas.blocks.items()}


@pytest.fixture
def broken(view, document, chain):
    """input1 -> conv1 -> classification1, which lacks a Flatten and a fully connected block."""
    names = chain(document, "input", "conv2d", "classification_output")
    view.centerOn(QPointF(108, 150))
    return names


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: m.code)
def test_a_forecast_is_what_the_edit_does(mistake):
    document = sketched(mistake.text, mistake.context)
    problem = next(p for p in document.problems if p.code == mistake.code)
    for fix in fixes_for(document, problem):
        before, wires = document.network.copy(), set(document.network.wires())
        found = forecast(document, fix.edit)
        document.do(fix.edit)
        now = document.network
        assert set(found.added) >= set(now.nodes) - set(before.nodes)
        assert found.removed >= set(before.nodes) - set(now.nodes)
        assert found.new_wires == set(now.wires()) - wires
        assert found.gone_wires == wires - set(now.wires())
        assert found.after.to_json() == now.to_json()
        document.undo()


def test_new_blocks_are_ghosts_and_the_document_stays(view, document, broken):
    before, stood = document.network.to_json(), places(view)
    view.preview.show(first_fix(document, "needs_flatten"))
    item = view.preview.item
    assert [card.title for card, _ in item.ghosts] == ["Flatten", "Linear"]
    assert len(item.routes) == 3 and len(item.gone) == 1
    cut = view.canvas.wires[Wire(broken[1], 0, broken[2], 0)]
    assert cut.hidden_end
    assert places(view)[broken[2]][1] > stood[broken[2]][1]  # it makes room
    assert document.network.to_json() == before
    view.preview.clear()
    assert places(view) == stood and not cut.hidden_end and not view.canvas.over
    assert view.preview.item is None


def test_the_picture_changes_and_comes_back(view, document, broken):
    before = view.viewport().grab().toImage()
    view.preview.show(first_fix(document, "needs_flatten"))
    assert view.viewport().grab().toImage() != before
    view.preview.clear()
    assert view.viewport().grab().toImage() == before


def test_a_changed_parameter_is_a_label(view, document, loose):
    view.preview.show(SetParams(loose[1], {"kernel_size": 7, "bias": False}))
    words = [line for _, line in view.preview.item.labels]
    assert words == ["Kernel size: 3 → 7", "Bias: on → off"]


def test_a_removed_block_is_struck_out(view, document, loose):
    document.do(Connect(Wire(loose[0], 0, loose[1], 0)))
    view.preview.show(document.removal([loose[1]]))
    assert view.preview.item.struck == [view.canvas.blocks[loose[1]].body]
    assert len(view.preview.item.gone) == 1


def test_doing_the_edit_ends_the_preview(view, document, broken):
    edit = first_fix(document, "needs_flatten")
    view.preview.show(edit)
    document.do(edit)
    assert view.preview.item is None and not view.canvas.over
    assert places(view) == {n: (node.x, node.y) for n, node in document.network.nodes.items()}
    assert not any(item.hidden_end for item in view.canvas.wires.values())


def test_a_drag_ends_the_preview(view, document, broken, hand):
    view.preview.show(first_fix(document, "needs_flatten"))
    at = hand.middle(broken[0])
    hand.drag(at, at + QPointF(64, 0))
    assert view.preview.item is None


def test_what_lies_out_of_sight_is_brought_into_view_and_back(view, document, loose):
    document.do(Move({loose[2]: (5000.0, 5000.0)}))
    view.centerOn(QPointF(108, 100))
    middle = view.visible_area().center()
    view.preview.show(document.removal([loose[2]]))
    assert view.visible_area().contains(view.preview.item.struck[0].center())
    view.preview.clear()
    assert (view.visible_area().center() - middle).manhattanLength() < 2


def test_inside_a_closed_group_its_card_says_how_much_changes(view, document, broken):
    document.do(group(document, [broken[1]], "stem"))
    (name,) = [n for n in document.network.nodes if n.startswith("stem.")]
    view.preview.show(SetParams(name, {"kernel_size": 5}))
    assert [line for _, line in view.preview.item.labels] == ["1 block inside"]


def test_a_refused_edit_shows_nothing(view, document, broken):
    view.preview.show(Batch("", (Disconnect(Wire("a", 0, "b", 0)),)))
    assert view.preview.item is None


@pytest.mark.parametrize("name", ["light", "dark"])
def test_it_is_painted_in_both_themes_and_from_far(view, document, broken, name):
    from designer.ui import theme

    theme.set_theme(name)
    view.preview.show(first_fix(document, "needs_flatten"))
    for zoom in (0.2, 0.5, 1.0, 3.0):
        view.set_zoom(zoom)
        assert not view.viewport().grab().isNull()


def test_escape_on_a_button_ends_it(view, qtbot):
    from designer.ui.parts import FixButton

    button = FixButton("Insert Flatten")
    qtbot.addWidget(button)
    heard = []
    button.weighed.connect(heard.append)
    QTest.keyClick(button, Qt.Key.Key_Escape)
    assert heard == [False]
