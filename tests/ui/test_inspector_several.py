"""Several selected blocks: common values, "mixed" where they differ, one edit for all of them."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from designer.blocks.catalog import catalog
from designer.graph.edits import Rename, SetMarks, SetParams
from designer.ui.editors import make_editor
from designer.ui.form import entries_of_block
from designer.ui.panels.inspector import Inspector

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def convs(document, chain):
    """Three convolutions of 8, 8 and 16 filters, the last one strided, between an input and a ReLU."""
    names = chain(document, "input", "conv2d", "conv2d", "conv2d", "relu")
    for name, values in zip(names[1:4], ({}, {}, {"stride": 2}), strict=True):
        document.do(SetParams(name, {"out_channels": 16 if values else 8, **values}))
    return names[1:4]


@pytest.fixture
def inspector(bridge, convs, qtbot):
    made = Inspector(bridge)
    made.resize(300, 800)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def type_number(editor, text):
    editor.spin.setFocus()
    editor.spin.selectAll()
    QTest.keyClicks(editor.spin, text)
    QTest.keyClick(editor.spin, Qt.Key.Key_Return)


def test_common_values_are_shown_and_others_are_mixed(inspector, convs):
    inspector.show_blocks(convs)
    assert inspector.title.text() == "3 × Conv 2-D"
    form = inspector.form()
    assert form.editor("out_channels").mixed
    assert form.editor("out_channels").spin.lineEdit().text() == ""
    assert form.editor("out_channels").spin.lineEdit().placeholderText() == "mixed"
    assert form.editor("stride").line.placeholderText() == "mixed"
    assert not form.editor("kernel_size").mixed
    assert form.editor("kernel_size").line.text() == "3"
    inspector.show_blocks(convs[:2])
    assert form.editor("out_channels").spin.lineEdit().text() == "8"
    assert form.editor("out_channels").spin.lineEdit().placeholderText() == ""


def test_one_edit_changes_all(inspector, document, convs):
    inspector.show_blocks(convs)
    before, depth = document.network.to_json(), document.depth
    type_number(inspector.form().editor("out_channels"), "32")
    assert [document.network[n].params["out_channels"] for n in convs] == [32, 32, 32]
    assert [document.network[n].params["stride"] for n in convs] == [1, 1, 2]
    assert (document.depth, document.undo_label) == (depth + 1, "Change 3 blocks")
    assert not inspector.form().editor("out_channels").mixed
    document.undo()
    assert document.network.to_json() == before
    assert inspector.form().editor("out_channels").mixed


def test_the_value_that_one_already_has_can_be_given_to_all(inspector, document, convs):
    inspector.show_blocks(convs)
    depth = document.depth
    type_number(inspector.form().editor("out_channels"), "8")  # only the third differs
    assert [document.network[n].params["out_channels"] for n in convs] == [8, 8, 8]
    assert document.depth == depth + 1


def test_nothing_typed_into_a_mixed_field_changes_nothing(inspector, document, convs):
    inspector.show_blocks(convs)
    depth = document.depth
    spin = inspector.form().editor("out_channels").spin
    spin.setFocus()
    QTest.keyClick(spin, Qt.Key.Key_Return)
    inspector.form().editor("stride").line.setFocus()
    inspector.show_blocks(convs[:1])
    assert document.depth == depth


def test_what_was_typed_for_several_goes_to_them_when_others_are_selected(inspector, document, convs):
    inspector.show_blocks(convs)
    spin = inspector.form().editor("out_channels").spin
    spin.setFocus()
    QTest.keyClicks(spin, "24")
    inspector.show_blocks([])
    assert [document.network[n].params["out_channels"] for n in convs] == [24, 24, 24]


def test_escape_brings_mixed_back_and_bad_text_is_explained(inspector, document, convs):
    inspector.show_blocks(convs)
    editor = inspector.form().editor("out_channels")
    type_number(editor, "-3")
    assert "at least 1" in editor.error
    QTest.keyClick(editor.spin, Qt.Key.Key_Escape)
    assert editor.mixed and editor.error == ""
    assert editor.spin.lineEdit().text() == ""
    assert [document.network[n].params["out_channels"] for n in convs] == [8, 8, 16]


def test_a_switch_between_on_and_off_turns_all_on(inspector, document, convs):
    document.do(SetParams(convs[0], {"bias": False}))
    inspector.show_blocks(convs)
    editor = inspector.form().editor("bias")
    assert editor.mixed
    assert editor.switch.checkState() == Qt.CheckState.PartiallyChecked
    inspector.form().more.setChecked(True)
    QTest.mouseClick(editor.switch, LEFT)
    assert [document.network[n].params["bias"] for n in convs] == [True, True, True]
    assert not editor.switch.isTristate()
    QTest.mouseClick(editor.switch, LEFT)
    assert [document.network[n].params["bias"] for n in convs] == [False, False, False]


def test_several_types_are_counted_and_a_click_keeps_one(inspector, document, convs, qtbot):
    names = [*convs, "relu1", "input1"]
    inspector.show_blocks(names)
    assert inspector.title.text() == "5 blocks selected"
    assert inspector.form() is None
    assert list(inspector.types.buttons) == ["conv2d", "input", "relu"]
    button = inspector.types.buttons["conv2d"]
    assert button.accessibleName() == "Keep only the 3 Conv 2-D blocks selected"
    with qtbot.waitSignal(inspector.narrowed) as kept:
        QTest.mouseClick(button, LEFT)
    assert kept.args == [convs]
    inspector.show_blocks(convs)
    assert not inspector.types.isVisible()


def test_several_follow_a_new_name_and_a_deletion(inspector, document, convs):
    inspector.show_blocks(convs)
    document.do(Rename(convs[0], "stem.conv"))
    assert inspector.names() == ("stem.conv", *convs[1:])
    document.do(document.removal([convs[1]]))
    assert inspector.names() == ("stem.conv", convs[2])


def test_read_only_shows_what_several_have(inspector, bridge, convs):
    bridge.set_read_only(True)
    inspector.show_blocks(convs)
    assert inspector.form().editor("out_channels").mixed
    assert not inspector.form().editor("out_channels").isEnabled()


ENTRIES = {(e.kind, e.optional): e for block in catalog().values() for e in entries_of_block(block)}


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=lambda e: f"{e.kind}{'?' * e.optional}")
def test_every_editor_can_be_mixed(qtbot, entry):
    editor = make_editor(entry)
    qtbot.addWidget(editor)
    said = []
    editor.committed.connect(said.append)
    editor.set_mixed(entry.default)
    assert editor.mixed and not editor.pending()
    assert editor.commit() and said == []
    editor.revert()
    assert editor.mixed
    editor.set_value(entry.default)
    assert not editor.mixed and not editor.pending()
    assert editor.value() == entry.default and said == []


def test_marks_of_one_and_of_many(inspector, document, convs):
    inspector.show_blocks(convs[:1])
    depth = document.depth
    QTest.mouseClick(inspector.marks.form.editor("pinned").switch, LEFT)
    assert document.network[convs[0]].marks == {"pinned": True}
    assert document.depth == depth + 1
    inspector.show_blocks(convs)
    assert inspector.marks.form.editor("pinned").mixed
    assert not inspector.marks.form.editor("frozen").mixed
    QTest.mouseClick(inspector.marks.form.editor("frozen").switch, LEFT)
    assert [dict(document.network[n].marks) for n in convs] == [
        {"pinned": True, "frozen": True},
        {"frozen": True},
        {"frozen": True},
    ]
    document.undo()
    assert not inspector.marks.form.editor("frozen").switch.isChecked()


def test_a_rate_is_typed_for_one_and_for_many(inspector, document, convs):
    inspector.show_blocks(convs[:1])
    rate = inspector.marks.form.editor("rate")
    rate.field.setFocus()
    QTest.keyClick(rate.field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(rate.field, "0.1")
    inspector.show_blocks(convs)  # what was typed counts, though Enter was not pressed
    assert document.network[convs[0]].marks == {"rate": 0.1}
    assert rate.mixed and rate.isEnabled()
    inspector.show_blocks([*convs, "relu1"])
    assert rate.mixed and rate.isVisible(), "a ReLU has none, and does not count"
    depth = document.depth
    rate.field.setFocus()
    QTest.keyClicks(rate.field, "0.5")
    QTest.keyClick(rate.field, Qt.Key.Key_Return)
    assert document.depth == depth + 1
    assert {n: dict(document.network[n].marks) for n in (*convs, "relu1")} == {
        **{name: {"rate": 0.5} for name in convs},
        "relu1": {},
    }
    QTest.keyClick(rate.field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(rate.field, "-1")
    QTest.keyClick(rate.field, Qt.Key.Key_Return)
    assert inspector.marks.form.errors() == {"rate": "Rate factor must be at least 0; -1 is too small."}
    assert document.depth == depth + 1


def test_what_is_frozen_has_no_rate_to_set(inspector, document, convs):
    inspector.show_blocks(convs)
    QTest.mouseClick(inspector.marks.form.editor("frozen").switch, LEFT)
    assert not inspector.marks.form.editor("rate").isEnabled()
    inspector.bridge.do(SetMarks((convs[0],), {"frozen": False}))
    assert inspector.marks.form.editor("rate").isEnabled()


def test_what_has_no_weights_cannot_be_frozen(inspector, document):
    inspector.show_blocks(["relu1"])
    assert inspector.marks.form.editor("pinned").isVisible()
    assert not inspector.marks.form.editor("frozen").isVisible()
    assert not inspector.marks.form.editor("rate").isVisible()
    inspector.show_blocks([])
    assert not inspector.marks.isVisible()
