"""The training panel asks a training in a real worker process for things, and shows what became of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from designer.data.spec import DataSpec
from designer.graph.templates import load_template
from designer.train.spec import TrainSpec
from designer.ui.dialogs.rate import RateDialog
from designer.ui.panels.training import TrainingPanel
from designer.ui.runs import RunController

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)

WAIT = 60_000
SPEC = TrainSpec(epochs=5000, batch_size=64, device="cpu", threads=1, schedule="constant", learning_rate=0.004)


@pytest.fixture
def controller(qtbot: QtBot) -> Iterator[RunController]:
    made = RunController()
    yield made
    made.shutdown()
    made.deleteLater()


def entry(panel: TrainingPanel, title: str) -> QAction:
    actions = [*panel.orders.menu().actions(), *panel.orders.rates.actions()]
    return next(action for action in actions if action.text() == title)


def test_what_is_asked_for_is_done_and_said(controller: RunController, qtbot: QtBot, tmp_path: Path) -> None:
    panel = TrainingPanel()
    qtbot.addWidget(panel)
    panel.watch(controller)
    panel.show()
    run_id = controller.train(
        load_template("digits"), SPEC, DataSpec(source="digits", limit=300), tmp_path / "net.loom"
    )
    qtbot.waitUntil(lambda: panel.run is not None and bool(panel.run.validated), timeout=WAIT)

    def said(words: str) -> None:
        qtbot.waitUntil(lambda: words in panel.said.text(), timeout=WAIT)

    entry(panel, "Halve").trigger()
    said("The learning rate is 0.002 from iteration")
    qtbot.waitUntil(lambda: panel.facts.value("rate") == "0.002", timeout=WAIT)
    entry(panel, "Validate now").trigger()
    said("Validated after iteration")
    qtbot.mouseClick(panel.pause, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.pill.text() == "Paused", timeout=WAIT)
    entry(panel, "Save a checkpoint now").trigger()  # a run that waits does it, too
    said("A checkpoint of iteration")
    assert panel.pill.text() == "Paused" and (Path(run_id) / "checkpoints/state.safetensors").is_file()
    controller.run(run_id).evaluate = False  # type: ignore[union-attr]
    entry(panel, "Stop and keep the best weights").trigger()
    qtbot.waitUntil(lambda: panel.pill.text() == "Stopped", timeout=WAIT)
    said("The best weights, of iteration")
    last = json.loads((Path(run_id) / "events.jsonl").read_text().splitlines()[-1])
    assert last["reason"] == "stopped" and last["kept"] == "best"


def test_a_rate_can_be_typed_in(qtbot: QtBot) -> None:
    panel = TrainingPanel()
    qtbot.addWidget(panel)
    with qtbot.waitSignal(panel.rateRequested):
        entry(panel, "Set…").trigger()
    dialog = RateDialog(0.004, panel)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    line = dialog.form.editor("learning_rate").field.lineEdit()
    assert line.text() == "0.004"
    line.selectAll()
    qtbot.keyClicks(line, "0")
    with qtbot.assertNotEmitted(dialog.chosen):
        qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert dialog.form.errors() == {"learning_rate": "Learning rate must be more than 0."}
    line.selectAll()
    qtbot.keyClicks(line, "0.0005")
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert chosen.args == [0.0005] and not dialog.isVisible()
