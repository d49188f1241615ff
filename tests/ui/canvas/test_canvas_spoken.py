"""What a screen reader hears of the canvas."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAccessible

from designer.graph.edits import SetMarks, SetParams
from designer.graph.groups import group
from designer.ui.canvas.spoken import Voice, spoken

ALT = Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def voice(view):
    """What the canvas announces, word for word."""
    made = Voice(view)
    made.heard = []
    made.said.connect(made.heard.append)
    return made


def description(view):
    """What assistive technology reads from Qt."""
    return QAccessible.queryAccessibleInterface(view).text(QAccessible.Text.Description)


def test_a_selected_block_is_described_whole(view, hand, small, voice):
    view.select([small[1]])
    assert voice.heard == [
        "conv1, Conv 2-D, 32 filters, kernel 3, in 1×28×28, out 32×28×28, reads from input1, feeds relu1"
    ]
    assert description(view) == voice.heard[0]


def test_problems_and_marks_are_told(view, document, small, voice):
    document.do(SetParams(small[4], {"out_features": 7}))
    document.do(SetMarks((small[4],), {"frozen": True}))
    view.select([small[4]])
    assert ", frozen" in voice.heard[-1]
    view.select([small[5]])
    assert ", 1 problem: " in voice.heard[-1]


def test_the_description_follows_edits_without_talking(view, document, small, voice):
    view.select([small[1]])
    document.do(SetParams(small[1], {"out_channels": 8}))
    assert "out 8×28×28" in description(view)
    assert len(voice.heard) == 1
    document.do(document.removal([small[1]]))
    assert description(view).startswith("The network as blocks and wires")


def test_several_and_wires_are_told(view, hand, small, voice):
    view.select(small[:3])
    assert voice.heard[-1] == "3 blocks selected: 1 Conv 2-D, 1 Input, 1 ReLU"
    view.select([small[1]])
    hand.key(Qt.Key.Key_Right, ALT)
    assert "Wire from input1 to conv1, 1×28×28" in voice.heard


def test_walking_is_heard(view, hand, small, voice):
    view.select([small[0]])
    hand.key(Qt.Key.Key_Down, CONTROL)
    assert voice.heard[-1].startswith("conv1, Conv 2-D")
    view.select([small[0]])
    hand.key(Qt.Key.Key_Up, CONTROL)
    assert voice.heard[-1] == "Nothing feeds input1."


def test_a_rubber_band_is_not_told_step_by_step(view, hand, small, voice):
    hand.drag(QPointF(-100, -100), QPointF(400, 400))
    assert len(view.selected()) > 1
    assert voice.heard == []
    assert description(view).startswith(f"{len(view.selected())} blocks selected")


def test_blocks_without_wires_and_shapes(document):
    edit = document.new_block("conv2d", 0, 0)
    document.do(edit)
    words = spoken(document, edit.name)
    assert "out shape unknown, reads from nothing, feeds nothing" in words


def test_the_canvas_is_known_to_assistive_technology(view):
    face = QAccessible.queryAccessibleInterface(view)
    assert face.text(QAccessible.Text.Name) == "Network canvas"
    assert face.role() != QAccessible.Role.NoRole


def test_the_card_of_a_group_is_told(view, document, small, voice):
    document.do(group(document, small[1:3], "stem"))
    view.select(["stem"])
    assert voice.heard[-1] == "stem, group of 2 blocks"
