"""Weights into the open project, in the real window with a real worker: look, decide, load, take back, save, cancel."""

from __future__ import annotations

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from safetensors.torch import load_file, save_file

from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.graph.edits import SetParams
from designer.graph.templates import load_template
from designer.jobs.client import WorkerProcess
from designer.project.file import Project, load_project, save_project
from designer.project.paths import state_folder
from designer.ui.weights.loading import loading
from designer.ui.window import MainWindow

WAIT = 60_000


@pytest.fixture(scope="module")
def worker(tmp_path_factory):
    made = WorkerProcess(tmp_path_factory.mktemp("worker"))
    made.start()
    yield made
    made.close()


@pytest.fixture
def network():
    return load_template("digits")


@pytest.fixture
def window(qtbot, tmp_path, worker, network):
    path = tmp_path / "digits.loom"
    save_project(Project(network=network), path)
    made = MainWindow(path, start_worker=False)
    made.running.controller().worker = worker
    with qtbot.waitSignal(made.painted, timeout=WAIT):
        made.show()
    qtbot.waitUntil(lambda: not made._todo and made.editing, timeout=WAIT)
    yield made
    made._sure = True
    made.running.controller().worker = WorkerProcess(tmp_path / "none")  # the shared one lives on
    made.close()
    made.deleteLater()


def state(network, seed):
    return dict(build(compile_network(network), seed).state_dict())


def mapped(window, qtbot, path):
    """The dialog with what was found in a file."""
    loading(window).take(path)
    dialog = loading(window).dialog
    qtbot.waitUntil(lambda: dialog.page is not None, timeout=WAIT)
    return dialog


def load(window, qtbot, dialog):
    with qtbot.waitSignal(loading(window).taken, timeout=WAIT):
        QTest.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)


def toast(window, word):
    return next(t for t in window.toasts.shown() if word in t.text)


def test_load_take_back_and_save(window, qtbot, tmp_path, network):
    mine, theirs = state(network, 1), state(network, 2)
    save_file(mine, tmp_path / "mine.safetensors")
    torch.save({"state_dict": {f"module.{n}": t for n, t in theirs.items()}}, tmp_path / "theirs.pth")
    assert window.actions_by_id["load_weights"].isEnabled() and not window.actions_by_id["export"].isEnabled()
    dialog = mapped(window, qtbot, tmp_path / "mine.safetensors")
    assert dialog.page.fit.complete and dialog.apply.text() == f"Load {len(mine)} weights"
    load(window, qtbot, dialog)
    first = window.session.project.weights
    assert all(torch.equal(load_file(first)[n], mine[n]) for n in mine)
    assert window.session.modified and window.actions_by_id["export"].isEnabled()
    window.files.save()
    load(window, qtbot, mapped(window, qtbot, tmp_path / "theirs.pth"))
    window.files.save()  # the file beside the project holds theirs now
    saved = load_project(window.session.path).weights
    assert all(torch.equal(load_file(saved)[n], theirs[n]) for n in theirs)
    message = toast(window, "theirs.pth")
    QTest.mouseClick(message.buttons[0], Qt.MouseButton.LeftButton)
    again = window.session.project.weights
    assert all(torch.equal(load_file(again)[n], mine[n]) for n in mine) and window.session.modified
    assert not list((state_folder() / "weights").glob("*"))  # what only looked has left nothing


def test_the_first_load_is_taken_back_to_none(window, qtbot, tmp_path, network):
    save_file(state(network, 1), tmp_path / "a.safetensors")
    load(window, qtbot, mapped(window, qtbot, tmp_path / "a.safetensors"))
    QTest.mouseClick(toast(window, "a.safetensors").buttons[0], Qt.MouseButton.LeftButton)
    assert window.session.project.weights is None


