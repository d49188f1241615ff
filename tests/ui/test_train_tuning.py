"""Choose for me, beside a real worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from designer.data.spec import DataSpec
from designer.graph.templates import load_template
from designer.jobs.client import WorkerProcess
from designer.project.paths import state_folder
from designer.train.spec import TrainSpec
from designer.ui.dialogs.train import TrainDialog
from designer.ui.runs import RunController

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@pytest.fixture
def dialog(qtbot: QtBot, tmp_path: Path) -> Iterator[TrainDialog]:
    worker = WorkerProcess(tmp_path / "worker")
    worker.start()
    controller = RunController(worker=worker)
    train = TrainSpec(device="cpu", threads=1)
    made = TrainDialog(load_template("digits"), train, DataSpec(source="digits"), controller)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    controller.setParent(made)
    qtbot.addWidget(made)
    made.show()
    yield made
    made.tuning.close()
    made.forecast.close()
    worker.close()


@pytest.mark.slow
def test_a_press_measures_sets_the_fields_and_says_what_was_won(dialog: TrainDialog, qtbot: QtBot) -> None:
    tuning = dialog.tuning
    seen: set[str] = set()

    def done() -> bool:
        seen.add(tuning.words.text().split(":")[0])
        return not tuning.going

    qtbot.mouseClick(tuning.button, Qt.MouseButton.LeftButton)
    assert tuning.going and tuning.button.text() == "Stop measuring"
    assert not dialog.forecast.words.text().startswith("Measuring")  # one thing at a time
    qtbot.waitUntil(done, timeout=120_000)
    assert "Measuring" in seen
    assert tuning.button.text() == "Choose for me"
    words = tuning.words.text()
    assert "times as fast as before" in words or words.startswith("Nothing was faster")
    values = dialog.form.values()
    for title, name, value in (
        ("bf16", "precision", "bf16"),
        ("channels last", "channels_last", "on"),
        ("fused optimiser", "fused", "on"),
    ):
        assert (values[name] == value) == (title in words)
    qtbot.waitUntil(lambda: "MB of memory" in dialog.forecast.words.text(), timeout=60_000)  # forecast anew


def test_a_second_press_calls_it_off(dialog: TrainDialog, qtbot: QtBot) -> None:
    tuning, before = dialog.tuning, dialog.form.values()
    qtbot.mouseClick(tuning.button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(tuning.button, Qt.MouseButton.LeftButton)
    assert not tuning.going and tuning.words.text() == "Stopped; the settings are as they were."
    assert dialog.form.values() == before
    place = state_folder() / "checks"
    qtbot.waitUntil(lambda: not place.is_dir() or not list(place.iterdir()), timeout=60_000)


def test_without_a_worker_nothing_can_be_measured(qtbot: QtBot) -> None:
    made = TrainDialog(load_template("digits"), None, DataSpec(source="digits"), None)
    qtbot.addWidget(made)
    assert not made.tuning.button.isEnabled()
