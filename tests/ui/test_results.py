"""The results panel with what evaluations and exports give."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QObject, QPoint, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication
from pytestqt.qtbot import QtBot

from designer.ui import theme
from designer.ui.outcome import sentence
from designer.ui.panels.confusion_view import ConfusionView
from designer.ui.panels.exports import ExportCard, bytes_text, export_sentence
from designer.ui.panels.results import ResultsPanel

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)

CLASSES = [str(i) for i in range(10)]
REPORT = {
    "format": "onnx",
    "title": "ONNX",
    "path": "/tmp/nowhere/net.onnx",
    "samples": 256,
    "max_abs_diff": 2.9e-6,
    "tolerance": 1e-3,
    "agree": 1.0,
    "size_bytes": 616_209,
    "real_samples": True,
}


def evaluation(n: int = 10) -> dict[str, Any]:
    matrix = np.diag(np.full(n, 34))
    matrix[8, 1] = 2
    names = [str(i) for i in range(n)]
    sample = {"true": "8", "predicted": "1", "confidence": 0.83, "picture": "pictures/7.png", "name": "row 7"}
    return {
        "source": "digits",
        "samples": int(matrix.sum()),
        "loss": 0.1599,
        "accuracy": 0.9666,
        "macro_f1": 0.96,
        "confusion": {"classes": names, "matrix": matrix.tolist()},
        "per_class": [
            {"name": name, "precision": 0.9 - i / 100, "recall": None if i == 3 else 1.0, "f1": 0.9, "support": 34 + i}
            for i, name in enumerate(names)
        ],
        "mistakes": [sample],
        "unsure": [],
        "regression": None,
    }


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "pictures").mkdir()
    Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(tmp_path / "pictures" / "7.png")
    return tmp_path


@pytest.fixture
def panel(qtbot: QtBot) -> ResultsPanel:
    made = ResultsPanel()
    qtbot.addWidget(made)
    made.resize(1000, 400)
    made.show()
    return made


def test_an_evaluation_is_shown(panel: ResultsPanel, run: Path) -> None:
    assert panel.empty.isVisible()
    panel.show_evaluation(evaluation(), run)
    assert panel.facts.value("accuracy") == "96.66 %" and panel.facts.value("loss") == "0.1599"
    assert panel.confusion.isVisible() and panel.table.isVisible()
    assert panel.table.model().rowCount() == 10
    assert panel.table.model().index(3, 2).data() == "–"
    assert "Mistakes (1)" in panel.switches["mistakes"].text()
    assert panel.confusion.sentence(8, 1) == "“8” taken for “1”: 2 of 36 (5.6 %)"
    assert "taken for “1”" in panel.confusion.accessibleDescription()


def test_the_table_sorts_by_a_click(panel: ResultsPanel, run: Path, qtbot: QtBot) -> None:
    panel.show_evaluation(evaluation(), run)
    head = panel.table.horizontalHeader()
    place = QPoint(head.sectionViewportPosition(4) + 20, head.height() // 2)
    names = []
    for _ in range(2):
        qtbot.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=place)
        names.append(panel.table.model().index(0, 0).data())
    assert sorted(names) == ["0", "9"]


def test_pages_are_chosen_by_mouse_and_by_key(panel: ResultsPanel, run: Path, qtbot: QtBot) -> None:
    panel.show_evaluation(evaluation(), run)
    qtbot.mouseClick(panel.switches["mistakes"], Qt.MouseButton.LeftButton)
    assert panel.mistakes.isVisible() and panel.mistakes.count() == 1
    item = panel.mistakes.item(0)
    assert not item.icon().isNull() and "83 %" in item.text() and "row 7" in item.toolTip()
    panel.switches["exports"].setFocus()
    qtbot.keyClick(panel.switches["exports"], Qt.Key.Key_Space)
    assert panel.exports.isVisible() and panel.exports.hint.isVisible()
    assert not panel.switches["unsure"].isEnabled()


def test_pictures_outside_of_the_run_are_not_opened(panel: ResultsPanel, run: Path) -> None:
    data = evaluation()
    data["mistakes"][0]["picture"] = "../secret.png"
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(run.parent / "secret.png")
    panel.show_evaluation(data, run)
    assert panel.mistakes.item(0).icon().isNull()


def test_numbers_instead_of_classes(panel: ResultsPanel, run: Path) -> None:
    report = {"mean_absolute_error": 0.25, "root_mean_squared_error": 0.5, "r2": 0.9}
    data = {"samples": 100, "loss": 0.25, "regression": report, "confusion": None, "per_class": []}
    panel.show_evaluation(data, run)
    assert panel.facts.value("mae") == "0.25" and panel.facts.value("accuracy") == ""
    assert panel.note.isVisible() and not panel.confusion.isVisible() and not panel.table.isVisible()


@pytest.mark.parametrize("classes", [1, 2, 10, 120, 1000])
@pytest.mark.parametrize("size", [(160, 120), (340, 280), (900, 700)])
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_matrix_of_any_size_is_painted(qtbot: QtBot, classes: int, size: tuple[int, int], mode: Any) -> None:
    theme.set_theme(mode)
    view = ConfusionView()
    qtbot.addWidget(view)
    view.resize(*size)
    view.set_matrix(np.eye(classes, dtype=int).tolist(), [f"name {i}" for i in range(classes)])
    image = view.grab().toImage()
    middle = view.cell_rect(classes // 2, classes // 2).center().toPoint()
    colour, accent = image.pixelColor(middle), theme.theme().accent
    if classes <= 120 and size[0] > 160 and not (classes <= 10):  # no number over it
        assert abs(colour.hue() - accent.hue()) < 30
    if view.cell_rect(0, 0).width() >= 3:
        assert view.cell_at(middle) == (classes // 2, classes // 2)
    assert view.cell_rect(classes - 1, classes - 1).right() <= view.width()


def test_the_share_of_the_row_can_be_written(panel: ResultsPanel, run: Path, qtbot: QtBot) -> None:
    panel.show_evaluation(evaluation(), run)
    before = panel.confusion.grab().toImage()
    qtbot.mouseClick(panel.normalise, Qt.MouseButton.LeftButton)
    assert panel.confusion.grab().toImage() != before


def test_a_matrix_that_does_not_fit_its_names_is_refused(qtbot: QtBot) -> None:
    view = ConfusionView()
    qtbot.addWidget(view)
    with pytest.raises(ValueError, match="Expected 3"):
        view.set_matrix([[1, 2], [3, 4]], ["a", "b", "c"])


def test_an_export_from_start_to_end(panel: ResultsPanel) -> None:
    card = panel.exports.card("run", "ONNX", "/tmp/nowhere/net.onnx")
    panel.show_page("exports")
    panel._stack.setCurrentIndex(1)
    card.show_progress(0.3, "Writing ONNX")
    assert card.bar.isVisible() and card.pill.text() == "Exporting"
    card.show_report(REPORT)
    assert not card.bar.isVisible() and "Verified" in card.pill.text()
    assert card.words.text() == "Largest difference 2.9e-06 on 256 validation samples, same class 100 %"
    assert card.file.text() == "net.onnx · 616 kB"
    card.show_failure("It was not written.")
    assert card.pill.text() == "Failed" and not card.open.isVisible()


class Opened(QObject):
    url = QUrl()

    @Slot(QUrl)
    def take(self, url: QUrl) -> None:
        self.url = url


def test_the_folder_of_an_export_opens_and_its_path_is_copied(qtbot: QtBot) -> None:
    card = ExportCard("ONNX", "/tmp/nowhere/net.onnx")
    qtbot.addWidget(card)
    card.show_report(REPORT)
    card.show()
    opened = Opened()
    QDesktopServices.setUrlHandler("file", opened, "take")
    try:
        qtbot.mouseClick(card.open, Qt.MouseButton.LeftButton)
    finally:
        QDesktopServices.unsetUrlHandler("file")
    assert opened.url.toLocalFile() == "/tmp/nowhere"
    qtbot.mouseClick(card.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "/tmp/nowhere/net.onnx"


def test_words_for_sizes_and_differences() -> None:
    assert [bytes_text(n) for n in (999, 1234, 1_500_000, None)] == ["999 B", "1.2 kB", "1.5 MB", ""]
    assert export_sentence({"max_abs_diff": 0.0, "samples": 3}) == "equal to the last bit on 3 random samples"
    assert export_sentence({}) == ""


def test_what_a_training_came_to_is_told_in_a_sentence() -> None:
    kind, words = sentence(evaluation())
    assert kind == "success" and words == "The training is done: 96.7 % right on 342 validation samples."
    assert "was stopped: 96.7 % right" in sentence(evaluation(), stopped=True)[1]
    rows = [{"name": name, "support": 6} for name in ("amoeba", "diatom", "yeast")]
    kind, words = sentence({"accuracy": 1 / 3, "samples": 18, "per_class": rows})
    assert kind == "warning" and "33.3 % right" in words and "most frequent class" in words
    assert sentence({"accuracy": 0.95, "samples": 10, "per_class": [{"support": 8}, {"support": 2}]})[0] == "success"
    assert sentence({"samples": 5, "accuracy": None})[0] == "success"


class Followed(QObject):
    """Stands for the controller: runs by their ids."""

    started, happened, result = Signal(str), Signal(str, dict), Signal(str, dict)

    def __init__(self, live: bool) -> None:
        super().__init__()
        training = SimpleNamespace(kind="train", evaluate=live)
        measuring = SimpleNamespace(kind="evaluate", parent="training", spec=None)
        self.run = {"training": training, "measuring": measuring}.get


@pytest.mark.parametrize("live", [True, False])
def test_only_a_training_that_ended_here_is_news(panel: ResultsPanel, tmp_path: Path, live: bool) -> None:
    told: list[Any] = []
    panel.measured.connect(told.append)
    controller = Followed(live)
    panel.watch(controller)  # type: ignore[arg-type]
    controller.started.emit("measuring")
    controller.result.emit("measuring", evaluation())
    assert len(told) == live and panel.data is not None
