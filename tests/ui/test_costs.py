"""What blocks cost, in the inspector and the status bar, and the overlay that a window remembers."""

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.graph.edits import SetMarks, SetParams
from designer.graph.templates import load_template
from designer.project.file import Project, save_project
from designer.project.settings import load_settings
from designer.ui.panels.inspector import Inspector
from designer.ui.window import MainWindow
from designer.ui.words import in_bytes


@pytest.fixture
def inspector(bridge, small, qtbot):
    made = Inspector(bridge)
    made.resize(300, 700)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_bytes_in_words():
    assert [in_bytes(n) for n in (0, 512, 2048, 3_211_264, 12.8e9)] == ["0 B", "512 B", "2.05 kB", "3.21 MB", "12.8 GB"]


def test_one_block(inspector, small, document):
    inspector.show_blocks([small[1]])
    assert inspector.cost.title.text() == "COST · BATCH 32"
    assert inspector.cost.rows() == [
        ("Parameters", "320"),
        ("Multiply-adds", "225,792"),
        ("Memory", "3.21 MB forward\n0 B backward"),
        ("Receptive field", "3×3"),
        ("Output stride", "1×1"),
    ]
    inspector.cost.set_batch(1)
    assert ("Memory", "100 kB forward\n0 B backward") in inspector.cost.rows()
    document.do(SetMarks((small[1],), {"frozen": True}))
    assert ("Frozen", "all") in inspector.cost.rows()
    document.do(SetParams(small[1], {"kernel_size": 5, "stride": 2, "padding": 2}))
    assert inspector.cost.rows()[-2:] == [("Receptive field", "5×5"), ("Output stride", "2×2")]


def test_what_has_no_place_in_the_picture_has_no_stride(inspector, small):
    inspector.show_blocks([small[4]])
    assert inspector.cost.rows()[-1] == ("Receptive field", "all")
    assert ("Memory", "1.28 kB forward\n0 B backward") in inspector.cost.rows()


def test_several_blocks_and_the_whole_network_are_summed(inspector, small):
    inspector.show_blocks(small[:3])
    assert inspector.cost.rows() == [
        ("Parameters", "320"),
        ("Multiply-adds", "226 k"),
        ("Memory", "6.52 MB forward\n3.31 MB backward"),
    ]
    inspector.show_blocks([])
    assert ("Blocks", "6") in inspector.shapes.rows()
    assert ("Parameters", "251,210") in inspector.cost.rows()


def test_nothing_is_worked_out_behind_a_tab(inspector, small, document):
    inspector.show_blocks([small[1]])
    inspector.hide()
    document.do(SetParams(small[1], {"out_channels": 8}))
    assert inspector.cost.rows()[0] == ("Parameters", "320")
    inspector.show()
    assert inspector.cost.rows()[0] == ("Parameters", "80")


def test_a_broken_block_says_what_is_known(inspector, small, document):
    document.do(SetParams(small[1], {"kernel_size": 99, "padding": 0}))
    inspector.show_blocks([small[1]])
    assert inspector.cost.rows() == [("Parameters", "0"), ("Multiply-adds", "0")]


# --- in a window --------------------------------------------------------------------------------------------------


@pytest.fixture
def opened(qtbot, tmp_path):
    path = tmp_path / "lenet.loom"
    save_project(Project(network=load_template("lenet5")), path)

    def open_window():
        window = MainWindow(path, start_worker=False)
        qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_sure", True))
        with qtbot.waitSignal(window.painted):
            window.show()
        qtbot.waitUntil(lambda: not window._todo and window.has_editor and not window._idle.isActive())
        return window

    return open_window


def test_the_overlay_is_remembered_and_is_no_edit(opened, qtbot):
    window = opened()
    window.actions_by_id["overlay_receptive_field"].trigger()
    assert window.canvas.heat.legend.isVisible()
    assert window.actions_by_id["overlay_receptive_field"].isChecked()
    assert not window.actions_by_id["overlay_none"].isChecked()
    assert not window.isWindowModified() and not window.bridge.document.can_undo
    window.canvas.heat.set_batch(8)
    assert window.editor.inspector.cost.batch == 8
    settings = load_settings().settings
    assert (settings.overlay, settings.batch) == ("receptive_field", 8)
    window.close()
    again = opened()
    assert again.canvas.heat.chosen == "receptive_field" and again.canvas.canvas.figures
    again.canvas.setFocus()
    QTest.keyClick(again.canvas, Qt.Key.Key_O, Qt.KeyboardModifier.ShiftModifier)
    assert again.canvas.heat.chosen == "output_shape"


def test_an_overlay_that_is_no_more_is_none(opened):
    window = opened()
    window.keep(window.settings.changed(overlay="of a newer version"))
    assert window.canvas.heat.chosen == "" and not window.canvas.canvas.tints


def test_the_status_bar_tells_the_totals(opened):
    window = opened()
    totals = window.status_bar.totals
    place = QPoint(4, 4)
    QApplication.sendEvent(totals, QHelpEvent(QEvent.Type.ToolTip, place, totals.mapToGlobal(place)))
    words = totals.toolTip()
    assert "61,706 parameters" in words and "multiply-adds for one sample" in words
    assert "kept while training with batches of 32" in words
