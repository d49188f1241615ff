"""Imports in the window, followed event by event: progress, giving up, failures with ways out, and what is opened."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from designer.graph.edits import AddBlock, Connect, apply
from designer.graph.model import Network, Wire
from designer.graph.templates import load_template
from designer.jobs.client import JobHandle
from designer.jobs.folder import ControlFile, RunFolder
from designer.jobs.imported import left_over
from designer.jobs.specs import ImportModelJob, JobSpec
from designer.project.file import Project, load_project, save_project
from designer.project.owner import Owner
from designer.project.strict_json import dump_json
from designer.ui.dialogs.import_report import ImportReportDialog
from designer.ui.dialogs.importing import ImportDialog, Pace
from designer.ui.dialogs.question import Question
from designer.ui.dialogs.trust import TrustDialog
from designer.ui.window import MainWindow

REPORT: dict[str, Any] = {
    "source": "torchvision:resnet50",
    "blocks": {"conv2d": 53, "relu": 49, "operation": 1},
    "opaque": [{"block": "head", "why": "It chooses its way by the numbers that it sees."}],
    "weights": {"matched": 320, "missing": 0, "unexpected": []},
    "difference": 0.0,
    "input": [3, 224, 224],
}


class ByHand:
    """Stands for the worker process: the test says what a job tells."""

    ready = False

    def __init__(self) -> None:
        self.folders: list[RunFolder] = []
        self.specs: list[JobSpec] = []
        self.ended: list[bool] = []

    def submit(self, spec: JobSpec, network: Network | None, run_dir: Path, weights: Path | None = None) -> JobHandle:
        folder, at = RunFolder.create(run_dir, spec, network, weights), len(self.folders)
        folder.begin(Owner.of(), spec.title)
        self.folders.append(folder)
        self.specs.append(spec)
        self.ended.append(False)
        return JobHandle(folder, lambda: not self.ended[at])

    def tell(self, event: dict[str, Any], at: int = -1) -> None:
        with self.folders[at].open_log() as log:
            log.append(event)

    def finish(self, network: Network, report: dict[str, Any] = REPORT, weights: bool = True, at: int = -1) -> None:
        folder = self.folders[at]
        (folder.path / "network.json").write_bytes(dump_json(network.to_json()))
        if weights:
            (folder.path / "model.safetensors").write_bytes(b"numbers")
        name = "model.safetensors" if weights else None
        self.tell(folder.keep_result({"network": "network.json", "weights": name, "report": report}), at)
        self.tell({"type": "finished", "reason": "completed"}, at)

    def fail(self, sentence: str, at: int = -1) -> None:
        self.tell({"type": "failed", "message": sentence, "kind": "error", "block": None, "batch": None}, at)

    def close(self, leave_running: bool = False, timeout: float = 0.0) -> None:
        self.ended = [True] * len(self.ended)

    def dead(self) -> bool:
        return False

    def start(self) -> None: ...


@pytest.fixture
def worker() -> ByHand:
    return ByHand()


@pytest.fixture
def opened(qtbot: QtBot, worker: ByHand) -> Any:
    def open_window(file: Path | None = None) -> MainWindow:
        window = MainWindow(file, start_worker=False)
        window.resize(1280, 800)
        qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_sure", True))
        with qtbot.waitSignal(window.painted):
            window.show()
        qtbot.waitUntil(lambda: not window._todo and window.has_editor and not window._idle.isActive())
        window.running.controller().worker = worker  # type: ignore[assignment]
        return window

    return open_window


@pytest.fixture
def window(opened: Any) -> MainWindow:
    made: MainWindow = opened()
    return made


def chain(blocks: int) -> Network:
    """input -> stage1.0.relu -> stage1.1.relu -> …, two dozen blocks a stage, nothing placed."""
    network = Network()
    apply(network, AddBlock("input", "input", {"size": (3, 32, 32)}))
    before = "input"
    for i in range(blocks):
        name = f"stage{i // 24}.{i % 24}.relu"
        apply(network, AddBlock(name, "relu", {}))
        apply(network, Connect(Wire(before, 0, name, 0)))
        before = name
    return network


def ask_for(window: MainWindow, qtbot: QtBot, name: str = "torchvision:resnet50", button: str = "with_weights") -> None:
    window.importing.show_gallery(name)
    page = window.importing.gallery()
    QTest.mouseClick(getattr(page.details, button), Qt.MouseButton.LeftButton)


def dialog(window: MainWindow) -> ImportDialog:
    found = window.importing.dialog
    assert found is not None and found.isVisible()
    return found


def answer(window: MainWindow, name: str) -> None:
    asked = next(q for q in window.findChildren(Question) if q.isVisible())
    QTest.mouseClick(asked.buttons[name], Qt.MouseButton.LeftButton)


def click(button: QPushButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


# --- the way there ------------------------------------------------------------------------------------------------


def test_start_page_leads_to_the_gallery_and_back(window: MainWindow) -> None:
    card = window.start.shelf.cards[0]
    QTest.mouseClick(card, Qt.MouseButton.LeftButton)
    page = window.importing.gallery()
    assert window.pages.currentWidget() is page and page.details.title.text() == "ResNet-50"
    click(page.back_button)
    assert window.pages.currentWidget() is window.start
    card = window.start.shelf.cards[-1]
    card.setFocus()
    QTest.keyClick(card, Qt.Key.Key_Space)
    assert window.pages.currentWidget() is page and page.filters.search.hasFocus()
    QTest.keyClick(page.filters.search, Qt.Key.Key_Escape)
    assert window.pages.currentWidget() is window.start


def test_the_menu_leads_there_from_a_drawing_and_back_to_it(opened: Any, tmp_path: Path) -> None:
    path = tmp_path / "net.loom"
    save_project(Project(network=load_template("lenet5")), path)
    window = opened(path)
    assert not window.actions_by_id["import_report"].isEnabled()
    window.actions_by_id["import_model"].trigger()
    assert window.pages.currentWidget() is window.importing.gallery() and not window.toolbar.isVisible()
    click(window.importing.gallery().back_button)
    assert window.editing and window.session.path == path


# --- following ----------------------------------------------------------------------------------------------------


def test_progress_is_shown_with_the_time_left(window: MainWindow, worker: ByHand, qtbot: QtBot) -> None:
    ask_for(window, qtbot)
    assert worker.specs == [ImportModelJob(source="torchvision:resnet50")]
    shown = dialog(window)
    assert shown.title.text() == "Importing ResNet-50" and shown.bar.maximum() == 0
    worker.tell({"type": "queued", "ahead": 1})
    qtbot.waitUntil(lambda: shown.text.text() == "Waiting for another job to end")
    worker.tell({"type": "progress", "fraction": 0.25, "text": "Downloading weights", "left": 75.0})
    qtbot.waitUntil(lambda: shown.text.text() == "Downloading weights")
    assert shown.bar.value() == 250 and shown.left.text() == "25 % · about 1:15 left"
    assert not shown.without.isVisible() and not shown.file.isVisible()


def test_the_time_left_follows_from_the_pace_of_a_step() -> None:
    now = [0.0]
    pace = Pace(lambda: now[0])
    assert pace.left("Downloading: 0 of 100 MB", 0.0) is None
    now[0] = 0.5
    assert pace.left("Downloading: 5 of 100 MB", 0.05) is None, "too early to tell"
    now[0] = 10.0
    assert pace.left("Downloading: 20 of 100 MB", 0.2) == pytest.approx(40.0)
    now[0] = 11.0
    assert pace.left("Drawing its blocks", 0.3) is None, "another step has a pace of its own"
    assert pace.left("Drawing its blocks", None) is None


def test_it_opens_as_a_new_project_with_its_report(
    window: MainWindow, worker: ByHand, qtbot: QtBot, tmp_path: Path
) -> None:
    ask_for(window, qtbot)
    with qtbot.waitSignal(window.importing.opened):
        worker.finish(load_template("small-resnet"))
    assert window.editing and window.session.title == "ResNet-50" and window.session.modified
    assert window.session.path is None and window.running.weights() is not None
    project = window.session.project
    assert project.normalisation is not None and project.normalisation.mean == (0.485, 0.456, 0.406)
    assert window.bridge.document.network == load_template("small-resnet"), "what is placed stays where it is"
    (toast,) = window.toasts.shown()
    assert "1 part could not become blocks" in toast.text and "without trained weights" not in toast.text
    assert [button.text() for button in toast.buttons] == ["Adapt to my data…", "Import report"]
    click(toast.buttons[0])
    adapt = window.adapting.dialog
    assert adapt is not None and adapt.isVisible()
    adapt.reject()
    window.toasts.clear()
    window.importing.show_report()
    report = window.findChild(ImportReportDialog)
    assert report is not None and report.isVisible()
    report.close()
    # Saved and opened again, it still has weights and report.
    path = tmp_path / "mine.loom"
    assert window.files.save_to(path)
    again = load_project(path)
    assert again.weights == path.with_suffix(".safetensors") and again.weights.read_bytes() == b"numbers"
    assert again.imported == {"title": "ResNet-50", **REPORT}
    assert window.files.load(path)
    window.refresh_actions()
    assert window.actions_by_id["import_report"].isEnabled()


def test_a_large_model_opens_grouped(window: MainWindow, worker: ByHand, qtbot: QtBot) -> None:
    ask_for(window, qtbot, button="without")
    assert worker.specs == [ImportModelJob(source="torchvision:resnet50", weights="none")]
    with qtbot.waitSignal(window.importing.opened):
        worker.finish(chain(600), weights=False)
    assert len(window.bridge.document.network) == 601 and window.running.weights() is None
    assert len(window.canvas.canvas.visible.names()) <= 40
    assert window.bridge.document.network.groups and not window.bridge.document.can_undo


def test_closing_asks_because_an_import_is_not_saved(window: MainWindow, worker: ByHand, qtbot: QtBot) -> None:
    ask_for(window, qtbot)
    with qtbot.waitSignal(window.importing.opened):
        worker.finish(load_template("lenet5"))
    window.close()
    assert window.isVisible()
    answer(window, "Cancel")


def test_unsaved_edits_are_asked_about_first(opened: Any, worker: ByHand, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "net.loom"
    save_project(Project(network=load_template("lenet5")), path)
    window = opened(path)
    window.bridge.do(AddBlock("extra", "relu", {}))
    ask_for(window, qtbot)
    assert worker.specs == []
    answer(window, "Cancel")
    assert worker.specs == [] and window.session.path == path
    ask_for(window, qtbot)
    answer(window, "Don't save")
    assert len(worker.specs) == 1
    worker.fail("No.")
    qtbot.waitUntil(lambda: dialog(window).failed)
    click(dialog(window).cancel)
    assert window.session.path == path, "a failed import leaves the open project alone"


# --- giving up and failing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["button", "escape", "close"])
def test_cancel_works_at_once_and_leaves_nothing(window: MainWindow, worker: ByHand, qtbot: QtBot, way: str) -> None:
    ask_for(window, qtbot)
    shown, folder = dialog(window), worker.folders[0]
    if way == "button":
        click(shown.cancel)
    elif way == "escape":
        QTest.keyClick(shown, Qt.Key.Key_Escape)
    else:
        shown.close()
    assert window.importing.dialog is None and not shown.isVisible()
    assert ControlFile(folder)() == "stop"
    # Another one can be asked for while the first still hears of its end; what that one brings is of no interest.
    ask_for(window, qtbot, "torchvision:vgg16")
    worker.finish(load_template("lenet5"), at=0)
    qtbot.waitUntil(lambda: not folder.path.exists())
    assert dialog(window).title.text() == "Importing VGG-16" and not window.editing
    with qtbot.waitSignal(window.importing.opened):
        worker.finish(load_template("lenet5"))
    assert window.session.title == "VGG-16"


def test_without_a_network_weights_can_be_left_out(window: MainWindow, worker: ByHand, qtbot: QtBot) -> None:
    ask_for(window, qtbot)
    sentence = "The weights could not be downloaded: download.pytorch.org was not found. Check the network."
    worker.fail(sentence)
    qtbot.waitUntil(lambda: dialog(window).failed)
    shown = dialog(window)
    assert shown.text.text() == sentence and shown.title.text() == "ResNet-50 was not imported"
    assert shown.without.isVisible() and shown.file.isVisible() and shown.without.hasFocus()
    assert not worker.folders[0].path.exists()
    click(shown.without)
    assert worker.specs[-1] == ImportModelJob(source="torchvision:resnet50", weights="none")
    with qtbot.waitSignal(window.importing.opened):
        worker.finish(load_template("lenet5"), weights=False)


def test_or_taken_from_a_file(window: MainWindow, worker: ByHand, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "resnet50.pth"
    file.write_bytes(b"")
    ask_for(window, qtbot)
    worker.fail("No network.")
    qtbot.waitUntil(lambda: dialog(window).failed)
    click(dialog(window).file)
    chooser = next(d for d in window.findChildren(QFileDialog) if d.isVisible())
    assert "ResNet-50" in chooser.windowTitle()
    chooser.fileSelected.emit(str(file))
    chooser.reject()
    assert worker.specs[-1] == ImportModelJob(source="torchvision:resnet50", weights=str(file))
    worker.fail("The file does not fit.")
    qtbot.waitUntil(lambda: dialog(window).failed)
    assert dialog(window).file.isVisible()
    click(dialog(window).cancel)
    assert window.importing.dialog is None


def test_a_model_without_weights_has_no_way_round(window: MainWindow, worker: ByHand, qtbot: QtBot) -> None:
    ask_for(window, qtbot, button="without")
    worker.fail("It cannot be read.")
    qtbot.waitUntil(lambda: dialog(window).failed)
    assert not dialog(window).without.isVisible() and not dialog(window).file.isVisible()
    QTest.keyClick(dialog(window), Qt.Key.Key_Return)
    assert window.importing.dialog is None


@pytest.mark.parametrize(
    "result",
    [
        {},
        {"network": "network.json", "weights": None},
        {"network": "../outside.json", "weights": None, "report": {}},
        {"network": "network.json", "weights": "../../secret", "report": {}},
        {"network": "missing.json", "weights": None, "report": {}},
        {"network": "network.json", "weights": None, "report": {"normalisation": {"mean": [1], "std": [0]}}},
    ],
)
def test_a_result_that_lies_opens_nothing(
    window: MainWindow, worker: ByHand, qtbot: QtBot, result: dict[str, Any]
) -> None:
    ask_for(window, qtbot)
    folder = worker.folders[0]
    (folder.path / "network.json").write_bytes(dump_json(load_template("lenet5").to_json()))
    worker.tell(folder.keep_result(result))
    worker.tell({"type": "finished", "reason": "completed"})
    qtbot.waitUntil(lambda: dialog(window).failed)
    assert not window.editing and dialog(window).text.text().endswith((".", "!"))
    click(dialog(window).cancel)


def test_a_worker_that_dies_is_told_of(window: MainWindow, worker: ByHand, qtbot: QtBot) -> None:
    ask_for(window, qtbot)
    worker.ended[0] = True
    qtbot.waitUntil(lambda: dialog(window).failed)
    assert "ended unexpectedly" in dialog(window).text.text()
    click(dialog(window).cancel)


def test_closing_the_window_in_the_middle(opened: Any, worker: ByHand, qtbot: QtBot) -> None:
    window = opened()
    ask_for(window, qtbot)
    folder = worker.folders[0]
    window._sure = True
    window.close()
    assert not folder.path.exists()


def test_old_folders_are_swept_but_not_those_in_use(window: MainWindow, worker: ByHand, qtbot: QtBot) -> None:
    root = window.importing.root
    old = root / "0123"
    old.mkdir(parents=True)
    os.utime(old, (0, 0))
    ask_for(window, qtbot)
    assert not old.exists()
    with qtbot.waitSignal(window.importing.opened):
        worker.finish(load_template("lenet5"))
    mine = worker.folders[0].path
    os.utime(mine, (0, 0))
    window.importing.sweep()
    assert mine.exists(), "the open project's weights lie there"
    assert left_over(root, 1.0) == [mine]


# --- files --------------------------------------------------------------------------------------------------------


def drop(window: MainWindow, path: Path) -> bool:
    """Drag a file onto the window and let it go; whether it was taken."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), copy, data, left, none)
    enter.ignore()
    window.dragEnterEvent(enter)
    if not enter.isAccepted():
        return False
    window.dropEvent(QDropEvent(QPoint(300, 300).toPointF(), copy, data, left, none))
    return True


