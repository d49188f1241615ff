"""Curves of an evaluation, and the samples of a cell of its confusion matrix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.ui.panels.results import ResultsPanel


def sample(index: int, true: str, predicted: str) -> dict[str, Any]:
    return {"index": index, "true": true, "predicted": predicted, "confidence": 0.9, "name": f"row {index}"}


def result() -> dict[str, Any]:
    curve = [[0, 0], [0.1, 0.9], [1, 1]]
    rows = [
        {"name": name, "auroc": 0.9 + i / 100, "average_precision": 0.8, "roc": curve, "precision_recall": curve}
        for i, name in enumerate(("ant", "bee"))
    ]
    return {
        "samples": 20,
        "accuracy": 0.8,
        "confusion": {"classes": ["ant", "bee"], "matrix": [[8, 2], [2, 8]]},
        "per_class": [{"name": n, "precision": 0.8, "recall": 0.8, "f1": 0.8, "support": 10} for n in ("ant", "bee")],
        "mistakes": [sample(1, "ant", "bee"), sample(2, "bee", "ant")],
        "unsure": [],
        "cells": [sample(1, "ant", "bee"), sample(3, "ant", "bee"), sample(2, "bee", "ant")],
        "calibration": {"bins": [{"sure": 0.7, "right": 0.75}, {"sure": 0.9, "right": 0.85}], "error": 0.05},
        "curves": rows,
        "top": [{"k": 1, "accuracy": 0.8}],
    }


@pytest.fixture
def panel(qtbot: QtBot, tmp_path: Path) -> ResultsPanel:
    made = ResultsPanel()
    qtbot.addWidget(made)
    made.resize(1100, 420)
    made.show()
    made.show_evaluation(result(), tmp_path)
    return made


def test_curves_of_the_chosen_class(panel: ResultsPanel) -> None:
    QTest.mouseClick(panel.switches["curves"], Qt.MouseButton.LeftButton)
    page = panel.curves
    assert page.isVisible() and page.top.text() == "Top-1 80.0 %"
    assert page.heads[0].text() == "Calibration · expected error 5.0 %"
    assert page.heads[1].text() == "ROC · area 0.9000" and len(page.plots[1].points) == 3
    page.classes.setFocus()
    QTest.keyClick(page.classes, Qt.Key.Key_Down)
    assert page.heads[1].text() == "ROC · area 0.9100"
    assert page.plots[1].diagonal and not page.plots[2].diagonal


def test_a_press_on_a_cell_shows_its_samples(panel: ResultsPanel) -> None:
    cell = panel.confusion.cell_rect(0, 1).center().toPoint()
    QTest.mouseClick(panel.confusion, Qt.MouseButton.LeftButton, pos=cell)
    assert panel.mistakes.isVisible() and panel.mistakes.count() == 2
    assert "row 3" in panel.mistakes.item(1).toolTip()
    assert panel.switches["mistakes"].text() == "“ant” taken for “bee” (2)"
    QTest.mouseClick(panel.switches["mistakes"], Qt.MouseButton.LeftButton)
    assert panel.switches["mistakes"].text() == "Mistakes (2)"
    assert {panel.mistakes.item(i).text()[:3] for i in range(2)} == {"ant", "bee"}


def test_right_answers_and_old_results_show_nothing_new(panel: ResultsPanel, tmp_path: Path) -> None:
    panel.show_cell("ant", "ant")
    assert panel.confusion.isVisible()
    old = {key: value for key, value in result().items() if key not in ("cells", "calibration", "curves", "top")}
    panel.show_evaluation(old, tmp_path)
    assert not panel.switches["curves"].isEnabled()
    panel.show_cell("ant", "bee")
    assert panel.confusion.isVisible()
