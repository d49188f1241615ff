"""A Python file of one's own in the real window with a real worker: look, trust, draw, train, export; ask again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.blocks.userclass import declare, declared, forget_all
from designer.blocks.userfile import read_classes
from designer.data.spec import DataSpec
from designer.graph.edits import AddBlock
from designer.graph.measured import forget
from designer.graph.model import Network, Wire
from designer.graph.templates import load_template
from designer.project.file import Project, load_project, save_project
from designer.project.trusted import is_trusted
from designer.train.spec import TrainSpec
from designer.ui.dialogs.trust import TrustDialog
from designer.ui.parts import DECIDE, FixButton
from designer.ui.window import MainWindow

WAIT = 60_000
TEXT = """
import pathlib
from torch import nn

pathlib.Path({mark!r}).write_text("ran")

class Weigh(nn.Module):
    \"\"\"Weighs features.\"\"\"
    def __init__(self, in_features: int, hidden=16):
        super().__init__()
        self.fc = nn.Sequential(nn.Linear(in_features, hidden), nn.ReLU(), nn.Linear(hidden, in_features))
    def forward(self, x):
        return x + self.fc(x)
"""


@pytest.fixture(autouse=True)
def no_classes() -> Iterator[None]:
    yield
    forget_all()
    forget(lambda query: True)


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    return tmp_path / "ran"


@pytest.fixture
def code(tmp_path: Path, mark: Path) -> Path:
    path = tmp_path / "my_layers.py"
    path.write_text(TEXT.format(mark=str(mark)))
    return path


@pytest.fixture
def opened(qtbot: QtBot) -> Iterator[Any]:
    windows = []

    def open_window(file: Path) -> MainWindow:
        window = MainWindow(file)
        windows.append(window)
        with qtbot.waitSignal(window.painted, timeout=WAIT):
            window.show()
        qtbot.waitUntil(lambda: not window._todo and window.editing, timeout=WAIT)
        return window

    yield open_window
    for window in windows:
        window._sure = True
        window.close()
        window.deleteLater()


def blank(tmp_path: Path, network: Network | None = None, **more: Any) -> Path:
    path = tmp_path / "project.loom"
    save_project(Project(network=network or load_template("digits"), **more), path)
    return path


def drop(window: MainWindow, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    palette, at = window.build_editor().palette, QPoint(20, 60)
    keys = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    for event in (QDragEnterEvent(at, *keys), QDropEvent(at.toPointF(), *keys)):
        QApplication.sendEvent(palette, event)
        assert event.isAccepted()


def dialog_of(window: MainWindow, qtbot: QtBot) -> TrustDialog:
    qtbot.waitUntil(lambda: window.user_code.dialog is not None and window.user_code.dialog.isVisible(), timeout=WAIT)
    assert window.user_code.dialog is not None
    return window.user_code.dialog


def known(window: MainWindow, qtbot: QtBot, name: str) -> None:
    qtbot.waitUntil(lambda: window.bridge.document.shapes[name].complete, timeout=WAIT)


def put_in(window: MainWindow, kind: str, **params: Any) -> str:
    """Into the wire before the output."""
    document = window.bridge.document
    (output,) = [n for n, node in document.network.nodes.items() if node.block.role == "output"]
    edit = document.insertion(document.network.inputs_of(output)[0], kind, params)
    window.bridge.do(edit)
    return next(part.name for part in edit.edits if isinstance(part, AddBlock))


def test_drop_look_trust_draw_train_export(opened: Any, qtbot: QtBot, code: Path, mark: Path, tmp_path: Path) -> None:
    window = opened(blank(tmp_path))
    drop(window, code)
    dialog = dialog_of(window, qtbot)
    assert dialog.view.toPlainText() == code.read_text()
    assert dialog.cancel_button.isDefault()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.user_code.dialog is None)
    assert not window.user_code._added

    drop(window, code)
    dialog = dialog_of(window, qtbot)
    qtbot.mouseClick(dialog.trust_button, Qt.MouseButton.LeftButton)
    editor = window.build_editor()
    assert editor.palette.model.find("Your blocks").isValid()
    assert not mark.exists()  # in the window nothing of it ever runs
    (kind,) = window.user_code._added[code]
    name = put_in(window, kind)
    assert window.bridge.document.shapes.wanted.keys() == {name}
    known(window, qtbot, name)
    assert mark.exists()
    shapes = window.bridge.document.shapes[name]
    assert shapes.outputs == tuple(shapes.inputs.values())
    assert not window.bridge.document.has_errors
    depth = window.bridge.document.depth
    assert depth == 1  # measuring is no edit

    window.running.train(TrainSpec(epochs=1), DataSpec(source="digits"))
    qtbot.waitUntil(lambda: window.running.weights() is not None, timeout=WAIT)
    runs = window.running.controller()
    out = tmp_path / "exported"
    with qtbot.waitSignal(
        runs.result, timeout=WAIT, check_params_cb=lambda run, data: "sentence" in data and "path" in data
    ):
        weights = window.running.weights()
        assert weights is not None
        runs.export(window.bridge.document.network, weights, "python", out, samples=8)
    assert (out / "my_layers.py").read_bytes() == code.read_bytes()
    assert "from my_layers import Weigh" in (out / "model.py").read_text()

    window.files.save_to(tmp_path / "project.loom")
    project = load_project(tmp_path / "project.loom")
    assert dict(project.code) == {declared(kind).sha256: code}  # type: ignore[union-attr]
    assert '"my_layers.py"' in (tmp_path / "project.loom").read_text()


def strangers(code: Path, tmp_path: Path) -> Path:
    """A project as somebody else sends it, with the file beside."""
    network = load_template("digits")
    (cls,) = read_classes(code.read_bytes(), code.name)
    from designer.graph.document import Document

    document = Document(network)
    (output,) = [n for n, node in network.nodes.items() if node.block.role == "output"]
    document.do(document.insertion(network.inputs_of(output)[0], declare(cls), {"hidden": 8}))
    path = blank(tmp_path, document.network, code={cls.sha256: code})
    forget_all()
    return path


def test_a_strangers_project_runs_nothing_before_the_person_decides(
    opened: Any, qtbot: QtBot, code: Path, mark: Path, tmp_path: Path
) -> None:
    window = opened(strangers(code, tmp_path))
    (name,) = [n for n, node in window.bridge.document.network.nodes.items() if declared(node.type)]
    qtbot.waitUntil(lambda: bool(window.bridge.document.problems_of(name)), timeout=WAIT)
    (problem,) = window.bridge.document.problems_of(name)
    assert problem.code == "untrusted_code"
    assert window.user_code.dialog is None
    panel = window.build_editor().problems
    window.show_panel("problems")
    row = panel.model.problems.index(problem)
    qtbot.waitUntil(lambda: any(b.text() == DECIDE for b in panel.fixes(row)), timeout=WAIT)
    (button,) = [b for b in panel.findChildren(FixButton) if b.text() == DECIDE]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    dialog = dialog_of(window, qtbot)
    assert not mark.exists()
    qtbot.mouseClick(dialog.trust_button, Qt.MouseButton.LeftButton)
    known(window, qtbot, name)
    assert not window.bridge.document.problems_of(name)
    assert window.bridge.document.depth == 0


def test_a_file_that_changed_is_asked_about_and_its_blocks_follow_in_one_step(
    opened: Any, qtbot: QtBot, code: Path, mark: Path, tmp_path: Path
) -> None:
    from designer.project.trusted import trust

    path = strangers(code, tmp_path)
    old = trust(code.read_bytes())
    code.write_text(code.read_text().replace("hidden=16", "hidden=16, extra=False"))
    window = opened(path)
    document = window.bridge.document
    (name,) = [n for n, node in document.network.nodes.items() if declared(node.type)]
    dialog = dialog_of(window, qtbot)
    before = document.network[name].type
    known(window, qtbot, name)  # the old text is still trusted, and still here
    qtbot.mouseClick(dialog.trust_button, Qt.MouseButton.LeftButton)
    node = document.network[name]
    assert node.type != before
    assert dict(node.params) == {"in_features": None, "hidden": 8, "extra": False}
    cls = declared(node.type)
    assert cls is not None
    assert cls.sha256 != old
    assert is_trusted(cls.sha256)
    known(window, qtbot, name)
    assert document.depth == 1
    assert document.undo_label == "Use the new my_layers.py"
    window.bridge.document.undo()
    assert document.network[name].type == before
    assert document.shapes[name].complete
    assert Wire(name, 0, next(iter(document.network.successors(name))), 0) in document.network.wires()


def test_a_file_without_layers_is_refused_in_a_sentence(opened: Any, qtbot: QtBot, tmp_path: Path) -> None:
    window = opened(blank(tmp_path))
    (tmp_path / "nothing.py").write_text("print('hello')\n")
    drop(window, tmp_path / "nothing.py")
    assert window.user_code.dialog is None
    assert any("nothing.py has no class" in toast.text for toast in window.toasts.shown())
