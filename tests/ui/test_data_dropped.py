"""Data dropped on the window becomes the project's own, and is said with its counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.data.spec import DataSpec
from designer.graph.templates import load_template
from designer.project.file import Project, save_project
from designer.ui.dialogs.train import TrainDialog
from designer.ui.dialogs.trust import TrustDialog
from designer.ui.window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> MainWindow:
    file = tmp_path / "net.loom"
    save_project(Project(network=load_template("digits")), file)
    window = MainWindow(file, start_worker=False)
    window.resize(1280, 800)
    qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_sure", True))
    with qtbot.waitSignal(window.painted):
        window.show()
    qtbot.waitUntil(lambda: not window._todo and window.has_editor and not window._idle.isActive())
    return window


def drop(window: MainWindow, path: Path) -> bool:
    """Drag it onto the window and let it go; whether it was taken."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), copy, data, left, none)
    enter.ignore()
    window.dragEnterEvent(enter)
    if not enter.isAccepted():
        return False
    window.dropEvent(QDropEvent(QPoint(300, 300).toPointF(), copy, data, left, none))
    return True


def said(window: MainWindow) -> str:
    return window.toasts.shown()[-1].text


def test_a_table_becomes_the_project_s_data(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "t.csv"
    path.write_text("u,v,kind\n" + "\n".join(f"{k},{k % 7},{'abc'[k % 3]}" for k in range(30)))
    assert drop(window, path)
    assert window.session.project.data == DataSpec(source=str(path))
    assert said(window) == "t.csv – Table of numbers: 30 rows of 2; 3 classes (a, b, c)."
    assert window.editor is not None and not window.editor.data.isHidden()  # shown where it can be looked at
    assert any("3 classes" in p.message for p in window.bridge.document.problems)  # the drawing tells ten apart
    window.running.ask_train()
    dialog = window.findChild(TrainDialog)
    assert dialog.source.currentData() == "table" and dialog.folder.text() == str(path)
    dialog.reject()
    QApplication.processEvents()


def test_what_is_no_data_is_said_and_changes_nothing(window: MainWindow, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert drop(window, empty)
    assert "holds no data set that Layerloom knows" in said(window)
    (tmp_path / "bad.zip").write_bytes(b"nothing")
    assert drop(window, tmp_path / "bad.zip")
    assert "cannot read as data" in said(window)
    assert window.session.project.data is None
    assert not drop(window, tmp_path / "song.doc")


def test_a_folder_of_recordings_is_said_by_its_kind(window: MainWindow, tmp_path: Path) -> None:
    for name in ("up", "down"):
        (tmp_path / "set" / name).mkdir(parents=True)
        (tmp_path / "set" / name / "1.wav").write_bytes(b"RIFF")
    assert drop(window, tmp_path / "set")
    assert said(window) == "The project's data are now set: Folder of sounds."


def test_a_python_data_set_is_the_project_s_data_once_its_text_is_trusted(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "squares.py"
    marker = tmp_path / "ran"
    path.write_text(f"open({str(marker)!r}, 'w')\ndef load():\n    return [([1.0], 0), ([2.0], 1)] * 9\n")
    before = window.session.project.data
    for answer in ("cancel_button", "trust_button"):
        assert drop(window, path)
        dialog = window.findChildren(TrustDialog)[-1]
        assert dialog.found.text() == "It defines a data set: it runs when its samples are read."
        assert window.session.project.data == before
        QTest.mouseClick(getattr(dialog, answer), Qt.MouseButton.LeftButton)
        del dialog
        qtbot.waitUntil(lambda: not window.findChildren(TrustDialog))
    assert window.session.project.data == DataSpec(source=str(path)) and not marker.exists()
    assert said(window) == "The project's data are now squares.py: Python data set."
    layers = tmp_path / "layers.py"  # a file of layers may have a function of that name, too
    layers.write_text(
        "from torch import nn\ndef load(): pass\nclass A(nn.Module):\n    def forward(self, x): return x\n"
    )
    assert drop(window, layers)
    assert "1 block" in window.findChildren(TrustDialog)[-1].found.text()
    window.findChildren(TrustDialog)[-1].reject()
