"""Runs of other processes: one that a terminal begins beside an open window, and one whose window was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from designer.graph.templates import load_template
from designer.jobs.events import last_event
from designer.jobs.folder import RunFolder
from designer.jobs.handle import attach
from designer.project.file import Project, save_project
from designer.project.owner import Owner
from designer.ui.run_watch import RunWatch
from designer.ui.runs_library.shelf import shelf
from designer.ui.window import MainWindow
from tests.pure.jobs.made_runs import STARTED, add_events, events, finished, made_run

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)

ROOT = Path(__file__).parents[2]
LONG = ["--data", "digits", "--epochs", "5000", "--batch-size", "64", "--device", "cpu", "--threads", "1"]
PATIENCE = 90_000


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "net.loom"
    save_project(Project(network=load_template("digits")), path)
    return path


@pytest.fixture
def terminal(project: Path) -> Iterator[Any]:
    """``layerloom`` in another process."""
    begun: list[subprocess.Popen[bytes]] = []

    def run(*words: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(
            [sys.executable, "-m", "designer", *words], env=environment, cwd=project.parent, stdout=subprocess.DEVNULL
        )
        begun.append(process)
        return process

    yield run
    for process in begun:
        if process.poll() is None:
            process.kill()
        process.wait()


@pytest.fixture
def windows(qtbot: QtBot) -> Iterator[Any]:
    made: list[MainWindow] = []

    def open_window(file: Path) -> MainWindow:
        window = MainWindow(file, start_worker=False)
        made.append(window)
        qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_sure", True))
        with qtbot.waitSignal(window.painted):
            window.show()
        qtbot.waitUntil(lambda: not window._todo, timeout=PATIENCE)
        window.running.controller()
        return window

    yield open_window
    for window in made:
        window._sure = True
        window.close()


def whole(run: Path) -> None:
    """No event of the log is missing."""
    numbers = [event["seq"] for event in RunFolder(run).tail().read(1 << 30)]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.slow
def test_a_training_of_a_terminal_is_offered_and_steered(
    terminal: Any, windows: Any, project: Path, qtbot: QtBot
) -> None:
    window = windows(project)
    panel = window.build_editor().training
    process = terminal("train", str(project), *LONG)
    qtbot.waitUntil(lambda: panel._offered is not None, timeout=PATIENCE)
    run = panel._offered
    (toast,) = [toast for toast in window.toasts.shown() if "in another process" in toast.text]
    QTest.mouseClick(toast.buttons[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.run is not None and panel.run.iteration > 20, timeout=PATIENCE)
    assert panel.run.state == "running" and panel._offered is None and panel.run_id == str(run)
    window.running.pause_or_resume()
    qtbot.waitUntil(lambda: panel.run.state == "paused", timeout=PATIENCE)
    window.running.stop()
    qtbot.waitUntil(lambda: panel.run.state == "stopped", timeout=PATIENCE)
    xs = panel.plots[0].curves["Training"].values.x
    assert (xs == range(1, panel.run.iteration + 1)).all()
    assert process.wait(60) == 0
    whole(run)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that kills")
def test_a_killed_window_leaves_its_run_and_the_next_one_misses_nothing(
    windows: Any, project: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    """The first window trains in a process of its own, and is killed without a word."""
    script = tmp_path / "window.py"
    script.write_text(
        textwrap.dedent("""
        import sys
        from pathlib import Path
        from designer.data.spec import DataSpec
        from designer.train.spec import TrainSpec
        from designer.ui.app import create

        made = create(Path(sys.argv[1]), start_worker=False)
        app, window = made if isinstance(made, tuple) else (None, made)
        window.show()
        spec = TrainSpec(epochs=5000, batch_size=64, device="cpu", threads=1)
        window.running.train(spec, DataSpec(source="digits"))
        print(window.running.run_id, flush=True)
        from PySide6.QtWidgets import QApplication
        QApplication.instance().exec()
    """)
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    first = subprocess.Popen([sys.executable, str(script), str(project)], env=environment, stdout=subprocess.PIPE)
    try:
        assert first.stdout is not None
        run = Path(first.stdout.readline().decode().strip())
        handle = attach(run)
        handle.wait("step", timeout=90)
    finally:
        first.kill()
        first.wait()
        assert first.stdout is not None
        first.stdout.close()
    killed_at = last_event(run / "events.jsonl")
    assert killed_at is not None
    handle.wait(lambda event: event["seq"] > killed_at["seq"] + 50, timeout=60)  # nobody told the run
    window = windows(project)
    panel = window.build_editor().training
    try:
        qtbot.waitUntil(lambda: panel.run is not None and panel.run.state == "running", timeout=PATIENCE)
        qtbot.waitUntil(lambda: panel.run.iteration > killed_at.get("iteration", 0) + 50, timeout=PATIENCE)
    finally:
        window.running.stop()
    qtbot.waitUntil(lambda: panel.run.state == "stopped", timeout=PATIENCE)
    xs = panel.plots[0].curves["Training"].values.x
    assert (xs == range(1, panel.run.iteration + 1)).all()  # from before the kill, from in between and from after
    whole(run)
    owner = RunFolder(run).owner()
    assert owner is not None
    qtbot.waitUntil(lambda: not psutil.pid_exists(owner.pid) or not owner.alive(), timeout=PATIENCE)


@pytest.mark.slow
def test_a_stopped_run_goes_on_from_the_library(terminal: Any, windows: Any, project: Path, qtbot: QtBot) -> None:
    run = project.parent / "net-runs" / "mine"
    process = terminal("train", str(project), *LONG, "--run-dir", str(run))
    qtbot.waitUntil(lambda: (run / "metrics.csv").is_file(), timeout=PATIENCE)
    attach(run).wait(lambda event: event.get("iteration", 0) > 60, timeout=60)
    RunFolder(run).command("stop")
    assert process.wait(60) == 0
    last = last_event(run / "events.jsonl")
    assert last is not None and last["reason"] == "stopped"
    window = windows(project)
    window.actions_by_id["runs"].trigger()
    page = shelf(window).page
    qtbot.waitUntil(lambda: page.reader.complete)
    page.table.choose([run])
    QTest.mouseClick(page.details.buttons["go_on"], Qt.MouseButton.LeftButton)
    panel = window.build_editor().training
    qtbot.waitUntil(
        lambda: panel.run is not None and panel.run.state == "running" and panel.run.iteration > last["iteration"] + 20,
        timeout=PATIENCE,
    )
    assert window.editing and panel.run.facts["start_iteration"] == last["iteration"]
    window.running.stop()
    qtbot.waitUntil(lambda: panel.run.state == "stopped", timeout=PATIENCE)
    xs = panel.plots[0].curves["Training"].values.x
    assert (xs == range(1, panel.run.iteration + 1)).all()
    whole(run)


def test_a_run_that_begins_elsewhere_is_offered_and_followed(windows: Any, project: Path, qtbot: QtBot) -> None:
    window = windows(project)
    panel = window.build_editor().training
    run = made_run(project.parent / "net-runs" / "1-elsewhere", events(0.5))
    RunFolder(run).begin(Owner.of(), "Training")
    qtbot.waitUntil(lambda: panel._offered == run)
    assert any("1-elsewhere" in toast.text for toast in window.toasts.shown())
    window.show_panel("training")
    qtbot.waitUntil(panel._offer.isVisible)
    QTest.mouseClick(panel._offer.findChild(QPushButton), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.run is not None and panel.run_id == str(run))
    add_events(run, [STARTED, *events(0.5, 0.8)[8:], finished()])
    qtbot.waitUntil(lambda: panel.run.state == "completed" and panel.run.iteration == 8)
    assert panel._offered is None


def test_only_what_begins_later_and_trains_is_told(tmp_path: Path, qtbot: QtBot) -> None:
    def begin(name: str) -> Path:
        run = made_run(tmp_path / name, events(0.5))
        RunFolder(run).begin(Owner.of(), "Training")
        return run

    old, followed = begin("old"), tmp_path / "mine"
    told: list[Path] = []
    watch = RunWatch(lambda: tmp_path, lambda path: path == followed)
    watch.begun.connect(told.append)
    watch.look()
    begin("mine")
    new = begin("new")
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "worker.json").write_text("{}")
    watch.look()
    watch.look()
    assert told == [new]
    (old / "worker.json").write_bytes((new / "worker.json").read_bytes())  # gone on with by another process
    os.utime(old / "worker.json", ns=(1, 1))
    watch.look()
    assert told == [new, old]