def test_a_dropped_onnx_file_is_imported(window: MainWindow, worker: ByHand, tmp_path: Path) -> None:
    path = tmp_path / "Net.ONNX"
    path.write_bytes(b"")
    assert drop(window, path)
    assert worker.specs == [ImportModelJob(source=str(path))]
    assert dialog(window).title.text() == "Importing Net"
    click(dialog(window).cancel)


def test_a_dropped_pt2_file_is_asked_about(window: MainWindow, worker: ByHand, tmp_path: Path) -> None:
    path = tmp_path / "net.pt2"
    path.write_bytes(b"")
    drop(window, path)
    asked = next(q for q in window.findChildren(Question) if q.isVisible())
    assert asked.buttons["Cancel"].isDefault()
    answer(window, "Cancel")
    assert worker.specs == []
    drop(window, path)
    answer(window, "Trust and import")
    assert worker.specs == [ImportModelJob(source=str(path), trust=True)]
    click(dialog(window).cancel)


def test_a_python_file_is_looked_at_trusted_and_its_class_chosen(
    window: MainWindow, worker: ByHand, tmp_path: Path
) -> None:
    path = tmp_path / "nets.py"
    path.write_text(
        "from torch import nn\n\n\nclass Stem(nn.Module):\n    def forward(self, x):\n        return x\n\n\n"
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.stem = Stem()\n\n"
        "    def forward(self, x):\n        return self.stem(x)\n"
    )
    assert drop(window, path)
    question = next(d for d in window.findChildren(TrustDialog) if d.isVisible())
    assert question.trust_button.text() == "Trust and import" and "class Net" in question.view.toPlainText()
    QTest.keyClick(question, Qt.Key.Key_Return)
    assert worker.specs == [], "Enter means no"
    drop(window, path)
    click(next(d for d in window.findChildren(TrustDialog) if d.isVisible()).trust_button)
    answer(window, "Net")
    assert worker.specs == [ImportModelJob(source=f"{path}:Net", trust=True)]
    click(dialog(window).cancel)
    drop(window, path)  # trusted now: the same text is not asked about again
    answer(window, "Stem")
    assert worker.specs[-1] == ImportModelJob(source=f"{path}:Stem", trust=True)
    click(dialog(window).cancel)


