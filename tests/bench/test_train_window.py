"""What an open window costs a training: the same run, with the window at work and asleep by turns.

A window that sleeps takes no processor time, so that what is left is what `layerloom train` does in a terminal: the
training in the worker writes the same log in both cases.

Run alone: pytest tests/bench/test_train_window.py -s --slow
"""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from designer.data.spec import DataSpec
from designer.graph.templates import load_template
from designer.jobs.events import Tail
from designer.project.file import Project, save_project
from designer.train.spec import TrainSpec
from designer.ui.window import MainWindow
from tests.bench.quiet import quiet

TURNS, SECONDS = 10, 2.0
SETTLE = 0.3  # seconds after a turn has begun that do not count: what was missed is drawn
FASHION = DataSpec(source="fashion-mnist", limit=20_000)
WAIT = 120_000


def iterations(log: list[tuple[float, int]], begin: float, end: float) -> float:
    """Iterations a second between two moments."""
    inside = [(when, number) for when, number in log if begin <= when <= end]
    (first, start), (last, stop) = inside[0], inside[-1]
    return (stop - start) / (last - first)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
def test_an_open_window_costs_a_training_next_to_nothing(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    free, network = quiet(), load_template("lenet5")
    file = tmp_path / "a.loom"
    save_project(Project(network=network), file)
    window = MainWindow(file)
    qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_sure", True))
    with qtbot.waitSignal(window.painted):
        window.show()
    window.resize(1600, 1000)
    qtbot.waitUntil(lambda: not window._todo and window.running.runs is not None, timeout=WAIT)
    window.running.train(TrainSpec(epochs=10_000, validate_every=10**9, device="cpu", threads=threads), FASHION)
    controller = window.running.controller()

    def run() -> object:
        return controller.run(window.running.run_id or "")

    qtbot.waitUntil(lambda: run() is not None and run().state.iteration > 50, timeout=WAIT)  # type: ignore[attr-defined]
    turns = []
    busy = 0.0
    for _ in range(TURNS):
        began, used = time.monotonic(), time.process_time()
        qtbot.wait(round(1000 * SECONDS))  # reads, draws, ten times a second
        middle, busy = time.monotonic(), busy + time.process_time() - used
        time.sleep(SECONDS)
        turns.append((began, middle, time.monotonic()))
    folder = run().folder  # type: ignore[attr-defined]
    window.running.stop()
    qtbot.waitUntil(lambda: not run().handle.alive, timeout=WAIT)  # type: ignore[attr-defined]
    tail, log = Tail(folder / "events.jsonl"), list[tuple[float, int]]()
    while events := tail.read():
        log += [(event["time"], event["iteration"]) for event in events if event["type"] == "step"]
    ratios = [
        iterations(log, began + SETTLE, middle) / iterations(log, middle + SETTLE, end) for began, middle, end in turns
    ]
    ratio = statistics.median(ratios)
    spread = f"{min(ratios):.3f} to {max(ratios):.3f}"
    share = busy / (TURNS * SECONDS)
    print(
        f"\n{threads} threads: beside an open window {ratio:.3f} of the speed ({spread}); it takes {share:.1%} of a core"
    )
    window._sure = True
    window.running.leave = False
    window.close()
    # Where other programs are at work: what it takes of a machine whose processors are all busy, itself slowed down.
    assert ratio >= 0.97 if free else share / (os.cpu_count() or 1) <= 0.04
