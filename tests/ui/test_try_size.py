"""A concrete size is tried in place of open ones: wires, inspector, report and status say it; the network stays."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from designer.graph.document import Document
from designer.graph.edits import SetParams
from designer.graph.model import Wire
from designer.graph.phrase.chain import chain
from designer.graph.phrase.grammar import parse
from designer.project.file import Project, save_project
from designer.ui.window import MainWindow

NET = "input 3xHxW | conv 8 k7 s2 p0 | relu | global average pool | linear 10 | classification output"
WIRE = Wire("input1", 0, "conv1", 0)


@pytest.fixture
def window(qtbot, tmp_path):
    document = Document()
    document.do(chain(document, parse(NET)))
    path = tmp_path / "net.loom"
    save_project(Project(network=document.network), path)
    made = MainWindow(path, start_worker=False)
    made.resize(1280, 800)
    qtbot.addWidget(made, before_close_func=lambda w: setattr(w, "_sure", True))
    with qtbot.waitSignal(made.painted):
        made.show()
    qtbot.waitUntil(lambda: not made._todo and made.has_editor and not made._idle.isActive())
    qtbot.waitUntil(made.status_bar.sizes.isVisible)
    return made


def type_size(window, text):
    line = window.status_bar.sizes.line
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)


def label(window, wire=WIRE):
    return window.canvas.canvas.wires[wire].label


@pytest.mark.parametrize("text", ["64", "64x64", "3x64x64", "3, 64, 64"])
def test_wires_say_the_size_and_the_network_stays(window, text):
    before = window.bridge.document.network.copy()
    assert label(window) == "B×3×H×W" and label(window, Wire("conv1", 0, "relu1", 0)) == "B×8×(⌈H/2⌉ - 3)×(⌈W/2⌉ - 3)"
    type_size(window, text)
    assert label(window) == "B×3×64×64" and label(window, Wire("conv1", 0, "relu1", 0)) == "B×8×29×29"
    assert window.bridge.document.network == before and not window.bridge.document.can_undo
    QTest.keyClick(window.status_bar.sizes.line, Qt.Key.Key_Escape)
    assert label(window) == "B×3×H×W"


def test_figures_follow(window, qtbot):
    assert "multiply-adds" not in window.status_bar.totals.text()
    window.show_panel("report")
    qtbot.waitUntil(lambda: window.editor.report.model.report.totals.unsized > 0)
    type_size(window, "32")
    qtbot.waitUntil(lambda: window.editor.report.model.report.totals.unsized == 0)
    assert "multiply-adds" in window.status_bar.totals.text()
    window.canvas.select(["conv1"])
    assert ("Out", "B×8×13×13") in window.editor.inspector.shapes.rows()
    assert ("Multiply-adds", "198,744") in window.editor.inspector.cost.rows()


def test_what_fails_at_that_size_is_told(window, qtbot):
    with qtbot.waitSignal(window.bridge.refused) as told:
        type_size(window, "5")
    assert told.args[0].startswith("At H = 5, W = 5, conv1: Expected at least 7")
    with qtbot.waitSignal(window.bridge.refused) as told:
        type_size(window, "1x8x8")
    assert "does not fit" in told.args[0] and not window.bridge.document.tried


def test_gone_where_nothing_is_open(window, qtbot):
    type_size(window, "64")
    window.bridge.do(SetParams("input1", {"size": (3, 48, 48)}))
    qtbot.waitUntil(lambda: not window.status_bar.sizes.isVisible())
    assert not window.bridge.document.tried and label(window) == "B×3×48×48"


def test_open_sizes_are_typed_in_the_inspector(window, qtbot):
    window.canvas.select(["input1"])
    editor = window.editor.inspector.form().editor("size")
    assert editor.line.text() == "3, H, W"
    editor.line.setFocus()
    editor.line.selectAll()
    QTest.keyClicks(editor.line, "3 X 40")
    QTest.keyClick(editor.line, Qt.Key.Key_Return)
    assert window.bridge.document.network["input1"].params["size"] == (3, "X", 40)
    editor.line.selectAll()
    QTest.keyClicks(editor.line, "3, b, 40")
    QTest.keyClick(editor.line, Qt.Key.Key_Return)
    assert "such as H or W" in editor.error
