"""The inspector shows what is selected, edits it one edit at a time, and repairs it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from designer.graph.edits import Rename, SetParams
from designer.ui.panels.inspector import Inspector


@pytest.fixture
def inspector(bridge, small, qtbot):
    made = Inspector(bridge)
    made.resize(300, 700)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def type_name(inspector, text):
    line = inspector.name.field
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)


def test_nothing_selected_shows_the_network(inspector):
    assert inspector.title.text() == "Network"
    assert ("Blocks", "6") in inspector.shapes.rows()
    assert inspector.form() is None


def test_a_block_shows_name_shapes_and_cost(inspector, small):
    inspector.show_blocks([small[1]])
    assert inspector.title.text() == "Conv 2-D"
    assert inspector.name.value() == small[1]
    assert inspector.shapes.rows() == [("In", "B×1×28×28"), ("Out", "B×32×28×28")]
    assert inspector.cost.rows()[0] == ("Parameters", "320")
    assert inspector.docs.isVisible()


def test_a_typed_value_is_one_edit_that_undo_takes_back(inspector, document, small):
    inspector.show_blocks([small[1]])
    depth = document.depth
    spin = inspector.form().editor("out_channels").spin
    spin.setFocus()
    spin.selectAll()
    QTest.keyClicks(spin, "8")
    QTest.keyClick(spin, Qt.Key.Key_Return)
    assert document.network[small[1]].params["out_channels"] == 8
    assert document.depth == depth + 1
    assert inspector.shapes.rows()[1] == ("Out", "B×8×28×28")
    QTest.keyClick(spin, Qt.Key.Key_Return)  # nothing new: no edit
    assert document.depth == depth + 1
    document.undo()
    assert spin.lineEdit().text() == "32"


def test_what_was_typed_goes_to_the_block_it_was_typed_for(inspector, document, small):
    inspector.show_blocks([small[1]])
    spin = inspector.form().editor("out_channels").spin
    spin.setFocus()
    spin.selectAll()
    QTest.keyClicks(spin, "16")
    inspector.show_blocks([small[4]])
    assert document.network[small[1]].params["out_channels"] == 16
    assert inspector.title.text() == "Linear"


def test_bad_text_does_not_follow_to_another_block(inspector, document, small, chain):
    more = chain(document, "conv2d")
    inspector.show_blocks([small[1]])
    spin = inspector.form().editor("out_channels").spin
    spin.lineEdit().setText("x")
    inspector.show_blocks(more)
    assert spin.lineEdit().text() == "32"
    assert inspector.form().errors() == {}


def test_renaming(inspector, document, small, qtbot):
    inspector.show_blocks([small[1]])
    with qtbot.waitSignal(inspector.renamed) as caught:
        type_name(inspector, "stem.conv")
    assert caught.args == [small[1], "stem.conv"]
    assert "stem.conv" in document.network
    assert inspector.names() == ("stem.conv",)
    document.undo()
    assert inspector.names() == (small[1],)
    assert inspector.name.field.text() == small[1]


@pytest.mark.parametrize("bad", ["class", "9lives", "a b", "relu1"])
def test_a_name_that_cannot_be_is_explained(inspector, document, small, bad):
    inspector.show_blocks([small[1]])
    type_name(inspector, bad)
    assert inspector._name_error.isVisible()
    assert inspector._name_error.text()
    assert small[1] in document.network


def test_follows_edits_from_elsewhere(inspector, document, small):
    inspector.show_blocks([small[1]])
    document.do(SetParams(small[1], {"kernel_size": (3, 5)}))
    assert inspector.form().editor("kernel_size").line.text() == "3, 5"
    document.do(Rename(small[1], "other"))
    assert inspector.names() == ("other",)
    document.do(document.removal(["other"]))
    assert inspector.names() == ()
    assert inspector.title.text() == "Network"


def test_several_blocks_show_a_sum(inspector, small):
    inspector.show_blocks(small[1:3])
    assert inspector.title.text() == "2 blocks selected"
    assert inspector.cost.rows()[:2] == [("Parameters", "320"), ("Multiply-adds", "226 k")]


def test_a_problem_is_repaired_with_one_click(inspector, document, small):
    document.do(SetParams(small[4], {"out_features": 7}))
    inspector.show_blocks([small[5]])
    cards = inspector.cards
    assert cards.isVisible()
    button = cards.findChildren(type(cards.layout().itemAt(0).widget()))[0].buttons[0]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not document.has_errors
    assert not cards.isVisible()


def test_read_only_can_be_looked_at(inspector, bridge, document, small):
    bridge.set_read_only(True)
    inspector.show_blocks([small[1]])
    assert not inspector.form().editor("out_channels").isEnabled()
    assert not inspector.name.isEnabled()


def test_nothing_is_wider_than_the_panel(inspector, document, small):
    document.do(SetParams(small[4], {"out_features": 7}))
    for name in small:
        inspector.show_blocks([name])
        assert inspector.widget().minimumSizeHint().width() <= 254  # its least width without the scroll bar
