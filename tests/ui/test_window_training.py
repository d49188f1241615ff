"""Closing the window while a real worker trains: stop it, leave it and find it again, or stay."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from designer.data.spec import DataSpec
from designer.graph.edits import Rename, SetParams
from designer.graph.templates import load_template
from designer.project.file import Project, load_project, save_project
from designer.train.spec import TrainSpec
from designer.ui.dialogs.question import Question
from designer.ui.window import MainWindow

LONG = TrainSpec(epochs=500, batch_size=64)
DIGITS = DataSpec(source="digits")
PATIENCE = 60_000  # ms; the worker imports torch on a busy machine


@pytest.fixture
def digits(tmp_path):
    path = tmp_path / "digits.loom"
    save_project(Project(network=load_template("digits")), path)
    return path


@pytest.fixture
def opened(qtbot):
    windows = []

    def open_window(file):
        window = MainWindow(file)
        windows.append(window)
        qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_sure", True))
        with qtbot.waitSignal(window.painted):
            window.show()
        qtbot.waitUntil(lambda: not window._todo and window.running.runs is not None)
        return window

    yield open_window
    for window in windows:
        window._sure = True
        window.running.leave = False
        window.close()


def state(window):
    run = window.running.controller().run(window.running.run_id or "")
    return run.state.state if run is not None else ""


def train(window, qtbot):
    window.running.train(LONG, DIGITS)
    qtbot.waitUntil(lambda: state(window) == "running", timeout=PATIENCE)


def answer(window, qtbot, name):
    qtbot.waitUntil(lambda: any(q.isVisible() for q in window.findChildren(Question)))
    dialog = next(q for q in window.findChildren(Question) if q.isVisible())
    QTest.mouseClick(dialog.buttons[name], Qt.MouseButton.LeftButton)


def test_stay_then_stop_then_save(opened, digits, qtbot):
    window = opened(digits)
    train(window, qtbot)
    assert not window.actions_by_id["train"].isEnabled()
    window.close()
    answer(window, qtbot, "Cancel")
    assert window.isVisible()
    assert window.running.training
    qtbot.waitUntil(window.actions_by_id["stop"].isEnabled)
    window.actions_by_id["stop"].trigger()
    qtbot.waitUntil(lambda: state(window) == "stopped", timeout=PATIENCE)
    qtbot.waitUntil(window.actions_by_id["export"].isEnabled, timeout=PATIENCE)
    assert window.session.modified  # the weights belong to the project now
    window.close()
    with qtbot.waitSignal(window.closed):
        answer(window, qtbot, "Save")
    project = load_project(digits)
    assert project.weights == digits.with_suffix(".safetensors")
    assert not project.weights_missing
    assert project.train == LONG


def test_leave_it_running_and_find_it_again(opened, digits, qtbot):
    window = opened(digits)
    train(window, qtbot)
    run_id = window.running.run_id
    window.bridge.do(SetParams("conv1", {"out_channels": 8}))
    window.close()
    answer(window, qtbot, "Leave it running")
    with qtbot.waitSignal(window.closed):
        answer(window, qtbot, "Don't save")
    again = opened(digits)
    assert again.running.run_id == run_id
    qtbot.waitUntil(lambda: state(again) == "running", timeout=PATIENCE)
    again.close()
    with qtbot.waitSignal(again.closed, timeout=PATIENCE):
        answer(again, qtbot, "Stop training")
    run = again.running.runs.run(run_id)
    qtbot.waitUntil(lambda: not run.handle.alive, timeout=PATIENCE)
    assert (run.folder / "weights.safetensors").is_file()


def test_changed_while_paused_and_gone_on_with(opened, digits, qtbot):
    """Pause, change two blocks, resume: the run asks, takes the drawing over, and its weights fit the drawing."""
    window = opened(digits)
    train(window, qtbot)
    window.actions_by_id["pause"].trigger()
    qtbot.waitUntil(lambda: state(window) == "paused", timeout=PATIENCE)
    document = window.bridge.document
    fc1 = document.network["fc1"]
    window.bridge.do(Rename("conv1", "first"))
    window.bridge.do(SetParams("fc1", {**fc1.params, "out_features": 96}))
    editor = window.build_editor()
    QTest.mouseClick(editor.training.pause, Qt.MouseButton.LeftButton)
    question = next(q for q in window.findChildren(Question) if q.isVisible())
    assert "fc1" in question.findChildren(QLabel)[2].text() and state(window) == "paused"
    told = []
    window.running.controller().happened.connect(lambda _, event: told.append(event))
    answer(window, qtbot, "With the changes")
    qtbot.waitUntil(lambda: any(e["type"] == "noted" and e["what"] == "network" for e in told), timeout=PATIENCE)
    qtbot.waitUntil(lambda: state(window) == "running" and any(e["type"] == "started" for e in told), timeout=PATIENCE)
    # What is edited from here on is done to the weights, too.
    window.bridge.do(Rename("fc2", "last"))
    window.running.stop()
    qtbot.waitUntil(lambda: state(window) == "stopped", timeout=PATIENCE)
    report = window.session.weights.trail.report(document.network)
    assert report.complete, report.sentence


def test_as_it_was(opened, digits, qtbot):
    window = opened(digits)
    train(window, qtbot)
    window.running.pause_or_resume()
    qtbot.waitUntil(lambda: state(window) == "paused", timeout=PATIENCE)
    window.running.pause_or_resume()
    qtbot.waitUntil(lambda: state(window) == "running", timeout=PATIENCE)  # nothing was changed: nothing is asked
    window.running.pause_or_resume()
    qtbot.waitUntil(lambda: state(window) == "paused", timeout=PATIENCE)
    window.bridge.do(Rename("conv1", "first"))
    window.running.pause_or_resume()
    answer(window, qtbot, "As it was")
    qtbot.waitUntil(lambda: state(window) == "running", timeout=PATIENCE)
    window.running.stop()
    qtbot.waitUntil(lambda: state(window) == "stopped", timeout=PATIENCE)
