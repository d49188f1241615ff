"""The results panel with what other kinds of work give: two classes, several labels, numbers."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from designer.ui import theme
from designer.ui.outcome import sentence
from designer.ui.panels.results import ResultsPanel
from designer.ui.panels.square_plot import SquarePlot

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)

ROWS = [{"name": name, "precision": 0.9, "recall": 0.8, "f1": 0.85, "support": 40} for name in ("healthy", "ill")]
CURVE = [(0.0, 0.0), (0.0, 0.7), (0.2, 0.9), (1.0, 1.0)]
TWO = {
    "kind": "classes",
    "source": "cells",
    "samples": 80,
    "accuracy": 0.9,
    "confusion": {"classes": ["healthy", "ill"], "matrix": [[38, 2], [6, 34]]},
    "per_class": ROWS,
    "two": {"positive": "ill", "sensitivity": 0.85, "specificity": 0.95, "auroc": 0.93, "curve": CURVE},
}
LABELS = {
    "kind": "labels",
    "samples": 800,
    "accuracy": 0.99,
    "macro_f1": 0.9865,
    "all_right": 0.945,
    "per_class": ROWS,
    "mistakes": [{"true": "0, 3", "predicted": "0", "confidence": 0.9, "picture": None, "name": "picture 4"}],
}
NUMBERS = {
    "kind": "values",
    "samples": 3,
    "regression": {
        "mean_absolute_error": 2.45,
        "root_mean_squared_error": 3.2,
        "r2": 0.99,
        "points": [(-60.0, -55.0), (0.0, 2.0), (60.0, 58.0)],
    },
}


@pytest.fixture
def panel(qtbot: QtBot) -> ResultsPanel:
    made = ResultsPanel()
    qtbot.addWidget(made)
    made.resize(1200, 420)
    made.show()
    return made


def test_two_classes_have_a_curve(panel: ResultsPanel, tmp_path: Path) -> None:
    panel.show_evaluation(TWO, tmp_path)
    assert panel.facts.value("sensitivity") == "85.00 %" and panel.facts.value("specificity") == "95.00 %"
    assert panel.facts.value("auroc") == "0.93"
    assert panel.plot.isVisible() and panel.table.isVisible() and panel.confusion.isVisible()
    assert [(p.x(), p.y()) for p in panel.plot.points] == CURVE
    assert panel.plot.accessibleName() == "ROC curve" and "0.93" in panel.plot.accessibleDescription()


def test_labels_have_a_table_and_no_matrix(panel: ResultsPanel, tmp_path: Path) -> None:
    panel.show_evaluation(LABELS, tmp_path)
    assert panel.facts.value("f1") == "98.65 %" and panel.facts.value("all_right") == "94.50 %"
    assert panel.table.isVisible() and not panel.confusion.isVisible()
    assert not panel.plot.isVisible() and not panel.note.isVisible()
    assert panel.switches["mistakes"].isEnabled() and not panel.switches["unsure"].isEnabled()


def test_numbers_are_drawn_against_the_truth(panel: ResultsPanel, tmp_path: Path) -> None:
    panel.show_evaluation(NUMBERS, tmp_path)
    assert panel.plot.isVisible() and not panel.table.isVisible() and not panel.confusion.isVisible()
    assert not panel.note.isVisible()
    assert "3 samples from -60 to 60" in panel.plot.accessibleDescription()
    panel.show_evaluation(TWO | {"two": None}, tmp_path)
    assert not panel.plot.isVisible()


@pytest.mark.parametrize("size", [(150, 120), (300, 300), (900, 200)])
def test_the_plot_fits_and_is_painted(qtbot: QtBot, size: tuple[int, int]) -> None:
    plot = SquarePlot()
    qtbot.addWidget(plot)
    plot.resize(*size)
    plot.show_told(NUMBERS["regression"]["points"])  # type: ignore[index]
    area = plot.area()
    assert area.width() == area.height()
    assert plot.place(QPointF(-60, -60)) == area.bottomLeft() and plot.place(QPointF(60, 60)) == area.topRight()
    if min(size) > 150:
        assert plot.rect().contains(area.toAlignedRect())
    image, accent = plot.grab().toImage(), theme.theme().accent
    middle = plot.place(QPointF(0, 2)) * image.devicePixelRatio()
    assert image.pixelColor(middle.toPoint()).hue() == pytest.approx(accent.hue(), abs=12)


def test_what_came_out_is_told_by_its_kind() -> None:
    assert sentence(LABELS) == (
        "success",
        "The training is done: F1 98.7 %, the mean of all labels on 800 validation samples.",
    )
    assert sentence(NUMBERS)[1] == "The training is done: wrong by 2.45 in the mean on 3 validation samples."
