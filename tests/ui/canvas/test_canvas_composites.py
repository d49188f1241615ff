"""Ready-made groups: dropped from the palette, typed, added after what is selected; each is one card and one undo."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from designer.graph.groups import group
from designer.graph.model import Wire
from tests.ui.canvas.test_canvas_blocks import Drop
from tests.ui.canvas.test_search import popup
from tests.ui.conftest import chain


@pytest.fixture
def pair(view, document):
    """An Input of 8 channels into a ReLU, far enough apart."""
    names = chain(document, "input", "relu", input={"size": (8, 16, 16)})
    view.arrange("down")
    return names


def test_dropped_on_the_paper_it_is_one_closed_card(view, document):
    drag = Drop(view, "residual")
    drag.enter(QPointF(0, 0))
    drag.move(QPointF(40, 40))
    assert drag.drop(QPointF(40, 40)).isAccepted()
    assert set(view.canvas.blocks) == {"residual1"} == set(view.selected())
    card = view.canvas.blocks["residual1"].card
    assert len(card.wired) == len(card.fed) == 1
    assert view.canvas.blocks["residual1"].body.contains(QPointF(40, 40))
    document.undo()
    assert not len(document.network)


def test_dropped_on_a_wire_it_goes_into_it_and_fits(view, document, pair):
    wire = view.canvas.wires[Wire(pair[0], 0, pair[1], 0)]
    middle = wire.route.points[0] + (wire.route.points[-1] - wire.route.points[0]) / 2
    drag = Drop(view, "inverted_residual")
    drag.enter(QPointF(-400, 0))
    drag.move(middle)
    drag.drop(middle)
    assert [w.src for w in document.network.inputs_of(pair[1])] == ["inverted_residual1.add"]
    assert str(document.shapes[pair[1]].outputs[0]) == "B×8×16×16"
    boxes = [view.canvas.blocks[n].body for n in (pair[0], "inverted_residual1", pair[1])]
    assert all(a.bottom() < b.top() for a, b in pairwise(boxes))
    document.undo()
    assert document.network.has_wire(Wire(pair[0], 0, pair[1], 0)) and len(document.network) == 2


def test_added_below_what_is_selected(view, document, pair):
    view.select([pair[1]])
    assert view.add_block("squeeze_excite") == "squeeze_excite1"
    assert document.network["squeeze_excite1.excite"].params["out_channels"] == 8
    assert {w.src for w in document.network.wires() if w.dst.startswith("squeeze_excite1")} >= {pair[1]}


def test_typed_at_the_cursor(view, document, pair):
    view.select([pair[1]])
    QTest.keyClick(view, Qt.Key.Key_Tab)
    shown = popup(view)
    QTest.keyClicks(shown.edit, "residual 16 s2 | inception 32")
    titles = [row.title for row in shown.model.rows]
    assert titles[:2] == ["Residual block", "Inception block"]
    assert shown.model.rows[1].right == "B×32×8×8"
    QTest.keyClick(shown.edit, Qt.Key.Key_Return)
    assert set(view.selected()) == {"residual1", "inception1"}
    assert str(document.shapes["inception1.concat"].outputs[0]) == "B×32×8×8"
    depth = document.depth
    document.undo()
    assert document.depth == depth - 1 and len(document.network) == 2


def test_inside_a_group_it_lies_in_that_group(view, document, pair):
    document.do(group(document, [pair[1]], "stage"))
    view.inside.enter("stage")
    view.add_block("residual")
    assert document.network.is_prefix("stage.residual1")
