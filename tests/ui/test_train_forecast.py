"""The train dialog beside a real worker and a real document: what it forecasts, and what it repairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from designer.data.spec import DataSpec
from designer.graph.document import Document
from designer.graph.edits import SetMarks, SetParams, apply
from designer.graph.model import Network
from designer.graph.templates import load_template
from designer.jobs.client import WorkerProcess
from designer.project.paths import state_folder
from designer.train.spec import TrainSpec
from designer.ui.bridge import DocumentBridge
from designer.ui.dialogs.fitting import Fitting
from designer.ui.dialogs.train import TrainDialog
from designer.ui.runs import RunController
from tests.pure.graph.sketch import sketched

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)

Make = Callable[..., TrainDialog]


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    """One warm worker for all tests of this file."""
    process = WorkerProcess(tmp_path_factory.mktemp("worker"))
    process.start()
    yield process
    process.close()


@pytest.fixture
def make(qtbot: QtBot, worker: WorkerProcess) -> Make:
    def made(network: Network, bridge: DocumentBridge | None = None, **settings: object) -> TrainDialog:
        train = TrainSpec.read({"device": "cpu", "threads": 1, **settings})
        controller = RunController(worker=worker)
        dialog = TrainDialog(network, train, DataSpec(source="digits"), controller, None, bridge)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        controller.setParent(dialog)
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    return made


def forecast(dialog: TrainDialog, qtbot: QtBot) -> str:
    qtbot.waitUntil(lambda: dialog.forecast.words.text().strip() not in ("", "Measuring…"), timeout=60_000)
    return str(dialog.forecast.words.text())


def write(dialog: TrainDialog, name: str, text: str, qtbot: QtBot) -> None:
    line = dialog.form.editor(name).spin.lineEdit()
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, Qt.Key.Key_Return)


def folders() -> list[Path]:
    place = state_folder() / "forecasts"
    return list(place.iterdir()) if place.is_dir() else []


def test_time_and_memory_are_measured_while_one_chooses(make: Make, qtbot: QtBot) -> None:
    dialog = make(load_template("digits"), epochs=10)
    assert dialog.forecast.words.text() == "Measuring…\n" and dialog.forecast.words.isVisible()
    first, memory = forecast(dialog, qtbot).split("\n")
    assert first.startswith("About ") and "per epoch" in first and first.endswith("for 10 epochs")
    assert "MB of memory, with" in memory
    found = dialog.forecast.forecast
    assert found is not None and found.batch == 64 and found.iterations == 23

    write(dialog, "epochs", "3", qtbot)  # known already: only the words change
    assert dialog.forecast.words.text().split("\n")[0].endswith("for 3 epochs")
    assert dialog.forecast.forecast is found

    write(dialog, "batch_size", "256", qtbot)
    assert dialog.forecast.words.text() == "Measuring…\n" and dialog.forecast.forecast is None
    forecast(dialog, qtbot)
    again = dialog.forecast.forecast
    assert again is not None and again.batch == 256
    assert again.memory.activations == pytest.approx(4 * found.memory.activations, rel=0.01)
    assert again.memory.weights == found.memory.weights
    dialog.reject()
    assert folders() == []


def test_a_new_question_calls_the_old_one_off(make: Make, qtbot: QtBot) -> None:
    dialog = make(load_template("digits"))
    qtbot.waitUntil(lambda: len(folders()) == 1, timeout=60_000)  # the worker has the first one
    write(dialog, "batch_size", "32", qtbot)
    write(dialog, "batch_size", "16", qtbot)
    assert forecast(dialog, qtbot)
    found = dialog.forecast.forecast
    assert found is not None and found.batch == 16
    qtbot.waitUntil(lambda: folders() == [], timeout=60_000)


def test_a_batch_that_does_not_fit_is_made_smaller_with_a_click(make: Make, qtbot: QtBot) -> None:
    network = load_template("small-resnet")
    apply(network, SetParams("input", {"size": (1, 512, 512)}))
    dialog = make(network, batch_size=65_536)
    dialog.source.setCurrentIndex(dialog.source.findData("mnist"))
    qtbot.waitUntil(dialog.forecast.shortage.isVisible, timeout=60_000)
    assert "60,000 samples at once need about" in dialog.forecast.shortage.words.text()
    found = dialog.forecast.forecast
    assert found is not None and found.fitting is not None and found.fitting < 60_000
    (button,) = dialog.forecast.shortage.buttons
    assert button.title == f"Set the batch size to {found.fitting:,}"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert dialog.form.values()["batch_size"] == found.fitting
    assert not dialog.forecast.shortage.isVisible() and dialog.forecast.words.text() == "Measuring…\n"
    dialog.reject()


def test_why_there_is_no_forecast(make: Make, qtbot: QtBot) -> None:
    dialog = make(load_template("digits"), device="cuda:77")
    assert forecast(dialog, qtbot).startswith("No forecast: This computer has no device")
    dialog.source.setCurrentIndex(dialog.source.findData("folder"))
    assert not dialog.forecast.words.isVisible()  # nothing was chosen yet


def pets(place: Path, count: int = 3) -> Path:
    for name in ("cat", "dog", "bird")[:count]:
        (place / name).mkdir(parents=True)
        (place / name / "1.png").touch()
    return place


def test_the_drawing_gets_the_classes_of_the_data(qtbot: QtBot, make: Make, tmp_path: Path) -> None:
    bridge = DocumentBridge(Document(load_template("digits")))
    dialog = make(bridge.document.network, bridge)
    assert not dialog.misfit.isVisible()
    dialog.source.setCurrentIndex(dialog.source.findData("folder"))
    dialog.folder.setText(str(pets(tmp_path)))
    assert "Expected 3 classes" in dialog.misfit.words.text() and "found 10" in dialog.misfit.words.text()
    with qtbot.assertNotEmitted(dialog.chosen):
        qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(dialog.misfit.buttons[0], Qt.MouseButton.LeftButton)
    assert not dialog.misfit.isVisible()
    (out,) = [n for n in bridge.document.network.nodes.values() if n.type == "classification_output"]
    assert out.params["classes"] == 3 and bridge.document.problems == ()
    with qtbot.waitSignal(dialog.chosen):
        qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    bridge.document.undo()
    assert bridge.document.network == load_template("digits")


def test_what_is_unwise_is_said_and_forbids_nothing(qtbot: QtBot, make: Make) -> None:
    dialog = make(load_template("small-resnet"), batch_size=1)
    assert "a batch size of 1" in dialog.misfit.words.text()
    with qtbot.waitSignal(dialog.chosen):
        qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)


def test_who_only_looks_is_offered_no_repair(make: Make, tmp_path: Path) -> None:
    bridge = DocumentBridge(Document(load_template("digits")))
    bridge.set_read_only(True)
    dialog = make(bridge.document.network, bridge)
    dialog.source.setCurrentIndex(dialog.source.findData("folder"))
    dialog.folder.setText(str(pets(tmp_path)))
    assert dialog.misfit.isVisible() and dialog.misfit.buttons == []


def test_muted_or_not_a_run_that_would_be_refused_does_not_start() -> None:
    network = load_template("digits")
    (out,) = [n for n in network.nodes.values() if n.type == "classification_output"]
    apply(network, SetParams(out.name, {"classes": 7}))
    apply(network, SetParams("fc2", {"out_features": 7}))
    apply(network, SetMarks((out.name,), {"muted": ("data_classes",)}))
    fitting = Fitting(network)
    fitting.look(DataSpec(source="digits"), 64)
    assert fitting.refused and fitting.fixes[0].title == "Set the number of classes to 10"


@pytest.mark.parametrize(
    ("weight", "weights", "refused"), [(1.0, {}, True), (0.0, {}, False), (1.0, {"out": 1.0}, False)]
)
def test_an_output_that_does_not_count_forbids_nothing(weight: float, weights: dict[str, float], refused: bool) -> None:
    text = (
        "data input size=(1,8,8)\nf flatten\nl linear out_features=10\nout classification_output\n"
        f"m linear out_features=2 < f\nmore regression_output values=2 weight={weight}"
    )
    fitting = Fitting(sketched(text).network, weights)
    fitting.look(DataSpec(source="digits"), 64)
    assert fitting.problem is not None and fitting.problem.code == "data_kind"
    assert fitting.refused is refused
