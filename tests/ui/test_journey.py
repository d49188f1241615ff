"""One person's way through the whole product, with mouse and keys on the real window and a real worker process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from designer.graph.model import Wire
from designer.project.file import load_project
from designer.ui.dialogs.export import ExportDialog
from designer.ui.dialogs.start import TemplateCard
from designer.ui.dialogs.train import TrainDialog
from designer.ui.window import MainWindow
from tests.ui.canvas.conftest import Hand

CTRL = Qt.KeyboardModifier.ControlModifier
WAIT = 60_000


@pytest.fixture
def window(qtbot: QtBot) -> Any:
    made = MainWindow()
    made.resize(1400, 900)
    with qtbot.waitSignal(made.painted, timeout=WAIT), qtbot.waitActive(made, timeout=WAIT):
        made.show()
        made.activateWindow()
    yield made
    made._sure = True
    made.close()
    made.deleteLater()


def shortcut(qtbot: QtBot, window: MainWindow, action: str, key: Qt.Key, keys: Any = CTRL) -> None:
    """Press the keys of an action once it can be done."""
    qtbot.waitUntil(window.actions_by_id[action].isEnabled, timeout=WAIT)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=WAIT)
    qtbot.keyClick(QApplication.focusWidget() or window, key, keys)


def type_block(qtbot: QtBot, window: MainWindow, words: str) -> str:
    """Ctrl+Space, a few letters, Enter; the block that came."""
    before = set(window.bridge.document.network.nodes)
    shortcut(qtbot, window, "add", Qt.Key.Key_Space)
    search = QApplication.focusWidget()
    assert search is not None
    qtbot.keyClicks(search, words)
    qtbot.keyClick(search, Qt.Key.Key_Return)
    (new,) = set(window.bridge.document.network.nodes) - before
    return new


def drop_block(qtbot: QtBot, window: MainWindow, block_type: str, place: QPointF) -> str:
    """Drag from the palette and let go over the canvas; the block that came."""
    before = set(window.bridge.document.network.nodes)
    shortcut(qtbot, window, "add", Qt.Key.Key_Space)
    qtbot.keyClicks(QApplication.focusWidget(), block_type)
    editor = window.build_editor()
    model = editor.palette.list.model()
    rows = [model.index(i, 0) for i in range(model.rowCount())]
    mimes = [model.mimeData([row]) for row in rows if row.flags() & Qt.ItemFlag.ItemIsDragEnabled]
    (mime,) = [m for m in mimes if m is not None and payload(m) == block_type]
    viewport = editor.canvas.viewport()
    point = editor.canvas.mapFromScene(place)
    keys = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    for event in (QDragEnterEvent(point, *keys), QDragMoveEvent(point, *keys), QDropEvent(QPointF(point), *keys)):
        QApplication.sendEvent(viewport, event)
        assert event.isAccepted()
    (new,) = set(window.bridge.document.network.nodes) - before
    return new


def payload(mime: QMimeData) -> str:
    return bytes(mime.data("application/x-layerloom-block").data()).decode()


def press(qtbot: QtBot, widget: Any, text: str) -> None:
    """Click the one visible button that says this."""
    buttons = [b for b in widget.findChildren(QAbstractButton) if b.isVisible() and b.text().replace("&", "") == text]
    assert len(buttons) == 1, [b.text() for b in widget.findChildren(QAbstractButton) if b.isVisible()]
    qtbot.mouseClick(buttons[0], Qt.MouseButton.LeftButton, pos=QPoint(8, 8))


def write(qtbot: QtBot, field: Any, text: str) -> None:
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def ended(window: MainWindow, state: str) -> Any:
    """For waitSignal: a training came to this end."""

    def check(run_id: str, now: str) -> bool:
        run = window.running.controller().run(run_id)
        return run is not None and run.kind == "train" and now == state

    return check


def train(qtbot: QtBot, window: MainWindow, epochs: int) -> None:
    """Ctrl+R, the number of epochs, Train."""
    shortcut(qtbot, window, "train", Qt.Key.Key_R)
    dialog = window.findChild(TrainDialog)
    assert dialog is not None and dialog.isVisible()
    line = dialog.form.editor("epochs").spin.lineEdit()
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, str(epochs))
    qtbot.keyClick(line, Qt.Key.Key_Tab)
    qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)


def test_draw_check_train_stop_export(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    (card,) = [c for c in window.start.findChildren(TemplateCard) if "Blank" in c.accessibleName()]
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    document = window.bridge.document
    qtbot.waitUntil(lambda: window.editing, timeout=WAIT)

    # Draw: by keyboard from the palette (each new block is wired below the selected one), and by dragging.
    assert type_block(qtbot, window, "input") == "input1"
    assert type_block(qtbot, window, "conv 2") == "conv1"
    assert document.network.wires() == [Wire("input1", 0, "conv1", 0)]
    canvas = window.canvas
    below = canvas.canvas.blocks["conv1"].body.bottomLeft() + QPointF(0, 70)
    flat = drop_block(qtbot, window, "flatten", below)
    hand = Hand(canvas)
    hand.drag(hand.output("conv1"), hand.input(flat))
    assert Wire("conv1", 0, flat, 0) in document.network.wires()
    canvas.select([flat])
    output = type_block(qtbot, window, "classification")

    # Check: the output is told what does not fit; one click repairs it.
    (problem,) = [p for p in document.problems if p.severity == "error"]
    assert problem.block == output and problem.advice
    shortcut(qtbot, window, "problems", Qt.Key.Key_M, CTRL | Qt.KeyboardModifier.ShiftModifier)
    panel = window.build_editor().problems
    qtbot.waitUntil(lambda: bool(panel.fixes(0)), timeout=WAIT)
    qtbot.mouseClick(panel.fixes(0)[0], Qt.MouseButton.LeftButton)
    assert not document.has_errors

    # Edit a field, take it back, do it again.
    canvas.select(["conv1"])
    form = window.build_editor().inspector.form()
    assert form is not None
    write(qtbot, form.editor("out_channels").spin.lineEdit(), "8")
    assert document.network["conv1"].params["out_channels"] == 8
    canvas.setFocus()
    shortcut(qtbot, window, "undo", Qt.Key.Key_Z)
    assert document.network["conv1"].params["out_channels"] == 32
    shortcut(qtbot, window, "redo", Qt.Key.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert document.network["conv1"].params["out_channels"] == 8
    canvas.select(["input1"])
    form = window.build_editor().inspector.form()
    assert form is not None
    write(qtbot, form.editor("size").field, "1, 8, 8")
    assert document.network["input1"].params["size"] == (1, 8, 8)

    # Train two epochs, to the end.
    file = tmp_path / "mine.loom"
    window.files.save_to(file)
    runs = window.running.controller()
    with qtbot.waitSignals(
        [(runs.stateChanged, "end"), (runs.result, "measured")],
        timeout=WAIT,
        check_params_cbs=[ended(window, "completed"), lambda _id, data: "accuracy" in data],
    ):
        train(qtbot, window, 2)
    assert window.running.weights() is not None

    # Train again, for long, and stop it by hand.
    with qtbot.waitSignal(runs.happened, timeout=WAIT, check_params_cb=lambda _id, e: e["type"] == "epoch"):
        train(qtbot, window, 5000)
    with qtbot.waitSignal(runs.stateChanged, timeout=WAIT, check_params_cb=ended(window, "stopped")):
        press(qtbot, window.build_editor().training, "Stop")
    qtbot.waitUntil(lambda: not [r for r in runs._runs.values() if r.state.active], timeout=WAIT)

    # Export what it learned, proved equal.
    shortcut(qtbot, window, "export", Qt.Key.Key_E)
    dialog = window.findChild(ExportDialog)
    assert dialog is not None and dialog.isVisible()
    dialog.formats["pt2"].click()
    dialog.path.selectAll()
    qtbot.keyClicks(dialog.path, str(tmp_path / "mine.pt2"))
    with qtbot.waitSignal(runs.result, timeout=WAIT, check_params_cb=lambda _id, data: "max_abs_diff" in data) as told:
        press(qtbot, dialog, "Export")
    assert told.args[1]["samples"] >= 256 and (tmp_path / "mine.pt2").is_file()

    # And it is all in the file.
    window.files.save()
    saved = load_project(file)
    assert saved.network == document.network and saved.weights == file.with_suffix(".safetensors")
    assert saved.train is not None and saved.data is not None and saved.data.source == "digits"
