"""The code view shows the very text that runs, follows edits, and leads to blocks and back."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtTest import QTest

from designer.codegen.python import compile_network
from designer.graph.edits import SetParams
from designer.ui import theme
from designer.ui.panels.code import CodePanel


@pytest.fixture
def panel(bridge, small, qtbot):
    made = CodePanel(bridge)
    made.resize(700, 400)
    qtbot.addWidget(made)
    with qtbot.waitSignal(made.updated):
        made.show()
    return made


def line_of(panel, block):
    return min(line for line, name in panel.program.lines.items() if name == block)


def test_shows_what_runs(panel, document):
    assert panel.view.toPlainText() == compile_network(document.network).source


def test_follows_edits_line_by_line(panel, document, small, qtbot):
    for value in (8, 16, 4):
        with qtbot.waitSignal(panel.updated):
            document.do(SetParams(small[1], {"out_channels": value}))
        assert panel.view.toPlainText() == compile_network(document.network).source
    with qtbot.waitSignal(panel.updated):
        document.do(document.insertion(document.network.inputs_of(small[3])[0], "dropout"))
    assert panel.view.toPlainText() == compile_network(document.network).source
    while document.can_undo:
        document.undo()
    with qtbot.waitSignal(panel.updated):
        document.redo()
    assert "Incomplete" in panel.note.text() or panel.view.toPlainText() == ""


def test_moving_a_block_compiles_nothing(panel, document, small):
    from designer.graph.edits import Move

    document.do(Move({small[1]: (5.0, 5.0)}))
    assert not panel._timer.isActive()


def test_a_hidden_view_compiles_nothing(panel, document, small, qtbot):
    panel.hide()
    document.do(SetParams(small[1], {"out_channels": 8}))
    assert not panel._timer.isActive()
    with qtbot.waitSignal(panel.updated):
        panel.show()
    assert "8, 3" in panel.view.toPlainText()


def test_broken_networks_show_the_sound_part_and_why(panel, document, small, qtbot):
    with qtbot.waitSignal(panel.updated):
        document.do(SetParams(small[4], {"out_features": 7}))
    assert panel.note.text().startswith("Incomplete: ")
    assert "nn.Conv2d(1, 32, 3" in panel.view.toPlainText()


def test_a_selected_block_marks_its_lines(panel, small):
    panel.select([small[1]])
    marked = {s.cursor.blockNumber() + 1 for s in panel.view.extraSelections()}
    assert marked == {line for line, name in panel.program.lines.items() if name == small[1]}


def test_a_clicked_line_leads_to_its_block(panel, small, qtbot):
    line = line_of(panel, small[4])
    cursor = QTextCursor(panel.view.document().findBlockByNumber(line - 1))
    panel.view.setTextCursor(cursor)
    panel.view.ensureCursorVisible()
    with qtbot.waitSignal(panel.blockClicked) as caught:
        QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=panel.view.cursorRect(cursor).center())
    assert caught.args == [small[4]]


def test_colours_follow_the_theme(panel):
    def colour():
        block = panel.view.document().findBlockByNumber(line_of(panel, "conv1") - 1)
        while "import" not in block.text():
            block = block.previous()
        formats = block.layout().formats()  # keeps what its items point into alive
        return formats[0].format.foreground().color().name()

    assert colour() == theme.LIGHT.keyword.name()
    theme.set_theme("dark")
    assert colour() == theme.DARK.keyword.name()


def test_copy_takes_all(panel):
    QTest.mouseClick(panel.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == panel.view.toPlainText()
    QGuiApplication.clipboard().clear()


def test_no_arrow_for_two_characters():
    assert "JetBrains Mono" in theme.font("mono").families()
    assert theme.font("mono").featureTags()
