"""The training panel fed with events, without a worker."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from designer.jobs.events import Tail
from designer.train.control import Order
from designer.ui import theme
from designer.ui.panels.run_orders import OrdersButton
from designer.ui.panels.training import TrainingPanel
from designer.ui.run_state import RunState, duration

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)

PER_EPOCH = 23


def events(epochs: int = 10, done: int | None = None, accuracy: bool = True) -> list[dict[str, Any]]:
    """The log of a run of that many epochs, after ``done`` iterations."""
    total = epochs * PER_EPOCH
    found: list[dict[str, Any]] = [
        {"type": "submitted"},
        {"type": "data", "source": "digits"},
        {
            "type": "started",
            "device": "cpu",
            "device_name": "CPU",
            "epochs": epochs,
            "iterations_per_epoch": PER_EPOCH,
            "total_iterations": total,
            "train_samples": 1438,
            "validation_samples": 359,
            "start_iteration": 0,
        },
    ]
    for i in range(1, (total if done is None else done) + 1):
        share = i / total if accuracy else None
        left = (total - i) * 0.1
        found.append(
            {
                "type": "step",
                "iteration": i,
                "epoch": (i - 1) // PER_EPOCH + 1,
                "loss": 1 / i,
                "accuracy": share,
                "learning_rate": 1e-3,
                "samples_per_second": 4321.4,
                "elapsed": i * 0.1,
                "left": left,
            }
        )
        if i % PER_EPOCH == 0:
            found.append({"type": "validated", "iteration": i, "epoch": i // PER_EPOCH, "loss": 1.0, "accuracy": share})
    return [{**event, "seq": n + 1, "time": 0.0} for n, event in enumerate(found)]


@pytest.fixture
def panel(qtbot: QtBot) -> TrainingPanel:
    made = TrainingPanel()
    qtbot.addWidget(made)
    made.resize(1000, 320)
    made.show()
    qtbot.waitUntil(lambda: bool(made.plots))
    return made


def test_empty_it_offers_to_train(panel: TrainingPanel, qtbot: QtBot) -> None:
    assert panel.empty.isVisible()
    with qtbot.waitSignal(panel.trainRequested):
        qtbot.mouseClick(panel.empty.button, Qt.MouseButton.LeftButton)
    panel.set_trainable("Solve the problems first.")
    assert not panel.empty.button.isEnabled() and panel.empty.button.toolTip() == "Solve the problems first."


def test_a_running_training(panel: TrainingPanel) -> None:
    panel.begin()
    assert panel.pill.text() == "Starting" and not panel.pause.isEnabled() and panel.stop.isEnabled()
    panel.take(events(done=46))
    assert panel.pill.text() == "Training"
    assert "Epoch 2 of 10" in panel.place.text() and "46 of 230" in panel.place.text()
    assert panel.progress.value() == 46 and panel.progress.maximum() == 230
    assert panel.facts.value("elapsed") == "0:05" and panel.facts.value("left") == "0:18"
    assert panel.facts.value("best") == "20.00 % (epoch 2)" and panel.facts.value("speed") == "4,321"
    assert panel.facts.value("data") == "digits, 1,438 + 359"
    assert panel.pause.isEnabled() and panel.stop.isEnabled() and not panel.again.isVisible()
    assert len(panel.plots[0].curves["Training"].values) == 46
    assert len(panel.plots[1].curves["Validation"].values) == 2


def test_pause_resume_and_stop_are_asked_for(panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.take(events(done=30))
    with qtbot.waitSignal(panel.pauseRequested):
        qtbot.mouseClick(panel.pause, Qt.MouseButton.LeftButton)
    panel.take([{"type": "paused", "iteration": 30}])
    assert panel.pill.text() == "Paused" and panel.pause.text() == "Resume"
    with qtbot.waitSignal(panel.resumeRequested):
        panel.pause.setFocus()
        qtbot.keyClick(panel.pause, Qt.Key.Key_Space)
    panel.take([{"type": "resumed", "iteration": 30}])
    assert panel.pause.text() == "Pause"
    with qtbot.waitSignal(panel.stopRequested):
        qtbot.mouseClick(panel.stop, Qt.MouseButton.LeftButton)
    panel.set_state("stopping")
    assert panel.pill.text() == "Stopping" and not panel.stop.isEnabled() and not panel.pause.isEnabled()
    panel.take([{"type": "finished", "reason": "stopped"}])
    assert panel.pill.text() == "Stopped" and panel.again.isVisible() and not panel.stop.isVisible()


def menu_of(button: OrdersButton, *titles: str) -> QAction:
    """The entry of the button's menu, or of its submenu."""
    menu = button.rates if len(titles) > 1 else button.menu()
    return next(action for action in menu.actions() if action.text() == titles[-1])


