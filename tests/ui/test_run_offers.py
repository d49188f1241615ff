"""A run that ran out of memory offers to train again with what fits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from designer.data.spec import DataSpec
from designer.errors import LayerloomError
from designer.graph.templates import load_template
from designer.jobs.client import WorkerProcess
from designer.jobs.specs import TrainJob
from designer.train.spec import TrainSpec
from designer.ui.panels.training import TrainingPanel
from designer.ui.runs import RunController

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)

OFFERS = [
    {"title": "With bf16", "train": {"precision": "bf16"}},
    {"title": "Computing activations again", "train": {"checkpoint_activations": True}},
    {"title": "With 2 batches of 32, added up", "train": {"batch_size": 32, "accumulate": 2}},
    {"title": "With batches of 32", "train": {"batch_size": 32}},
]


def failure(offers: Any = tuple(OFFERS)) -> dict[str, Any]:
    message = "The memory of CPU is full. Lower the batch size (now 64), for example to 32, or choose another device."
    return {
        "type": "failed", "message": message, "block": None, "batch": 1, "kind": "out_of_memory", "offers": offers,
    }  # fmt: skip


@pytest.fixture
def panel(qtbot: QtBot) -> TrainingPanel:
    made = TrainingPanel()
    qtbot.addWidget(made)
    made.resize(1100, 400)
    made.show()
    qtbot.waitExposed(made)
    made.begin()
    return made


def test_every_offer_is_a_button(panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.take([failure()])
    assert [button.text() for button in panel.offers.buttons] == [offer["title"] for offer in OFFERS]
    qtbot.waitUntil(lambda: len({button.y() for button in panel.offers.buttons}) == 1)
    panel.resize(420, 500)
    qtbot.waitUntil(lambda: len({button.x() for button in panel.offers.buttons}) == 1)  # below each other
    with qtbot.waitSignal(panel.offers.taken) as taken:
        qtbot.mouseClick(panel.offers.buttons[2], Qt.MouseButton.LeftButton)
    assert taken.args == [{"batch_size": 32, "accumulate": 2}]
    panel.begin()
    assert not panel.offers.isVisible()


@pytest.mark.parametrize("odd", [None, (), "text", [1, None], [{"title": 3}], [{"train": []}]])
def test_a_failure_that_offers_nothing_shows_no_buttons(panel: TrainingPanel, odd: Any) -> None:
    panel.take([failure(odd)])
    assert not panel.offers.isVisible() and panel.offers.buttons == []


@pytest.fixture
def controller(tmp_path: Path, qtbot: QtBot) -> Iterator[RunController]:
    worker = WorkerProcess(tmp_path / "worker")
    made = RunController(worker=worker)
    yield made
    made.shutdown()
    made.deleteLater()


def test_an_offer_that_is_taken_starts_a_run_of_its_own(
    controller: RunController, panel: TrainingPanel, qtbot: QtBot, tmp_path: Path
) -> None:
    panel.watch(controller)
    train = TrainSpec(epochs=1, batch_size=512, device="cpu")
    first = controller.train(load_template("digits"), train, DataSpec(source="digits"), tmp_path / "a.loom")
    qtbot.waitUntil(lambda: panel.run is not None and panel.run.state == "completed", timeout=60_000)
    panel.take([failure()])
    qtbot.mouseClick(panel.offers.buttons[2], Qt.MouseButton.LeftButton)
    second = panel.run_id
    assert second is not None and second != first and Path(second).parent == Path(first).parent
    qtbot.waitUntil(lambda: panel.run is not None and panel.run.state == "completed", timeout=60_000)
    run = controller.run(second)
    assert run is not None and isinstance(run.spec, TrainJob)
    assert run.spec.train == train.model_copy(update={"batch_size": 32, "accumulate": 2})
    assert panel.run is not None and panel.run.facts["batch_size"] == 32
    with pytest.raises(LayerloomError, match="Batch size"):
        controller.train_again(first, {"batch_size": 0})