def test_taking_back_leaves_another_project_alone(window, qtbot, tmp_path, network):
    save_file(state(network, 1), tmp_path / "a.safetensors")
    load(window, qtbot, mapped(window, qtbot, tmp_path / "a.safetensors"))
    message = toast(window, "a.safetensors")
    window.session.new(network)
    window.session.use_weights(tmp_path / "a.safetensors")
    QTest.mouseClick(message.buttons[0], Qt.MouseButton.LeftButton)
    assert window.session.project.weights == tmp_path / "a.safetensors" and toast(window, "Another project is open")


def test_what_is_left_out_keeps_the_projects_weights(window, qtbot, tmp_path, network):
    mine, theirs = state(network, 1), state(network, 2)
    save_file(mine, tmp_path / "mine.safetensors")
    load(window, qtbot, mapped(window, qtbot, tmp_path / "mine.safetensors"))
    theirs["bn1.weight"][0] = float("nan")
    del theirs["conv1.weight"]
    save_file(theirs, tmp_path / "theirs.safetensors")
    dialog = mapped(window, qtbot, tmp_path / "theirs.safetensors")
    assert dialog.rest.text() == "What is left out keeps the project's weights."
    load(window, qtbot, dialog)
    made = load_file(window.session.project.weights)
    assert torch.equal(made["conv1.weight"], mine["conv1.weight"])
    assert torch.equal(made["conv2.weight"], theirs["conv2.weight"])
    assert "not numbers" in toast(window, "bn1.weight").text


def test_a_damaged_file_is_told_in_the_dialog(window, qtbot, tmp_path):
    (tmp_path / "a.pth").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    loading(window).take(tmp_path / "a.pth")
    dialog = loading(window).dialog
    qtbot.waitUntil(lambda: dialog.cancel.text() == "Close", timeout=WAIT)
    assert (
        "is not a PyTorch checkpoint" in dialog.says.text() and not dialog.bar.isVisible() and dialog.other.isVisible()
    )
    QTest.mouseClick(dialog.cancel, Qt.MouseButton.LeftButton)
    assert loading(window).dialog is None and window.session.project.weights is None


def test_a_drawing_with_problems_says_so(window, qtbot, tmp_path, network):
    save_file(state(network, 1), tmp_path / "a.safetensors")
    window.bridge.do(SetParams("conv1", {"kernel_size": 30, "padding": 0}))
    loading(window).take(tmp_path / "a.safetensors")
    dialog = loading(window).dialog
    assert "conv1" in dialog.says.text() and dialog.cancel.text() == "Close"
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert loading(window).dialog is None


def test_cancel_at_any_time(window, qtbot, tmp_path, network):
    save_file(state(network, 1), tmp_path / "a.safetensors")
    loading(window).take(tmp_path / "a.safetensors")
    QTest.mouseClick(loading(window).dialog.cancel, Qt.MouseButton.LeftButton)  # while it looks
    dialog = mapped(window, qtbot, tmp_path / "a.safetensors")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)  # while a person decides
    dialog = mapped(window, qtbot, tmp_path / "a.safetensors")
    QTest.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    QTest.mouseClick(dialog.cancel, Qt.MouseButton.LeftButton)  # while it loads
    qtbot.waitUntil(lambda: not loading(window)._leaving and not loading(window)._timer.isActive(), timeout=WAIT)
    assert window.session.project.weights is None and not window.session.modified
    runs = window.session.path.parent / "digits-runs"
    assert not list((state_folder() / "weights").glob("*")) and not list(runs.glob("*"))


def test_the_real_file_question(window, qtbot, tmp_path, network):
    save_file(state(network, 1), tmp_path / "a.safetensors")
    window.actions_by_id["load_weights"].trigger()
    from PySide6.QtWidgets import QFileDialog

    (asked,) = window.findChildren(QFileDialog)
    asked.fileSelected.emit(str(tmp_path / "a.safetensors"))
    asked.reject()
    dialog = loading(window).dialog
    assert dialog is not None and dialog.title.text() == "Weights from a.safetensors"
    qtbot.waitUntil(lambda: dialog.page is not None, timeout=WAIT)
    dialog.reject()
