"""The mapping panel with real mouse and keys: what it proposes, dragging, choosing, changing, filtering, taking back."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.exchange.mapping.spec import WeightMap
from designer.exchange.mapping.weight import Weight
from designer.ui.theme import set_theme
from designer.ui.weights.dialog import WeightsDialog
from designer.ui.weights.page import MappingPage
from designer.ui.weights.rows import HOW, NAME, SOURCE, STATE

NETWORK = [
    Weight("conv1.weight", (8, 1, 3, 3)), Weight("bn1.weight", (8,)), Weight("bn1.bias", (8,)),
    Weight("bn1.num_batches_tracked", (), "int64"), Weight("mid.weight", (8, 8)),
    Weight("fc.weight", (10, 8)), Weight("fc.bias", (10,)),
]  # fmt: skip
FILE = [
    Weight("module.conv1.weight", (8, 3, 3, 3)), Weight("module.bn1.weight", (8,)), Weight("module.bn1.bias", (8,)),
    Weight("module.other.kern", (8, 8)), Weight("module.fc.weight", (100, 8)), Weight("module.fc.bias", (100,)),
    Weight("module.queue", (3, 5, 7)), Weight("module.more.kern", (8, 8)),
]  # fmt: skip


@pytest.fixture
def page(qtbot):
    made = MappingPage(NETWORK, {"": FILE})
    made.resize(1100, 600)
    qtbot.addWidget(made)
    made.show()
    return made


def names(page):
    return [page.rows.index(i, NAME).data() for i in range(page.rows.rowCount())]


def cell(page, name, column):
    return page.rows.index(names(page).index(name), column).data()


def click(page, name, modifiers=Qt.KeyboardModifier.NoModifier):
    table = page.table
    place = table.visualRect(page.rows.index(names(page).index(name), NAME)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, modifiers, place)


def drop(page, source, target):
    """What Qt sends while a weight of the file is dragged over the table and let go; whether it was taken."""
    index = page.sources.index(page.sources.names.index(source))
    data = page.sources.mimeData([index])
    view = page.table.viewport()
    at = page.table.visualRect(page.rows.index(names(page).index(target), SOURCE)).center()
    keys = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    events = [QDragEnterEvent(at, *keys), QDragMoveEvent(at, *keys), QDropEvent(QPointF(at), *keys)]
    for event in events:
        QApplication.sendEvent(view, event)
    return events[1].isAccepted() and events[2].isAccepted()


def press(page, key, modifiers=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(QApplication.focusWidget() or page.table, key, modifiers)


def test_opens_at_what_needs_a_look(page):
    assert names(page) == ["conv1.weight", "mid.weight", "fc.weight", "fc.bias"]
    assert page.problems.isChecked() and page.problems.text() == "To look at 4" and page.all.text() == "All 7"
    assert [cell(page, n, STATE) for n in names(page)] == ["Other shape", "Left out", "Other shape", "Other shape"]
    assert page.summary.text().startswith("2 of 6 weights fit (without “module.”)")
    assert page.sources.names == ["module.other.kern", "module.queue", "module.more.kern"]
    assert page.unused.text() == "Unused 3"
    assert page.selected() == ["conv1.weight"] and "Expected 8×1×3×3, got 8×3×3×3" in page.decision.words.text()


def test_all_rows_search_and_words_of_states(page):
    QTest.mouseClick(page.all, Qt.MouseButton.LeftButton)
    assert names(page) == [weight.name for weight in NETWORK]
    assert (
        cell(page, "bn1.num_batches_tracked", STATE) == "Not needed" and cell(page, "bn1.bias", HOW) == "Other prefix"
    )
    QTest.keyClicks(page.search, "bn1 fits")
    assert names(page) == ["bn1.weight", "bn1.bias"]
    page.search.clear()
    QTest.mouseClick(page.unused, Qt.MouseButton.LeftButton)
    assert page.sources.names == [weight.name for weight in FILE]
    QTest.keyClicks(page.source_search, "fc.b")
    assert page.sources.names == ["module.fc.bias"]


def test_drag_onto_a_row(page):
    assert drop(page, "module.other.kern", "mid.weight")
    assert page.fit.choices["mid.weight"].source == "module.other.kern"
    assert cell(page, "mid.weight", STATE) == "Fits" and cell(page, "mid.weight", HOW) == "Chosen by you"
    assert "mid.weight" in names(page)  # solved, and still where it was
    assert page.sources.names == ["module.queue", "module.more.kern"]
    assert not drop(page, "module.queue", "conv1.weight")  # no way makes one of the other
    assert page.fit.choices["conv1.weight"].source == "module.conv1.weight"


def test_what_is_no_weight_cannot_be_dropped(page):
    data = QMimeData()
    data.setText("module.other.kern")
    assert not page.table_model.canDropMimeData(data, Qt.DropAction.CopyAction, -1, -1, page.table_model.index(4, 0))
    assert not page.table_model.dropMimeData(data, Qt.DropAction.CopyAction, -1, -1, page.table_model.index(4, 0))


def test_choose_with_the_keyboard_alone(page, qtbot):
    click(page, "mid.weight")
    press(page, Qt.Key.Key_Return)
    picker = page.picker
    assert picker is not None and picker.isVisible() and picker.current().value == "module.other.kern"
    QTest.keyClicks(picker.edit, "nothing of the kind")
    assert picker.current() is None and picker.says.text() == "Nothing fits"
    picker.edit.clear()
    QTest.keyClicks(picker.edit, "kern")
    QTest.keyClick(picker.edit, Qt.Key.Key_Return)
    assert page.picker is None and page.fit.state("mid.weight") == "fits"
    page.table.setFocus()
    press(page, Qt.Key.Key_Delete)
    assert page.fit.state("mid.weight") == "missing"
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    QTest.keyClick(page.picker.edit, Qt.Key.Key_Escape)
    assert page.picker is None and page.fit.state("mid.weight") == "missing"


def test_colour_to_grey(page):
    click(page, "conv1.weight")
    ways = page.decision.ways
    assert [ways.itemText(i) for i in range(ways.count())] == [
        "Choose what to do…", "Sum over the input channels", "Average over the input channels", "Take what both have",
    ]  # fmt: skip
    ways.setFocus()
    QTest.keyClick(ways, Qt.Key.Key_Down)
    assert page.fit.choices["conv1.weight"].by == "sum_inputs" and cell(page, "conv1.weight", STATE) == "Changed"
    assert "a grey picture gives exactly" in page.decision.words.text()
    assert "Choose what to do…" not in [ways.itemText(i) for i in range(ways.count())]


def test_rows_of_a_head_go_together(page):
    click(page, "fc.weight")
    page.decision.ways.setFocus()
    QTest.keyClick(page.decision.ways, Qt.Key.Key_Down)
    assert {n: page.fit.choices[n].by for n in ("fc.weight", "fc.bias")} == {
        "fc.weight": "pick_rows",
        "fc.bias": "pick_rows",
    }
    rows = page.decision.rows
    assert rows.isVisible() and rows.text() == ""
    rows.setFocus()
    QTest.keyClicks(rows, "0-4, 90")
    QTest.keyClick(rows, Qt.Key.Key_Return)
    assert rows.property("invalid") is True and "Expected 10 rows, got 6" in page.decision.words.text()
    assert page.fit.choices["fc.weight"].rows == ()
    rows.clear()
    QTest.keyClicks(rows, "0-4, 90-94")
    QTest.keyClick(rows, Qt.Key.Key_Return)
    wanted = (0, 1, 2, 3, 4, 90, 91, 92, 93, 94)
    assert page.fit.choices["fc.weight"].rows == page.fit.choices["fc.bias"].rows == wanted
    click(page, "fc.bias")
    assert page.decision.rows.text() == "0-4, 90-94"


def test_every_step_can_be_taken_back(page):
    start = page.fit.to_map()
    drop(page, "module.other.kern", "mid.weight")
    click(page, "conv1.weight")
    page.decision.ways.setFocus()
    QTest.keyClick(page.decision.ways, Qt.Key.Key_Down)
    click(page, "fc.weight")
    click(page, "fc.bias", Qt.KeyboardModifier.ControlModifier)
    assert set(page.selected()) == {"fc.weight", "fc.bias"}
    press(page, Qt.Key.Key_Delete)
    assert not {"fc.weight", "fc.bias"} & set(page.fit.choices)
    page.activateWindow()
    for _ in range(3):
        QTest.keyClick(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert page.fit.to_map() == start and not page.table_model.can_undo
    assert page.fit.state("fc.weight") == "shape"


def test_another_part_of_the_file(qtbot):
    page = MappingPage(NETWORK, {"model": FILE, "ema": [w._replace(name=w.name[7:]) for w in FILE[:3]]})
    qtbot.addWidget(page)
    page.show()
    assert page.parts.isVisible() and page.parts.itemText(1) == "ema (3)"
    page.parts.setFocus()
    QTest.keyClick(page.parts, Qt.Key.Key_Down)
    assert page.part == "ema" and page.fit.choices["bn1.bias"].source == "bn1.bias"


def test_the_dialog_says_what_it_will_load(qtbot):
    dialog = WeightsDialog(Path("/somewhere/net.pth"), kept=False)
    qtbot.addWidget(dialog)
    dialog.wait("Reading the names in net.pth…")
    dialog.show()
    assert dialog.cancel.isVisible() and not dialog.apply.isVisible()
    renamed = [w._replace(name=f"{'abcdef'[i // 2]}{i}.kern") for i, w in enumerate(NETWORK[1:3] + NETWORK[4:])]
    page = dialog.show_mapping(NETWORK[1:], {"": renamed})
    assert dialog.apply.text() == "Nothing to load" and not dialog.apply.isEnabled()
    assert page.fit.guesses == {} or dialog.guesses.isVisible()
    page = dialog.show_mapping(NETWORK, {"": FILE})
    assert dialog.apply.text() == "Load 2 weights" and dialog.rest.text() == "What is left out starts anew."
    dialog.fail("It could not be read.")
    assert dialog.says.text() == "It could not be read." and not dialog.apply.isVisible()
    QTest.mouseClick(dialog.back, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(dialog.applied) as told:
        QTest.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    assert isinstance(told.args[0], WeightMap) and set(told.args[0].weights) == {"bn1.weight", "bn1.bias"}


def test_guesses_are_taken_by_a_press_and_stay_marked(qtbot):
    dialog = WeightsDialog(Path("net.pth"), kept=True)
    qtbot.addWidget(dialog)
    net = [Weight(f"body.{i}.weight", (i + 2, 4)) for i in range(6)]
    page = dialog.show_mapping(net, {"": [w._replace(name=f"x{i}y.weight") for i, w in enumerate(net)]})
    dialog.show()
    assert dialog.guesses.text() == "Take 6 guesses" and dialog.rest.text().endswith("keeps the project's weights.")
    assert cell(page, "body.0.weight", STATE) == "Guess" and cell(page, "body.0.weight", SOURCE) == "x0y.weight"
    QTest.mouseClick(dialog.guesses, Qt.MouseButton.LeftButton)
    assert page.fit.complete and cell(page, "body.0.weight", HOW) == "By order and shape"
    assert not dialog.guesses.isVisible() and dialog.apply.text() == "Load 6 weights"
    QTest.mouseClick(dialog.over, Qt.MouseButton.LeftButton)
    assert not page.fit.choices and dialog.guesses.isVisible()


def test_thousands_of_rows_are_shown_in_part_only(qtbot):
    net = [Weight(f"layer{i}.conv.weight", (8, 8)) for i in range(5000)]
    page = MappingPage(net, {"": [w._replace(name=f"module.{w.name}") for w in net]})
    page.resize(1000, 600)
    qtbot.addWidget(page)
    asked = []
    text = page.table_model.text
    page.table_model.text = lambda name, column: asked.append(name) or text(name, column)
    page.show()
    page.table.viewport().grab()
    assert 0 < len(set(asked)) < 100  # the rows that can be seen
    asked.clear()
    page.table.scrollToBottom()
    page.table.viewport().grab()
    assert 0 < len(set(asked)) < 100 and "layer4999.conv.weight" in asked


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_states_are_told_by_word_and_picture(page, theme):
    set_theme(theme)
    page.all.click()
    for i in range(page.rows.rowCount()):
        index = page.rows.index(i, STATE)
        assert index.data() and not index.data(Qt.ItemDataRole.DecorationRole).isNull()
        assert names(page)[i] in index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert not page.grab().isNull() and page.childAt(QPoint(20, 20)) is not None


def test_all_of_thousands_can_be_chosen_at_once(qtbot):
    """The work grows with the rows, not with their square."""
    calls = []
    for number in (500, 2000):
        net = [Weight(f"layer{i}.fc.weight", (8, 8)) for i in range(number)]
        page = MappingPage(net, {"": [w._replace(shape=(16, 8)) for w in net]})
        qtbot.addWidget(page)
        seen = [0]
        sys.setprofile(lambda *_, seen=seen: seen.__setitem__(0, seen[0] + 1))
        try:
            page.table.selectAll()
        finally:
            sys.setprofile(None)
        assert len(page.selected()) == number
        calls.append(seen[0])
    assert calls[1] < 6 * calls[0]


def test_long_sentences_and_narrow_windows_are_not_cut(qtbot):
    dialog = WeightsDialog(Path("net.pth"), kept=False)
    qtbot.addWidget(dialog)
    page = dialog.show_mapping(NETWORK, {"": FILE})
    dialog.resize(dialog.minimumSize())
    dialog.show()
    assert page.table.isColumnHidden(HOW) and page.table.columnWidth(NAME) > 140
    assert not page.table.horizontalScrollBar().isVisible()
    dialog.fail("The weights cannot be read, and the reason is a long one. " * 6)
    says = dialog.says
    assert says.heightForWidth(says.width()) > 2 * says.fontMetrics().height()
    qtbot.waitUntil(lambda: says.height() >= says.heightForWidth(says.width()))
    QTest.mouseClick(dialog.back, Qt.MouseButton.LeftButton)
    dialog.resize(1400, 700)
    qtbot.waitUntil(lambda: not page.table.isColumnHidden(HOW))
