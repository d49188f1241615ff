"""The step in which a training met its first NaN or infinity: every block with its ranges, and the batch's samples."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QImage, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.errors import LayerloomError
from designer.train.health.step import FOLDER, PICTURES, STEP, BlockRow, Range, StepReport, read_step
from designer.ui.editors import set_flag
from designer.ui.parts import label
from designer.ui.theme import font, icon, notifier, theme

__all__ = ["StepPage"]

_COLUMNS = ("Block", "Comes in", "Goes out", "Gradient comes in", "Gradient goes out", "Weights", "Their gradient")
_TILE = 56
_LARGEST = 64 << 20


class StepPage(QWidget):
    """Reads what a run kept; `show_again` puts what a replay found beside it."""

    showBlock = Signal(str)  # noqa: N815
    replayAsked = Signal(str)  # noqa: N815  (the folder of the run)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.report: StepReport | None = None
        self.folder: Path | None = None
        self.sentence = label("", wrap=True, select=True)
        self.again_words = label("", "small", wrap=True)
        self.again_words.hide()
        self.table = self._table()
        self.samples = self._samples()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        column.addLayout(self._head())
        column.addWidget(self.again_words)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.table, 4)
        row.addWidget(self.samples, 1)
        column.addLayout(row, 1)
        notifier().changed.connect(self._fill)

    def _head(self) -> QHBoxLayout:
        self.show_block, self.replay = QPushButton("Show block"), QPushButton("Replay this step")
        self.show_block.clicked.connect(self._show_block)
        self.replay.setToolTip("Do the same step again, with the same weights, batch and random numbers")
        self.replay.clicked.connect(self._replay)
        close = QToolButton()
        close.setIcon(icon("mdi6.close", "muted"))
        close.setToolTip("Back to the health of the blocks")
        close.setAccessibleName("Close the step")
        set_flag(close, "kind", "small")
        close.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.sentence, 1)
        for part in (self.show_block, self.replay, close):
            head.addWidget(part, 0, Qt.AlignmentFlag.AlignTop)
        return head

    def _table(self) -> QTableWidget:
        table = QTableWidget(0, len(_COLUMNS))
        table.setAccessibleName("Blocks of the step with their ranges")
        table.setHorizontalHeaderLabels(_COLUMNS)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(26)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.cellDoubleClicked.connect(self._go_to_row)
        return table

    def _samples(self) -> QListWidget:
        found = QListWidget()
        found.setAccessibleName("Samples of the batch, those to blame first")
        found.setViewMode(QListView.ViewMode.IconMode)
        found.setIconSize(QSize(_TILE, _TILE))
        found.setGridSize(QSize(_TILE + 34, _TILE + 28))
        found.setMovement(QListView.Movement.Static)
        found.setResizeMode(QListView.ResizeMode.Adjust)
        found.setWordWrap(False)
        found.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        found.setMinimumWidth(210)
        return found

    # --- what is shown ---------------------------------------------------------------------------------------

    def read(self, folder: Path) -> None:
        """Show the step of the run in a folder."""
        self.folder, self.report = folder, None
        path = folder / FOLDER / STEP
        self.again_words.hide()
        try:
            if path.stat().st_size > _LARGEST:
                raise OSError("it is too large")
            self.report = read_step(path.read_bytes())
        except (OSError, LayerloomError) as error:
            why = error.message if isinstance(error, LayerloomError) else str(error)
            self.sentence.setText(f"What was kept of the step cannot be read: {why}")
        self._fill()

    def show_again(self, result: Mapping[str, Any]) -> None:
        """Say what a replay found; the table shows its numbers."""
        again = result.get("again")
        if self.report is None or not isinstance(again, Mapping):
            return
        try:
            found = read_step(json.dumps(dict(again)))
        except LayerloomError as error:
            self.again_words.setText(error.message)
            self.again_words.show()
            return
        same = "Done again, the step gave the same" if result.get("same") else "Done again, the step went otherwise"
        self.again_words.setText(f"{same}, on {result.get('device')}: loss {found.loss:.6g}. The table is of now.")
        self.again_words.show()
        self.replay.setEnabled(True)
        self._fill_table(found.rows, found.block or self.report.block)

    def failed(self, sentence: str) -> None:
        """A replay could not be done."""
        self.again_words.setText(sentence)
        self.again_words.show()
        self.replay.setEnabled(True)

    def _fill(self) -> None:
        report = self.report
        self.show_block.setVisible(report is not None and report.block is not None)
        self.replay.setVisible(report is not None)
        self.replay.setEnabled(report is not None and report.replayable)
        self.samples.clear()
        if report is None:
            self.table.setRowCount(0)
            return
        more = "" if report.exact else " The weights shown are those of some iterations before."
        self.sentence.setText(report.sentence + more)
        self._fill_table(report.rows, report.block)
        pictures = _pictures(self.folder / FOLDER / PICTURES) if self.folder is not None else []
        for place, sample in enumerate(report.samples):
            item = QListWidgetItem(sample.name or f"sample {sample.index}")
            if place < len(pictures):
                item.setIcon(QIcon(pictures[place]))
            item.setToolTip(f"{item.text()}{': gave NaN or infinity' if sample.bad else ''}")
            if sample.bad:
                item.setForeground(theme().bad)
            self.samples.addItem(item)

    def _fill_table(self, rows: Sequence[BlockRow], blamed: str | None) -> None:
        table = self.table
        table.setRowCount(len(rows))
        t = theme()
        for at, row in enumerate(rows):
            ranges = (
                row.inputs, row.output, row.gradient_in, row.gradient_out, row.weights, row.weight_gradients,
            )  # fmt: skip
            items = [QTableWidgetItem(row.block), *(QTableWidgetItem(_words(found)) for found in ranges)]
            for column, item in enumerate(items):
                found = ranges[column - 1] if column else None
                item.setFont(font("medium" if row.block == blamed and not column else "small"))
                if found is not None and not found.finite:
                    item.setForeground(t.bad)
                if row.block == blamed:
                    item.setBackground(t.bad_soft)
                    item.setToolTip("The first number that is none arose here")
                table.setItem(at, column, item)
            if row.block == blamed:
                table.scrollToItem(items[0], QAbstractItemView.ScrollHint.PositionAtCenter)

    def _show_block(self) -> None:
        if self.report is not None and self.report.block is not None:
            self.showBlock.emit(self.report.block)

    def _go_to_row(self, row: int, _column: int) -> None:
        item = self.table.item(row, 0)
        if item is not None:
            self.showBlock.emit(item.text())

    def _replay(self) -> None:
        if self.folder is not None:
            self.replay.setEnabled(False)
            self.replayAsked.emit(str(self.folder))


def _words(found: Range | None) -> str:
    if found is None or not found.count:
        return ""
    none = [f"{count:,} {what}" for count, what in ((found.nan, "NaN"), (found.infinite, "∞")) if count]
    if found.nan + found.infinite == found.count:
        return ", ".join(none)
    return ", ".join([f"{found.low:.3g} … {found.high:.3g}", *none])


def _pictures(path: Path) -> list[QPixmap]:
    """The samples, those pixels red that are no numbers; none where the file is not there or damaged."""
    import numpy as np

    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            pictures, bad = file["pictures"], file["bad"]
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return []
    if pictures.dtype != np.uint8 or pictures.ndim != 4 or bad.shape != pictures.shape[:3]:
        return []
    red = QColor("#e5484d")
    found = []
    for sample, where in zip(pictures, bad, strict=True):
        colour = np.repeat(sample, 3, axis=2) if sample.shape[2] == 1 else sample[:, :, :3].copy()
        colour[where] = (red.red(), red.green(), red.blue())
        data, wide, high = np.ascontiguousarray(colour).tobytes(), colour.shape[1], colour.shape[0]
        image = QImage(data, wide, high, 3 * wide, QImage.Format.Format_RGB888).copy()
        found.append(QPixmap.fromImage(image).scaled(_TILE, _TILE, Qt.AspectRatioMode.KeepAspectRatio))
    return found
