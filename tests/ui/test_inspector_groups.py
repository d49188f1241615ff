"""A group, and notes and frames, in the inspector: each field is one edit, refusals stand beside it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from designer.graph.edits import Put, SetParams
from designer.graph.groups import group
from designer.graph.instances import link_copy, times
from designer.graph.scenery import Note
from designer.ui.panels.inspector import Inspector

LEFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def inspector(bridge, small, document, qtbot):
    """Shows the group "stem" of conv1 and relu1."""
    document.do(group(document, small[1:3], "stem"))
    made = Inspector(bridge)
    made.resize(304, 900)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.show_group("stem")
    return made


def write(line, text):
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)


def field(inspector, name):
    editor = inspector.group.form.editor(name)
    return editor.spin.lineEdit() if name == "times" else editor.line


def test_what_a_group_is(inspector):
    assert (inspector.title.text(), inspector.help.text()) == ("Group", "2 blocks")
    assert inspector.group.form.values() == {"title": "", "path": "stem", "times": 1}
    assert field(inspector, "title").placeholderText() == "stem"
    assert list(inspector.types.buttons) == ["conv2d", "relu"]
    assert inspector.shapes.rows() == [("In", "B×1×28×28"), ("Out", "B×32×28×28")]
    assert dict(inspector.cost.rows())["Parameters"] == "320"
    assert not inspector.group.linked.isVisible()
    assert inspector.form() is None and not inspector.name.isVisible()


def test_title_and_colour_are_one_edit_each(inspector, document):
    depth = document.depth
    write(field(inspector, "title"), "The stem")
    assert document.network.groups["stem"].shown_title == "The stem"
    QTest.mouseClick(inspector.group.swatches.dots["violet"], LEFT)
    assert document.network.groups["stem"].colour == "violet"
    assert document.depth == depth + 2
    document.undo()
    assert inspector.group.swatches.dots["grey"].isChecked()
    assert not inspector.group.swatches.dots["violet"].isChecked()


def test_another_name_is_followed_and_a_taken_one_refused(inspector, document, qtbot):
    with qtbot.waitSignal(inspector.renamed) as told:
        write(field(inspector, "path"), "net.stem")
    assert told.args == ["stem", "net.stem"]
    assert "net.stem.conv1" in document.network
    assert inspector.group.form.editor("path").value() == "net.stem"
    write(field(inspector, "path"), "flatten1")
    assert "already" in inspector.group.form.errors()["path"]
    assert inspector.group.form.editor("path").value() == "net.stem"
    write(field(inspector, "path"), "1 2")
    assert inspector.group.form.errors()["path"]
    assert "net.stem.conv1" in document.network


def test_undo_of_another_name_is_followed(inspector, document):
    write(field(inspector, "path"), "start")
    document.undo()
    assert inspector.group.form.editor("path").value() == "stem"
    assert inspector.title.text() == "Group"


def test_repeat(inspector, document):
    document.do(SetParams("stem.conv1", {"out_channels": 1, "padding": "same"}))
    write(field(inspector, "times"), "3")
    assert times(document.network, "stem") == 3
    assert inspector.help.text() == "6 blocks, 3 × 2"
    QTest.keyClick(inspector.group.form.editor("times").spin, Qt.Key.Key_Down)
    assert times(document.network, "stem") == 2
    write(field(inspector, "times"), "0")
    assert inspector.group.form.errors()["times"]
    write(field(inspector, "times"), "1")
    assert times(document.network, "stem") == 1
    assert set(document.network.inside("stem")) == {"stem.conv1", "stem.relu1"}


def test_a_group_that_cannot_follow_itself_is_not_repeated(inspector, document, small):
    document.do(group(document, [small[0]], "source"))
    inspector.show_group("source")
    write(field(inspector, "times"), "2")
    assert "0 inputs" in inspector.group.form.errors()["times"]
    assert times(document.network, "source") == 1


def test_linked_groups_are_counted_and_let_go(inspector, document):
    document.do(link_copy(document, "stem"))
    assert inspector.group.linked.text() == "Linked with 1 other group"
    QTest.mouseClick(inspector.group.unlink, LEFT)
    assert not document.network.groups["stem"].link
    assert not inspector.group.linked.isVisible()


def test_problems_inside_lead_to_their_blocks(inspector, document, qtbot):
    document.do(SetParams("stem.conv1", {"kernel_size": 99}))
    card = inspector.cards.layout().itemAt(0).widget()
    link = next(b for b in card.findChildren(type(inspector.group.look)) if b.text() == "stem.conv1")
    with qtbot.waitSignal(inspector.asked) as told:
        QTest.mouseClick(link, LEFT)
    assert told.args == ["stem.conv1"]


def test_marks_go_to_all_inside(inspector, document):
    QTest.mouseClick(inspector.marks.form.editor("frozen").switch, LEFT)
    assert [document.network[n].marks for n in document.network.inside("stem")] == [{"frozen": True}, {}], "no weights"


def test_what_was_typed_is_taken_when_another_thing_is_shown(inspector, document, small):
    line = field(inspector, "title")
    line.setFocus()
    QTest.keyClicks(line, "Kept")
    inspector.show_blocks([small[0]])
    assert document.network.groups["stem"].title == "Kept"
    assert not inspector.group.isVisible()


def test_a_group_that_goes_leaves_the_network_page(inspector, document):
    document.do(document.removal(["stem"]))
    assert inspector.title.text() == "Network"


def test_read_only(inspector, bridge):
    bridge.set_read_only(True)
    inspector.show_blocks([])
    inspector.show_group("stem")
    page = inspector.group
    assert not any(page.form.editor(name).isEnabled() for name in ("title", "path", "times"))
    assert not (page.toggle.isEnabled() or page.dissolve.isEnabled() or page.swatches.isEnabled())
    assert page.look.isEnabled()


def test_several_groups_are_edited_as_their_blocks(inspector, document, small, chain):
    document.do(group(document, [chain(document, "conv2d")[0]], "other"))
    inspector.show_blocks(["stem", "other"])
    inspector.narrowed.connect(inspector.show_blocks)
    QTest.mouseClick(inspector.types.buttons["conv2d"], LEFT)
    assert inspector.names() == ("stem.conv1", "other.conv1")


@pytest.fixture
def note(document):
    document.do(Put("note", "note1", Note("note1", text="# One", width=240.0)))
    return "note1"


def test_a_note(inspector, document, note):
    inspector.show_notes([note])
    assert inspector.title.text() == "Note"
    lines = inspector.notes.text.lines
    lines.setFocus()
    lines.selectAll()
    QTest.keyClicks(lines, "Two")
    QTest.keyClick(lines, Qt.Key.Key_Return, CTRL)
    assert document.network.notes[note].text == "Two"
    write(inspector.notes.sizes.editor("width").spin.lineEdit(), "400")
    assert document.network.notes[note].width == 400
    write(inspector.notes.sizes.editor("width").spin.lineEdit(), "3")
    assert "96" in inspector.notes.sizes.errors()["width"]
    QTest.mouseClick(inspector.notes.swatches.dots["green"], LEFT)
    assert document.network.notes[note].colour == "green"
    document.undo()
    document.undo()
    document.undo()
    assert lines.toPlainText() == "# One"


def test_a_frame_and_several(inspector, document, note):
    document.do(Put("note", "note2", Note("note2", kind="frame", text="Head", colour="red")))
    inspector.show_notes(["note2"])
    assert inspector.title.text() == "Frame"
    write(inspector.notes.title.editor("text").line, "Body")
    assert document.network.notes["note2"].text == "Body"
    inspector.show_notes([note, "note2"])
    assert inspector.title.text() == "2 notes selected"
    assert not any(dot.isChecked() for dot in inspector.notes.swatches.dots.values())
    depth = document.depth
    QTest.mouseClick(inspector.notes.swatches.dots["blue"], LEFT)
    assert {n.colour for n in document.network.notes.values()} == {"blue"}
    assert document.depth == depth + 1
    document.do(Put("note", "note2", None))
    assert inspector.title.text() == "Note"
