"""The export dialog with a real worker: real weights become real files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from designer.data.spec import DataSpec
from designer.graph.model import Network
from designer.graph.templates import load_template
from designer.jobs.client import WorkerProcess
from designer.train.spec import TrainSpec
from designer.ui.dialogs.export import ExportDialog, export_formats
from designer.ui.panels.results import ResultsPanel
from designer.ui.run_folders import final_weights
from designer.ui.runs import RunController

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)

DIGITS = DataSpec(source="digits")


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    made = WorkerProcess(tmp_path_factory.mktemp("worker"))
    yield made
    made.close()


@pytest.fixture
def network() -> Network:
    return load_template("digits")


@pytest.fixture
def controller(worker: WorkerProcess, qtbot: QtBot) -> Iterator[RunController]:
    made = RunController(worker=worker)
    yield made
    made.let_go()
    made.deleteLater()


def opened(dialog: ExportDialog, qtbot: QtBot) -> ExportDialog:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_a_training_is_evaluated_by_itself_and_exported(
    controller: RunController, network: Network, tmp_path: Path, qtbot: QtBot
) -> None:
    results = ResultsPanel()
    qtbot.addWidget(results)
    results.watch(controller)
    results.resize(900, 400)
    results.show()
    project = tmp_path / "net.loom"
    with qtbot.waitSignal(controller.result, timeout=60_000) as measured:
        run_id = controller.train(network, TrainSpec(epochs=4, device="cpu"), DIGITS, project)
    assert measured.args[1]["accuracy"] > 0.9
    assert results.confusion.isVisible() and results.facts.value("accuracy").endswith("%")
    assert results.mistakes.count() > 0 and not results.mistakes.item(0).icon().isNull()
    weights = final_weights(Path(run_id))
    assert weights is not None
    dialog = opened(ExportDialog(network, weights, DIGITS, controller), qtbot)
    assert dialog.path.text() == str(tmp_path / "net.onnx")
    dialog.formats["safetensors"].click()
    assert dialog.path.text() == str(tmp_path / "net.safetensors")
    with qtbot.waitSignal(controller.result, timeout=60_000) as written:
        qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
        assert not dialog.start.isEnabled()
        assert dialog.card is not None and dialog.card.isVisible()
        layout = dialog.layout()
        assert layout is not None and dialog.height() >= layout.totalHeightForWidth(dialog.width())  # nothing is cut
    assert written.args[1]["max_abs_diff"] == 0.0
    assert dialog.card is not None and "Verified" in dialog.card.pill.text()
    assert "equal to the last bit" in dialog.card.words.text().lower()
    assert (tmp_path / "net.safetensors").is_file()
    qtbot.waitUntil(dialog.start.isEnabled)
    assert [card.pill.text() for card in results.exports.cards.values()] == ["✓ Verified"]
    again = RunController(worker=controller.worker)  # the next window shows the same results
    late = ResultsPanel()
    qtbot.addWidget(late)
    late.watch(again)
    with qtbot.waitSignal(again.result, timeout=10_000):
        again.attach(Path(run_id))
    assert late.data is not None and late.data["accuracy"] == measured.args[1]["accuracy"]
    again.let_go()


def test_an_export_that_fails_says_so(
    controller: RunController, network: Network, tmp_path: Path, qtbot: QtBot
) -> None:
    broken = tmp_path / "net.safetensors"
    broken.write_bytes(b"nothing of the kind")
    dialog = opened(ExportDialog(network, broken, None, controller), qtbot)
    dialog.formats["pt2"].click()
    with qtbot.waitSignal(controller.stateChanged, timeout=60_000, check_params_cb=lambda _, s: s == "failed"):
        qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    assert dialog.card is not None and dialog.card.pill.text() == "Failed" and dialog.card.words.text()
    assert dialog.start.isEnabled() and not (tmp_path / "net.pt2").exists()
    assert (tmp_path / "net-runs").is_dir()  # not beside the project's files


def test_the_path_follows_the_format_until_it_is_written(
    controller: RunController, network: Network, tmp_path: Path, qtbot: QtBot
) -> None:
    dialog = opened(ExportDialog(network, tmp_path / "net.safetensors", None, controller), qtbot)
    assert {fmt.name for fmt in export_formats()} >= {"safetensors", "pth", "pt2", "onnx", "onnx-int8", "python"}
    dialog.formats["python"].click()
    assert dialog.path.text() == str(tmp_path / "net-python")
    dialog.path.selectAll()
    qtbot.keyClicks(dialog.path, str(tmp_path / "mine.onnx"))
    dialog.formats["pt2"].click()
    assert dialog.path.text() == str(tmp_path / "mine.pt2")


def test_a_folder_that_is_not_there(controller: RunController, network: Network, tmp_path: Path, qtbot: QtBot) -> None:
    dialog = opened(ExportDialog(network, tmp_path / "net.safetensors", None, controller), qtbot)
    dialog.path.selectAll()
    qtbot.keyClicks(dialog.path, "/nothing/there/net.onnx")
    qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    assert dialog.wrong.isVisible() and "does not exist" in dialog.wrong.text() and dialog.run_id is None
    assert controller.active("export") == []


def test_what_was_chosen_goes_into_the_file(
    controller: RunController, network: Network, tmp_path: Path, qtbot: QtBot
) -> None:
    run_id = controller.train(network, TrainSpec(epochs=1, device="cpu"), DIGITS, tmp_path / "net.loom")
    qtbot.waitUntil(lambda: final_weights(Path(run_id)) is not None, timeout=60_000)
    weights = final_weights(Path(run_id))
    assert weights is not None
    dialog = opened(ExportDialog(network, weights, DIGITS, controller), qtbot)
    dialog.formats["safetensors"].click()
    assert not dialog.options.isVisible()  # it has none
    dialog.formats["onnx-int8"].click()
    assert dialog.options.isVisible() and dialog.path.text().endswith("-int8.onnx")
    dialog.options.switches["probabilities"].click()
    dialog.options.opset.setCurrentIndex(dialog.options.opset.findData(20))
    with qtbot.waitSignal(controller.result, timeout=60_000, check_params_cb=lambda _, d: "format" in d) as written:
        qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    assert written.args[1]["options"] == {"probabilities": True, "opset": 20}
    assert dialog.card is not None and "accuracy" in dialog.card.words.text()
    assert "ONNX Runtime: " in dialog.card.words.text() and dialog.card.report.isVisible()
    assert Path(f"{dialog.card.path}.report.md").is_file()
    layout = dialog.layout()
    assert layout is not None and dialog.height() >= layout.totalHeightForWidth(dialog.width())  # nothing is cut