def test_a_python_file_without_classes_is_told_of(window: MainWindow, worker: ByHand, tmp_path: Path) -> None:
    path = tmp_path / "empty.py"
    path.write_text("x = 1\n")
    drop(window, path)
    assert worker.specs == [] and window.toasts.shown()[0].kind == "error"


@pytest.mark.parametrize("name", ["w.pth", "w.pt", "w.safetensors", "w.ckpt"])
def test_dropped_weights_look_for_their_model(window: MainWindow, worker: ByHand, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"")
    drop(window, path)
    page = window.importing.gallery()
    assert window.pages.currentWidget() is page and name in page.banner_words.text()
    page.look_at("torchvision:alexnet")
    click(page.details.with_weights)
    assert worker.specs == [ImportModelJob(source="torchvision:alexnet", weights=str(path))]
    click(dialog(window).cancel)


def test_other_files_are_not_taken(window: MainWindow, tmp_path: Path) -> None:
    assert not drop(window, tmp_path / "holiday.jpg")
    assert not drop(window, tmp_path / "folder")


# --- the report ---------------------------------------------------------------------------------------------------


def test_the_report_says_and_copies_everything(window: MainWindow, worker: ByHand, qtbot: QtBot) -> None:
    network = load_template("lenet5")
    report = {**REPORT, "opaque": [{"block": "c1", "why": "A loop over its input."}, {"block": "gone", "why": "x"}]}
    ask_for(window, qtbot)
    with qtbot.waitSignal(window.importing.opened):
        worker.finish(network, report)
    window.refresh_actions()
    window.actions_by_id["import_report"].trigger()
    shown = window.findChild(ImportReportDialog)
    assert shown is not None and shown.isVisible()
    assert shown.kinds[0] == ("Conv 2-D", 53) and shown.verdict.text().endswith("to the last bit.")
    rows = dict(shown.facts.rows())
    assert rows["Blocks"] == "103" and rows["Weights"] == "all 320 matched" and rows["Input"] == "3×224×224"
    click(shown.copy_button)
    assert json.loads(QGuiApplication.clipboard().text()) == {"title": "ResNet-50", **report}
    link = next(b for b in shown.findChildren(QPushButton) if b.text() == "c1")
    click(link)
    assert window.canvas.canvas.selection == {"c1"} and not shown.isVisible()
