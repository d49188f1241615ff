"""The outline is the canvas's accessible twin: same blocks, same selection."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest

from designer.graph.edits import Rename, SetParams
from designer.graph.groups import group, retitle
from designer.graph.instances import repeat
from designer.ui.canvas.spoken import spoken
from designer.ui.panels.outline import Outline


@pytest.fixture
def outline(bridge, small, qtbot):
    made = Outline(bridge)
    made.resize(240, 500)
    qtbot.addWidget(made)
    made.show()
    return made


def test_lists_every_block_in_order(outline, small):
    assert outline.names() == small


def test_follows_edits(outline, document, small, chain, qtbot):
    document.do(Rename(small[1], "layer1.0.conv1"))
    qtbot.waitUntil(lambda: "layer1.0.conv1" in outline.names())
    texts = [outline.model.item(i).text() for i in range(outline.model.rowCount())]
    assert "layer1" in texts
    more = chain(document, "relu")
    qtbot.waitUntil(lambda: more[0] in outline.names())
    document.do(document.removal(more))
    qtbot.waitUntil(lambda: more[0] not in outline.names())


def test_selection_is_shown_without_an_echo(outline, small, qtbot):
    with qtbot.assertNotEmitted(outline.selected):
        outline.select(small[1:3])
    assert outline._chosen_names() == small[1:3]


def test_keys_choose_and_activate(outline, small, qtbot):
    outline.select([small[0]])
    outline.view.setFocus()
    with qtbot.waitSignal(outline.selected) as caught:
        QTest.keyClick(outline.view, Qt.Key.Key_Down)
    assert caught.args == [[small[1]]]
    with qtbot.waitSignal(outline.activated) as caught:
        QTest.keyClick(outline.view, Qt.Key.Key_Return)
    assert caught.args == [small[1]]


def test_search_hides_the_rest(outline, small):
    QTest.keyClicks(outline.search, "conv")
    root = outline.model.invisibleRootItem()
    hidden = [outline.view.isRowHidden(i, root.index()) for i in range(root.rowCount())]
    assert hidden == ["conv" not in name for name in small]


def test_rows_can_be_read_aloud(outline, small):
    item = outline._items[small[1]]
    assert item.data(Qt.ItemDataRole.AccessibleTextRole) == f"{small[1]}, Conv 2-D"


def test_a_row_tells_what_the_canvas_tells(outline, document, small):
    index = outline._items[small[1]].index()
    tree = QAccessible.queryAccessibleInterface(outline.view)
    rows = [tree.child(i) for i in range(tree.childCount())]
    said = {row.text(QAccessible.Text.Name): row.text(QAccessible.Text.Description) for row in rows}
    assert said["conv1, Conv 2-D"] == spoken(document, small[1])
    document.do(SetParams(small[1], {"out_channels": 8}))
    assert "8 filters" in index.data(Qt.ItemDataRole.AccessibleDescriptionRole)


def test_groups_show_their_title_and_how_often_they_are_repeated(outline, document, small, qtbot):
    document.do(SetParams(small[1], {"out_channels": 1, "padding": "same"}))
    document.do(group(document, small[1:3], "stem"))
    document.do(retitle(document, "stem", "The stem"))
    document.do(repeat(document, "stem", 3))
    qtbot.waitUntil(lambda: "stem.1" in outline._folders)
    row = outline._folders["stem"]
    assert row.text() == "The stem ×3   stem"
    assert not row.icon().isNull()
    assert row.data(Qt.ItemDataRole.AccessibleTextRole) == "The stem, group"
    assert "repeated 3 times" in row.data(Qt.ItemDataRole.AccessibleDescriptionRole)
    with qtbot.waitSignal(outline.selected) as told:
        outline.view.setCurrentIndex(row.index())
    assert told.args == [["stem"]]


def test_what_is_folded_stays_folded(outline, document, small, chain, qtbot):
    document.do(group(document, small[1:3], "stem"))
    qtbot.waitUntil(lambda: "stem" in outline._folders)
    assert outline.view.isExpanded(outline._folders["stem"].index())
    outline.view.setExpanded(outline._folders["stem"].index(), False)
    more = chain(document, "relu")
    qtbot.waitUntil(lambda: more[0] in outline.names())
    assert not outline.view.isExpanded(outline._folders["stem"].index())


def test_a_title_that_matches_shows_all_of_its_group(outline, document, small, qtbot):
    document.do(group(document, small[1:3], "stem"))
    document.do(retitle(document, "stem", "Beginning"))
    qtbot.waitUntil(lambda: "stem" in outline._folders)
    QTest.keyClicks(outline.search, "begin")
    folder = outline._folders["stem"]
    assert [outline.view.isRowHidden(i, folder.index()) for i in range(folder.rowCount())] == [False, False]
    assert outline.view.isRowHidden(0, outline.model.invisibleRootItem().index())