@pytest.mark.parametrize(
    ("titles", "order"),
    [
        (("Validate now",), Order("validate")),
        (("Save a checkpoint now",), Order("checkpoint")),
        (("Learning rate", "Halve"), Order("scale", 0.5)),
        (("Learning rate", "Ten times"), Order("scale", 10.0)),
    ],
)
def test_a_run_is_asked_for_something_and_says_what_it_did(
    panel: TrainingPanel, qtbot: QtBot, titles: tuple[str, ...], order: Order
) -> None:
    panel.begin()
    assert not panel.orders.isEnabled()
    panel.take(events(done=30))
    assert panel.orders.isVisible() and not panel.said.isVisible()
    with qtbot.waitSignal(panel.orderRequested) as asked:
        menu_of(panel.orders, *titles).trigger()
    assert asked.args == [order]
    panel.take([{"type": "noted", "iteration": 30, "what": "rate", "text": "Done after iteration 30."}])
    assert panel.said.isVisible() and panel.said.text() == "Done after iteration 30."
    panel.begin()
    assert not panel.said.isVisible()


def test_a_run_may_end_with_its_best_weights(panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.take(events(done=30))
    with qtbot.waitSignal(panel.stopBestRequested):
        menu_of(panel.orders, "Stop and keep the best weights").trigger()
    panel.take([{"type": "finished", "reason": "stopped", "kept": "best", "kept_iteration": 23}])
    assert panel.said.text() == "The best weights, of iteration 23, are kept."
    assert panel.pill.text() == "Stopped" and not panel.orders.isVisible()


def test_an_early_end_says_why(panel: TrainingPanel) -> None:
    panel.take(events(done=30))
    panel.take([{"type": "noted", "iteration": 30, "what": "early_stop", "text": "The run ends early: why."}])
    panel.take([{"type": "finished", "reason": "early", "kept": "best", "kept_iteration": 23}])
    assert panel.pill.text() == "Finished"
    assert panel.said.text() == "The run ends early: why. The best weights, of iteration 23, are kept."


def test_a_failure_names_its_block(panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.take(events(done=5))
    panel.take([{"type": "failed", "message": "The block “conv2” failed.", "block": "conv2", "kind": "block"}])
    assert panel.pill.text() == "Failed" and panel.failure.isVisible()
    assert panel.failure.sentence.text() == "The block “conv2” failed."
    with qtbot.waitSignal(panel.showBlock) as asked:
        qtbot.mouseClick(panel.show_block, Qt.MouseButton.LeftButton)
    assert asked.args == ["conv2"]
    panel.begin()
    panel.take([{"type": "failed", "message": "The disk is full.", "block": None, "kind": "error"}])
    assert not panel.show_block.isVisible()


def test_a_lost_worker_offers_to_go_on(panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.take(events(done=60))
    lost = {"type": "lost", "message": "The worker ended. It can go on.", "resumable": True, "checkpoint": "x"}
    panel.take([lost])
    assert panel.lost.isVisible() and panel.go_on.isVisible()
    with qtbot.waitSignal(panel.goOnRequested):
        qtbot.mouseClick(panel.go_on, Qt.MouseButton.LeftButton)
    panel.take([{"type": "submitted"}, {**events()[2], "start_iteration": 46}])
    assert not panel.lost.isVisible() and panel.pill.text() == "Training"
    panel.take([{**lost, "resumable": False}])
    assert panel.lost.isVisible() and not panel.go_on.isVisible()


def test_a_run_of_another_window_is_offered(panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.offer(Path("/tmp/run"), "A training is still going on.")
    button = panel._offer.findChildren(type(panel.stop))[0]
    with qtbot.waitSignal(panel.attachRequested) as asked:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked.args == [Path("/tmp/run")]
    panel.offer(None)
    assert not panel._offer.isVisible()


def test_a_network_that_gives_numbers_has_no_accuracy(panel: TrainingPanel) -> None:
    panel.take(events(done=46, accuracy=False))
    assert panel.facts.value("best") == "loss 1 (epoch 1)"
    assert len(panel.plots[1].curves["Training"].values) == 0


def test_plots_can_be_chosen_and_smoothed(panel: TrainingPanel) -> None:
    panel.take(events(done=60))
    names = {plot.plot.name: plot for plot in panel.plots}
    assert not names["learning_rate"].isVisible()
    panel.area.menu.actions()[2].trigger()
    assert names["learning_rate"].isVisible()
    curve = panel.plots[0].curves["Training"]
    assert curve.smoothed is not None
    panel.area.smoothing.setValue(0)
    assert (curve.smoothed.y == curve.values.y).all()
    panel.area.smoothing.setValue(99)
    assert curve.smoothed.y[-1] > curve.values.y[-1]


def test_the_cursor_is_shared_by_all_plots(panel: TrainingPanel) -> None:
    panel.take(events(done=60))
    panel.plots[0].hovered.emit(20.0)
    assert all("Iteration 20" in plot._tag.text() for plot in panel.plots)
    panel.plots[0].hovered.emit(None)
    assert not any(plot._tag.isVisible() for plot in panel.plots)


@pytest.mark.parametrize("size", [(360, 700), (480, 200), (1024, 300), (1920, 500)])
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_nothing_is_lost_at_any_size(panel: TrainingPanel, size: tuple[int, int], mode: Any) -> None:
    theme.set_theme(mode)
    panel.resize(*size)
    panel.take(events(done=60))
    for button in (panel.pause, panel.stop, panel.orders):
        assert button.isVisible() and panel.rect().contains(button.geometry().translated(button.parentWidget().pos()))
    assert panel.plots[0].height() >= 60


def test_a_long_log_is_replayed_without_a_stall(panel: TrainingPanel, tmp_path: Path, qtbot: QtBot) -> None:
    """A tail of a real file, a tick at a time, while a heartbeat watches the event loop."""
    log = tmp_path / "events.jsonl"
    long = events(epochs=1000)
    with log.open("w") as file:
        file.writelines(json.dumps(event) + "\n" for event in long)
    tail, gaps, beats = Tail(log), [], [time.thread_time()]  # the loop's own work, whatever else is busy
    heart, feed = QTimer(), QTimer()

    def beat() -> None:
        now = time.thread_time()
        gaps.append(now - beats[0])
        beats[0] = now

    def read() -> None:
        found = tail.read()
        if found:
            panel.take(found)
        else:
            feed.stop()

    heart.timeout.connect(beat)
    feed.timeout.connect(read)
    panel.begin()
    heart.start(5)
    feed.start(10)
    qtbot.waitUntil(lambda: not feed.isActive(), timeout=20_000)
    heart.stop()
    assert panel.run is not None and panel.run.iteration == 23_000
    assert len(panel.plots[0].curves["Training"].values) == 23_000
    assert max(gaps) < sum(gaps) / 2, "most of the work was done in one go, and the event loop stood still"


def test_the_state_of_a_run_that_goes_on_from_a_checkpoint() -> None:
    run = RunState()
    run.take(events(done=60))
    run.take([{"type": "lost", "message": "x", "resumable": True}])
    assert run.state == "lost" and run.resumable and not run.active
    run.take([{"type": "submitted"}])
    assert run.state == "starting" and run.message == ""
    run.take([{**events()[2], "start_iteration": 46}])
    assert run.state == "running" and run.iteration == 46
    run.ask_stop()
    run.take([{"type": "paused", "iteration": 46}])
    assert run.state == "stopping"


def test_durations() -> None:
    assert [duration(v) for v in (None, 7.4, 754, 3723, float("nan"))] == ["–", "0:07", "12:34", "1:02:03", "–"]


def test_a_run_that_failed_before_it_began_has_no_progress(panel: TrainingPanel) -> None:
    panel.take([{"type": "submitted"}, {"type": "progress", "text": "Reading the data", "fraction": 1.0}])
    panel.take([{"type": "failed", "message": "The network tells 64 classes apart; digits has 10."}])
    assert panel.pill.text() == "Failed" and panel.progress.value() == 0


def test_plots_mark_where_parts_begin_to_learn(panel: TrainingPanel) -> None:
    log = events(epochs=3)
    woken = {"type": "unfrozen", "iteration": PER_EPOCH, "epoch": 2, "parts": ["layer4"], "weights": 9}
    panel.take([*log, woken])
    assert [plot.markers.words() for plot in panel.plots] == [{PER_EPOCH: "layer4"}] * len(panel.plots)
    panel.begin()
    assert all(plot.markers.words() == {} for plot in panel.plots)
