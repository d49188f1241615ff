"""Calibration, ROC and precision against recall, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from designer.ui.panels.square_plot import SquarePlot
from designer.ui.parts import label

__all__ = ["CurvesPage"]


class _Plot(SquarePlot):
    """A diagram with its own words."""

    def show_curve(
        self, name: str, points: Sequence[Sequence[float]], titles: tuple[str, str], tip: str, diagonal: bool
    ) -> None:
        self.diagonal = diagonal
        self._show(points, 0.0, 1.0, True, titles)
        self.setAccessibleName(name)
        self.setToolTip(tip)


class CurvesPage(QWidget):
    """What an evaluation of classes has in ``calibration``, ``curves`` and ``top``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curves: Sequence[Mapping[str, Any]] = ()
        self.classes = QComboBox()
        self.classes.setAccessibleName("Class of the curves")
        self.classes.setToolTip("Which class is told from all others")
        self.classes.currentIndexChanged.connect(self._show_class)
        self.top = label("", "muted")
        self.plots: list[_Plot] = []
        self.heads: list[QLabel] = []
        row = QHBoxLayout()
        row.setSpacing(16)
        for _ in range(3):
            column = QVBoxLayout()
            column.setSpacing(4)
            self.heads.append(label("", "small"))
            self.plots.append(_Plot())
            column.addWidget(self.heads[-1])
            column.addWidget(self.plots[-1], 1)
            row.addLayout(column, 1)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(QLabel("Class"))
        head.addWidget(self.classes)
        head.addWidget(self.top, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 4, 0, 0)
        whole.setSpacing(8)
        whole.addLayout(head)
        whole.addLayout(row, 1)

    def show_evaluation(self, data: Mapping[str, Any]) -> bool:
        """Show the curves of a result; whether it has any."""
        found, self._curves = data.get("calibration") or {}, data.get("curves") or ()
        bins = found.get("bins") or ()
        self.top.setText(" · ".join(f"Top-{row['k']} {100 * row['accuracy']:.1f} %" for row in data.get("top") or ()))
        if bins:
            self.heads[0].setText(f"Calibration · expected error {100 * found['error']:.1f} %")
            points = [(row["sure"], row["right"]) for row in bins]
            tip = "On the line the network is right as often as it says that it is sure; below, it is too sure"
            self.plots[0].show_curve("Calibration", points, ("Sure", "Right"), tip, True)
        self.classes.blockSignals(True)
        self.classes.clear()
        self.classes.addItems([str(row["name"]) for row in self._curves])
        self.classes.blockSignals(False)
        self._show_class(0)
        return bool(bins)

    def _show_class(self, index: int) -> None:
        there = 0 <= index < len(self._curves)
        for part in (*self.heads[1:], *self.plots[1:]):
            part.setVisible(there)
        if not there:
            return
        row = self._curves[index]
        self.heads[1].setText(f"ROC · area {row['auroc']:.4f}")
        titles = ("Others taken for it", "Found")
        self.plots[1].show_curve("ROC curve", row["roc"], titles, "What each threshold finds, and at what price", True)
        self.heads[2].setText(f"Precision and recall · average precision {row['average_precision']:.4f}")
        tip = "Of what is taken for the class, how much is right, for each share that is found"
        titles = ("Recall", "Precision")
        self.plots[2].show_curve("Precision and recall", row["precision_recall"], titles, tip, False)
