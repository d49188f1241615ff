"""The controller with a real worker process: nothing here is replaced by a double."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from designer.data.spec import DataSpec
from designer.errors import JobError
from designer.graph.model import Network
from designer.graph.templates import load_template
from designer.jobs.client import WorkerProcess
from designer.train.spec import TrainSpec
from designer.ui.panels.training import TrainingPanel
from designer.ui.run_folders import final_weights, last_training, running_trainings, runs_root
from designer.ui.runs import RunController

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)

DIGITS = DataSpec(source="digits")
TWO = TrainSpec(epochs=2, batch_size=128, device="cpu")
LONG = TrainSpec(epochs=5000, batch_size=64, device="cpu", checkpoint_every=20)
WAIT = 60_000


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    """One process for all tests of this file: torch takes seconds to load."""
    made = WorkerProcess(tmp_path_factory.mktemp("worker"))
    yield made
    made.close()


@pytest.fixture
def controller(worker: WorkerProcess, qtbot: QtBot) -> Iterator[RunController]:
    made = RunController(worker=worker)
    yield made
    for run in made.active():
        made.stop(run.id)
    made.let_go()
    made.deleteLater()


@pytest.fixture
def network() -> Network:
    return load_template("digits")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tmp_path / "net.loom"


def reaches(controller: RunController, state: str, qtbot: QtBot, run_id: str | None = None) -> Any:
    """Wait for a state, of any run or of that one."""

    def fits(run: str, now: str) -> bool:
        return now == state and run_id in (None, run)

    return qtbot.waitSignal(controller.stateChanged, timeout=WAIT, check_params_cb=fits)


def steps(controller: RunController, qtbot: QtBot, over: int) -> Any:
    """Wait until a training has done more than that many iterations."""
    return qtbot.waitSignal(
        controller.events, timeout=WAIT, check_params_cb=lambda _, es: any(e.get("iteration", 0) > over for e in es)
    )


def test_trains_and_says_what_happens(controller: RunController, network: Network, project: Path, qtbot: QtBot) -> None:
    states: list[str] = []
    controller.stateChanged.connect(lambda run, state: states.append(state) if run == "" or run == made[0] else None)
    panel = TrainingPanel()
    qtbot.addWidget(panel)
    panel.watch(controller)
    made = [""]
    with reaches(controller, "completed", qtbot):
        made[0] = controller.train(network, TWO, DIGITS, project)
    assert states[-2:] == ["running", "completed"]
    run = controller.run(made[0])
    assert run is not None and run.folder.parent == project.parent / "net-runs" and run.folder.is_dir()
    assert run.state.iteration == run.state.total == 24 and run.state.best is not None and run.state.best > 0.5
    assert panel.run is not None and panel.run.state == "completed"
    assert len(panel.plots[0].curves["Training"].values) == 24
    assert final_weights(run.folder) == run.folder / "weights.safetensors"
    assert last_training(runs_root(project)) == run.folder


def test_pause_resume_stop(controller: RunController, network: Network, project: Path, qtbot: QtBot) -> None:
    run_id = ""
    with steps(controller, qtbot, 5):
        run_id = controller.train(network, LONG, DIGITS, project)
    run = controller.run(run_id)
    assert run is not None
    with reaches(controller, "paused", qtbot):
        controller.pause(run_id)
    at = run.state.iteration
    with steps(controller, qtbot, at), reaches(controller, "running", qtbot):
        controller.resume(run_id)
    with reaches(controller, "stopped", qtbot):
        controller.stop(run_id)
        assert run.state.state == "stopping"
    assert final_weights(run.folder) is not None
    assert controller.active() == []


def test_a_run_that_has_ended_never_counts_as_going_on_when_it_is_shown_again(
    controller: RunController, network: Network, project: Path, qtbot: QtBot
) -> None:
    with reaches(controller, "completed", qtbot):
        run_id = controller.train(network, TrainSpec(epochs=1, batch_size=256), DIGITS, project)
    other = RunController(worker=controller.worker)
    try:
        other.attach(Path(run_id))
        assert other.active() == []  # before a single event of it was read, so that Train can be pressed at once
    finally:
        other.let_go()


def test_polls_only_while_there_is_something(
    controller: RunController, network: Network, project: Path, qtbot: QtBot
) -> None:
    assert not controller.polling
    controller.start_worker()
    assert controller.polling
    if not controller.worker.ready:
        with qtbot.waitSignal(controller.workerReady, timeout=WAIT):
            pass
    assert any(device["name"] == "cpu" for device in controller.devices)
    qtbot.waitUntil(lambda: not controller.polling, timeout=WAIT)


@pytest.mark.parametrize("how", ["SIGKILL", "SIGSEGV"])
def test_a_killed_worker_is_noticed_within_a_second_and_the_run_goes_on(
    controller: RunController, network: Network, project: Path, qtbot: QtBot, how: str
) -> None:
    """SIGKILL, as from the system when memory runs out; SIGSEGV, as from a crash in a kernel or a driver."""
    panel = TrainingPanel()
    qtbot.addWidget(panel)
    panel.watch(controller)
    panel.resize(900, 300)
    panel.show()
    with qtbot.waitSignal(controller.happened, timeout=WAIT, check_params_cb=lambda _, e: e["type"] == "checkpoint"):
        run_id = controller.train(network, LONG, DIGITS, project)
    run = controller.run(run_id)
    assert run is not None and controller.worker.pid is not None
    with reaches(controller, "lost", qtbot, run_id):
        killed = time.monotonic()
        os.kill(controller.worker.pid, getattr(signal, how))
    assert time.monotonic() - killed < 1.0
    assert "ended unexpectedly" in run.state.message and run.state.resumable
    assert panel.lost.isVisible() and panel.go_on.isVisible() and not panel.pause.isVisible()
    before = run.state.iteration
    with steps(controller, qtbot, before), reaches(controller, "running", qtbot, run_id):
        panel.go_on.click()
    assert panel.run is not None and panel.run.state == "running" and not panel.lost.isVisible()
    start = panel.run.facts["start_iteration"]
    assert 0 < start <= before
    xs = panel.plots[0].curves["Training"].values.x
    assert (xs == range(1, len(xs) + 1)).all()  # no gap and nothing twice
    with reaches(controller, "stopped", qtbot, run_id):
        panel.stop.click()


def test_attaches_to_a_run_of_another_window(
    controller: RunController, worker: WorkerProcess, network: Network, project: Path, qtbot: QtBot
) -> None:
    with steps(controller, qtbot, 3):
        run_id = controller.train(network, LONG, DIGITS, project)
    controller.let_go()  # as a window that closes and leaves its run alone
    assert running_trainings(runs_root(project)) == [Path(run_id)]
    other = RunController(worker=worker)
    with steps(other, qtbot, 5):
        assert other.attach(Path(run_id)) == run_id
    with reaches(other, "stopped", qtbot):
        other.stop(run_id)
    other.let_go()
    again = RunController(worker=worker)
    with reaches(again, "stopped", qtbot):  # what has ended can be looked at
        again.attach(Path(run_id))
    assert not running_trainings(runs_root(project))
    again.let_go()


def test_attaching_to_nothing_says_so(controller: RunController, tmp_path: Path) -> None:
    with pytest.raises(JobError, match="holds no run"):
        controller.attach(tmp_path)


def test_the_event_loop_stays_alive_while_training(
    controller: RunController, network: Network, project: Path, qtbot: QtBot
) -> None:
    panel = TrainingPanel()
    qtbot.addWidget(panel)
    panel.watch(controller)
    panel.resize(1000, 320)
    panel.show()
    qtbot.waitUntil(lambda: bool(panel.plots))
    with steps(controller, qtbot, 3):
        run_id = controller.train(network, LONG, DIGITS, project)
    gaps, stop = heartbeat()
    with steps(controller, qtbot, 400):
        pass
    stop()
    with reaches(controller, "stopped", qtbot):
        controller.stop(run_id)
    assert max(gaps) < sum(gaps) / 2, "most of the work was done in one go, and the event loop stood still"


def test_a_long_log_is_told_in_slices(controller: RunController, network: Network, project: Path, qtbot: QtBot) -> None:
    with reaches(controller, "stopped", qtbot):
        with steps(controller, qtbot, 2):
            run_id = controller.train(network, LONG, DIGITS, project)
        controller.stop(run_id)
    log = Path(run_id) / "events.jsonl"
    lines = log.read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if '"type":"step"' in line)
    step, end = json.loads(lines[start]), json.loads(lines[-1])
    long = [json.dumps({**step, "seq": start + i, "iteration": i}) for i in range(1, 12_001)]
    log.write_text("\n".join([*lines[:start], *long, json.dumps({**end, "seq": 99_999})]) + "\n")
    late = RunController(worker=controller.worker)
    told: list[int] = []
    late.events.connect(lambda _, events: told.append(len(events)))
    gaps, stop = heartbeat()
    with reaches(late, "stopped", qtbot, run_id):
        late.attach(Path(run_id))
    qtbot.waitUntil(lambda: not late.polling)
    stop()
    assert sum(told) > 12_000 and max(told) <= 2000
    run = late.run(run_id)
    assert run is not None and run.state.iteration == 12_000
    late.let_go()
    assert max(gaps) < sum(gaps) / 2, "most of the work was done in one go, and the event loop stood still"


def heartbeat() -> tuple[list[float], Callable[[], None]]:
    """The seconds that the event loop worked between two beats of a 5 ms timer; the function that ends it.

    Its own processor time: what the loop did, not what a busy machine did meanwhile.
    """
    beats = [time.thread_time()]
    gaps: list[float] = []
    timer = QTimer()

    def beat() -> None:
        now = time.thread_time()
        gaps.append(now - beats[0])
        beats[0] = now

    timer.timeout.connect(beat)
    timer.start(5)
    return gaps, timer.stop


def test_none_of_this_imports_torch() -> None:
    code = """
import sys
import designer.ui.runs, designer.ui.panels.training, designer.ui.panels.results
import designer.ui.dialogs.train, designer.ui.dialogs.export, designer.ui.plots.curve
from designer.ui.plots.declared import plots
from designer.ui.dialogs.export import export_formats
from designer.data.source import sources
plots(), sources(), export_formats()
assert "torch" not in sys.modules, "torch was imported"
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, env={**os.environ})
