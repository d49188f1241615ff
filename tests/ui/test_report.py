"""The report panel: what it shows, sorting and filtering with the mouse and keys, jumping, copying, saving."""

import json

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from designer.graph.document import Document
from designer.graph.edits import SetParams
from designer.graph.report.columns import COLUMNS
from designer.graph.templates import load_template
from designer.project.file import Project, save_project
from designer.ui.bridge import DocumentBridge
from designer.ui.panels.report import ReportPanel
from designer.ui.window import MainWindow

KEYS = [c.key for c in COLUMNS]


@pytest.fixture
def panel(qtbot):
    bridge = DocumentBridge(Document(load_template("small-resnet")))
    made = ReportPanel(bridge)
    made.resize(1200, 400)
    qtbot.addWidget(made)
    made.show()
    yield made
    bridge.close()


def names(panel):
    return [row.name for row in panel.order.rows()]


def cell(panel, name, key):
    return panel.order.index(names(panel).index(name), KEYS.index(key)).data()


def click(panel, name, modifiers=Qt.KeyboardModifier.NoModifier):
    table = panel.table
    place = table.visualRect(panel.order.index(names(panel).index(name), 0)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, modifiers, place)


def press_heading(panel, key):
    head = panel.table.horizontalHeader()
    at = KEYS.index(key)
    x = head.sectionViewportPosition(at) + head.sectionSize(at) // 2
    QTest.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, head.height() // 2))


def test_rows_in_the_order_of_the_network_with_sub_totals(panel):
    assert names(panel)[:6] == ["input", "conv1", "bn1", "relu", "layer1", "layer1.conv1"]
    assert cell(panel, "layer1", "type") == "7 blocks" and cell(panel, "layer1.conv1", "params") == "2,304"
    assert "32 blocks" in panel.totals.text()


def test_a_click_on_a_heading_sorts_and_a_third_brings_the_order_back(panel):
    press_heading(panel, "params")
    assert "layer1" not in names(panel)
    shown = [int((cell(panel, n, "params") or "0").replace(",", "")) for n in names(panel)]
    assert shown == sorted(shown) and len(shown) == 32
    press_heading(panel, "params")
    shown = [int((cell(panel, n, "params") or "0").replace(",", "")) for n in names(panel)]
    assert shown == sorted(shown, reverse=True)
    press_heading(panel, "params")
    assert names(panel)[4] == "layer1"


def test_filter_takes_words_of_names_types_and_shapes(panel):
    QTest.keyClicks(panel.search, "layer2 conv")
    assert set(names(panel)) == {"layer2.conv1", "layer2.conv2", "layer2.downsample"}
    panel.search.clear()
    QTest.keyClicks(panel.search, "64×8×8 batch")
    assert names(panel) and all(n.startswith("layer3.bn") for n in names(panel))


def test_edits_show_and_places_stay(panel, qtbot):
    panel.select(["layer2.conv2"])
    panel.bridge.document.do(SetParams("fc", {"bias": False}))
    qtbot.waitUntil(lambda: cell(panel, "fc", "params") == "640")
    assert [i.data() for i in panel.table.selectionModel().selectedRows(0)] == ["layer2.conv2"]


def test_nothing_is_worked_out_while_hidden(panel, qtbot):
    panel.hide()
    before = panel.model.report
    panel.bridge.document.do(SetParams("fc", {"bias": False}))
    assert not panel._later.isActive() and panel.model.report is before
    panel.show()
    assert cell(panel, "fc", "params") == "640"


def test_a_broken_block_hides_only_what_depends_on_it(panel, qtbot):
    panel.bridge.document.do(SetParams("layer3.conv1", {"groups": 7}))
    qtbot.waitUntil(lambda: cell(panel, "layer3.conv1", "output") == "?")
    assert cell(panel, "layer2.conv1", "params") == "4,608" and cell(panel, "fc", "params") == "?"
    assert "7" in cell(panel, "layer3.conv1", "problems")
    press_heading(panel, "problems")
    press_heading(panel, "problems")
    assert names(panel)[0] == "layer3.conv1"


def test_a_click_jumps_and_enter_too(panel, qtbot):
    with qtbot.waitSignal(panel.jump) as asked:
        click(panel, "bn1")
    assert asked.args == ["bn1"]
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_Down)
    with qtbot.waitSignal(panel.jump) as asked:
        QTest.keyClick(panel.table, Qt.Key.Key_Return)
    assert asked.args == ["relu"]


def test_copy_takes_the_rows_that_are_shown_or_chosen(panel):
    QTest.keyClicks(panel.search, "layer2")
    panel.copy_csv()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 1 + panel.order.rowCount() and lines[1].startswith("layer2,group")
    click(panel, "layer2.conv1")
    click(panel, "layer2.conv2", Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    table = [line for line in QGuiApplication.clipboard().text().splitlines() if line.startswith("|")]
    assert len(table) == 4 and table[3].startswith("| layer2.conv2 |")


def test_the_batch_scales_memory(panel, qtbot):
    with qtbot.waitSignal(panel.batchChosen) as chosen:
        panel.batch.setFocus()
        panel.batch.selectAll()
        QTest.keyClicks(panel.batch, "1")
        QTest.keyClick(panel.batch, Qt.Key.Key_Return)
    assert chosen.args == [1]
    qtbot.waitUntil(lambda: cell(panel, "bn1", "made") == "65.5 kB")


def test_an_empty_network_says_what_will_be_here(panel, qtbot):
    panel.bridge.set_document(Document())
    qtbot.waitUntil(lambda: panel.stack.currentWidget() is panel.empty)
    assert not panel.save_button.isEnabled()


# --- in the window ------------------------------------------------------------------------------------------------


@pytest.fixture
def window(qtbot, tmp_path):
    path = tmp_path / "net.loom"
    save_project(Project(network=load_template("small-resnet")), path)
    made = MainWindow(path, start_worker=False)
    made.resize(1280, 800)
    qtbot.addWidget(made, before_close_func=lambda w: setattr(w, "_sure", True))
    with qtbot.waitSignal(made.painted):
        made.show()
    qtbot.waitUntil(lambda: not made._todo and made.has_editor and not made._idle.isActive())
    return made


def test_made_when_somebody_looks(window, qtbot):
    assert window.editor._report is None
    window.actions_by_id["report"].trigger()
    qtbot.waitUntil(lambda: window.editor.report.isVisible())
    panel = window.editor.report
    qtbot.waitUntil(lambda: panel.order.rowCount() == 35)
    click(panel, "bn1")
    assert window.canvas.selected() == ["bn1"]
    window.canvas.select(["relu"])
    qtbot.waitUntil(lambda: [i.data() for i in panel.table.selectionModel().selectedRows(0)] == ["relu"])


def test_the_batch_is_remembered_everywhere(window, qtbot):
    window.show_panel("report")
    window.editor.report.batch.setValue(7)
    assert window.settings.batch == 7 and window.editor.inspector.cost.batch == 7


def test_saved_as_its_ending_says(window, tmp_path, qtbot):
    window.actions_by_id["save_report"].trigger()
    dialog = window.reports.dialog
    assert dialog is not None and dialog.defaultSuffix() == "html"
    dialog.close()
    for ending in ("html", "md", "csv", "json"):
        assert window.reports.write(tmp_path / f"r.{ending}")
    assert json.loads((tmp_path / "r.json").read_text())["params"] == 78042
    assert (tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert not window.reports.write(tmp_path / "r.xyz") and not (tmp_path / "r.xyz").exists()
    assert not window.reports.write(tmp_path / "no" / "such" / "r.html")
