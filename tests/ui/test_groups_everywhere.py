"""Panels, search and canvas agree on what lies in groups: whatever is asked for is shown in the group where it lies."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.graph.edits import Put, SetParams
from designer.graph.groups import group, open_group
from designer.graph.scenery import Note
from designer.graph.templates import load_template
from designer.project.file import Project, load_project, save_project
from designer.ui.canvas.search.find import open_find
from designer.ui.window import MainWindow

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def window(qtbot, tmp_path):
    """A LeNet whose first blocks are the closed group "stem", which holds the closed group "stem.first"."""
    path = tmp_path / "lenet.loom"
    save_project(Project(network=load_template("lenet5")), path)
    made = MainWindow(path, start_worker=False)
    made.resize(1280, 800)
    qtbot.addWidget(made, before_close_func=lambda w: setattr(w, "_sure", True))
    with qtbot.waitSignal(made.painted):
        made.show()
    made.activateWindow()
    qtbot.waitUntil(lambda: not made._todo and made.has_editor and not made._idle.isActive())
    document = made.bridge.document
    names = document.network.order()
    document.do(group(document, names[1:5], "stem"))
    inner = [name for name in document.network.order() if name.startswith("stem.")][:2]
    document.do(group(document, inner, "stem.first"))
    return made


@pytest.fixture
def canvas(window):
    return window.canvas


@pytest.fixture
def deep(canvas):
    """A block two groups deep."""
    return canvas.document.network.inside("stem.first")[0]


def test_reveal_enters_and_comes_out(canvas, deep):
    canvas.reveal(deep)
    assert canvas.canvas.scope == "stem.first"
    assert canvas.selected() == [deep]
    assert canvas.visible_area().contains(canvas.canvas.blocks[deep].body)
    canvas.reveal("stem.first")
    assert (canvas.canvas.scope, canvas.selected()) == ("stem", ["stem.first"])
    last = canvas.document.network.order()[-1]
    canvas.reveal(last)
    assert (canvas.canvas.scope, canvas.selected()) == ("", [last])


def test_a_block_in_an_open_group_is_shown_where_it_is(canvas, deep):
    document = canvas.document
    document.do(open_group(document, "stem"))
    document.do(open_group(document, "stem.first"))
    canvas.reveal(deep)
    assert (canvas.canvas.scope, canvas.selected()) == ("", [deep])
    canvas.reveal("stem.first")
    assert set(canvas.selected()) == set(document.network.inside("stem.first"))


def test_the_outline_leads_and_follows(window, canvas, deep, qtbot):
    window.show_panel("outline")
    outline = window.editor.outline
    qtbot.waitUntil(outline.isVisible)
    qtbot.waitUntil(lambda: not outline._stale)
    row = outline._folders["stem.first"]
    outline.view.setCurrentIndex(row.index())
    assert (canvas.canvas.scope, canvas.selected()) == ("stem", ["stem.first"])
    assert window.editor.inspector.title.text() == "Group"
    outline.view.setFocus()
    QTest.keyClick(outline.view, Qt.Key.Key_Right)
    QTest.keyClick(outline.view, Qt.Key.Key_Down)
    assert (canvas.canvas.scope, canvas.selected()) == ("stem.first", [deep])
    assert outline._chosen_names() == [deep]
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.canvas.scope == "stem"
    assert outline._chosen_names() == ["stem.first"]


def test_choosing_a_group_with_what_is_in_it_selects_its_card(window, canvas, deep):
    window.editor.outline.selected.emit(["stem", deep])
    assert (canvas.canvas.scope, canvas.selected()) == ("", ["stem"])


def test_the_code_panel_goes_there(window, canvas, deep):
    window.editor.code.blockClicked.emit(deep)
    assert (canvas.canvas.scope, canvas.selected()) == ("stem.first", [deep])


def test_the_problems_panel_goes_there(window, canvas, deep, qtbot):
    canvas.document.do(SetParams(deep, {"kernel_size": 99}))
    window.show_panel("problems")
    problems = window.editor.problems
    qtbot.waitUntil(problems.isVisible)
    row = next(i for i, p in enumerate(problems.model.problems) if p.block == deep)
    place = problems.view.visualRect(problems.model.index(row)).topLeft()
    QTest.mouseClick(problems.view.viewport(), LEFT, NONE, place + place.__class__(60, 12))
    assert (canvas.canvas.scope, canvas.selected()) == ("stem.first", [deep])


def test_the_find_bar_lights_cards_and_steps_into_groups(canvas, deep):
    bar = open_find(canvas)
    QTest.keyClicks(bar.edit, deep)
    assert canvas.canvas.scope == ""
    assert canvas.canvas.allowed == {"stem"}
    QTest.keyClick(bar.edit, Qt.Key.Key_Return)
    assert (canvas.canvas.scope, canvas.selected()) == ("stem.first", [deep])
    assert canvas.canvas.allowed == {deep}
    assert QApplication.focusWidget() is bar.edit
    QTest.keyClick(bar.edit, Qt.Key.Key_Escape)
    assert canvas.canvas.allowed is None


def test_f2_on_a_card_goes_to_its_title(window, canvas):
    canvas.reveal("stem")
    QTest.keyClick(canvas, Qt.Key.Key_F2)
    line = window.editor.inspector.group.form.editor("title").field
    assert QApplication.focusWidget() is line
    QTest.keyClicks(line, "Stem of it")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert canvas.canvas.blocks["stem"].card.shown == "Stem of it"


def test_the_buttons_of_the_page(window, canvas):
    page = window.editor.inspector.group
    canvas.reveal("stem")
    QTest.mouseClick(page.look, LEFT)
    assert canvas.canvas.scope == "stem"
    assert (page.look.text(), page.toggle.isVisible()) == ("Back out", False)
    QTest.mouseClick(page.look, LEFT)
    assert (canvas.canvas.scope, canvas.selected()) == ("", ["stem"])
    QTest.mouseClick(page.toggle, LEFT)
    assert not canvas.document.network.groups["stem"].closed
    assert page.toggle.text() == "Close"  # all that is in it is selected, and stands for it
    QTest.mouseClick(page.toggle, LEFT)
    assert canvas.selected() == ["stem"]
    QTest.mouseClick(page.dissolve, LEFT)
    assert "stem" not in canvas.document.network.groups


def test_another_name_keeps_the_card_selected_and_the_scope_entered(window, canvas):
    page = window.editor.inspector.group
    canvas.reveal("stem")
    line = page.form.editor("path").field
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "start")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert canvas.selected() == ["start"]
    canvas.inside.enter("start")
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "begin")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert canvas.canvas.scope == "begin"
    assert page.form.editor("path").value() == "begin"


def test_types_inside_narrow_to_their_blocks(window, canvas):
    canvas.reveal("stem.first")
    kind, button = next(iter(window.editor.inspector.types.buttons.items()))
    QTest.mouseClick(button, LEFT)
    assert canvas.canvas.scope == "stem.first"
    assert {canvas.document.network[n].type for n in canvas.selected()} == {kind}


def test_a_selected_note_has_a_page(window, canvas):
    canvas.document.do(Put("note", "note1", Note("note1", text="Hello", kind="frame")))
    canvas.canvas.select((), (), {"note1"})
    assert window.editor.inspector.title.text() == "Frame"
    assert window.editor.inspector.notes.title.editor("text").value() == "Hello"


def test_a_bookmark_keeps_the_group_that_was_looked_into(canvas):
    from designer.ui.canvas.bookmarks import add_bookmark, go_to_bookmark

    canvas.inside.enter("stem")
    assert add_bookmark(canvas, "here")
    canvas.inside.enter("")
    go_to_bookmark(canvas, "here")
    assert canvas.canvas.scope == "stem"


def test_the_file_keeps_how_one_looked_at_the_whole_network(window, canvas):
    canvas.zoom_reset()
    middle = canvas.visible_area().center()
    canvas.inside.enter("stem.first")
    canvas.set_zoom(0.6)
    window.files.save()
    view = load_project(window.session.path).view
    assert view.zoom == 1.0
    assert max(abs(view.x - middle.x()), abs(view.y - middle.y())) < 2
