"""The exports of a run: what was written, where, and how far it is from the trained network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.ui import theme as themes
from designer.ui.editors import set_flag
from designer.ui.panels.run_widgets import Pill, numbers
from designer.ui.words import count

__all__ = ["ExportCard", "ExportList", "bytes_text", "export_sentence", "speed_sentence"]


def bytes_text(size: object) -> str:
    """1,234 -> 1.2 kB."""
    if not isinstance(size, int | float):
        return ""
    value = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" or value >= 99.5 else f"{value:.1f} {unit}"
        value /= 1000
    return ""


def export_sentence(report: Mapping[str, Any]) -> str:
    """How the file compares with the trained network."""
    largest, samples = report.get("max_abs_diff"), report.get("samples")
    if not isinstance(largest, int | float):
        return ""
    words = "equal to the last bit" if largest == 0 else f"largest difference {largest:.2g}"
    if isinstance(samples, int):
        real = "validation samples" if report.get("real_samples") else "random samples"
        words += f" on {count(samples)} {real}"
    agree = report.get("agree")
    if isinstance(agree, int | float):
        words += f", same class {100 * agree:.4g} %"
    before, after = report.get("accuracy_before"), report.get("accuracy_after")
    if isinstance(before, int | float) and isinstance(after, int | float):
        words += f", accuracy {100 * before:.4g} % before and {100 * after:.4g} % after"
    return words


def speed_sentence(report: Mapping[str, Any]) -> str:
    """How long batches take in the file's engine and in PyTorch; empty where that was not measured."""
    found = report.get("latency")
    if not isinstance(found, Mapping) or not found:
        return ""
    parts = [
        f"{times['file']:.3g} ms a batch of {batch} (PyTorch {times['eager']:.3g} ms)" for batch, times in found.items()
    ]
    engine = str(report.get("engine") or "the file")
    return f"{engine[:1].upper()}{engine[1:]}: {', '.join(parts)}."


class ExportCard(QFrame):
    """One export, from its start to its verified end or its failure."""

    def __init__(self, title: str, path: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_flag(self, "frame", "panel")
        self.path = Path(path)
        self.title = QLabel(title)
        set_flag(self.title, "role", "strong")
        self.file = QLabel(self.path.name)
        set_flag(self.file, "role", "small")
        self.file.setToolTip(path)
        self.pill = Pill()
        self.words = QLabel()
        self.words.setFont(numbers())
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(f"Progress of the export {title}")
        self.open = self._tool("mdi6.folder-open-outline", f"Open the folder of {self.path.name}")
        self.copy = self._tool("mdi6.content-copy", "Copy the path")
        self.report = self._tool("mdi6.file-document-outline", f"Read the report of {self.path.name}")
        self.report.clicked.connect(self._open_report)
        self.open.clicked.connect(self._open_folder)
        self.copy.clicked.connect(self._copy_path)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.pill)
        head.addWidget(self.title)
        head.addWidget(self.file, 1)
        self.file.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head.addWidget(self.report)
        head.addWidget(self.copy)
        head.addWidget(self.open)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 6, 8)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self.words)
        column.addWidget(self.bar)
        self.show_progress(None, "Waiting for the worker")

    def _tool(self, icon: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setIcon(themes.icon(icon))
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        return button

    def show_progress(self, fraction: float | None, text: str) -> None:
        """It is at work."""
        self.pill.show_word("Exporting", "accent")
        self.bar.setRange(0, 0 if fraction is None else 1000)
        self.bar.setValue(round(1000 * (fraction or 0)))
        self.words.setText(text)
        self._settle(working=True)

    def show_report(self, report: Mapping[str, Any]) -> None:
        """It was written, run and compared."""
        self.path = Path(str(report.get("path") or self.path))
        self.pill.show_word("✓ Verified", "good")
        self.title.setText(str(report.get("title") or self.title.text()))
        size = bytes_text(report.get("size_bytes"))
        self.file.setText(f"{self.path.name} · {size}" if size else self.path.name)
        self.file.setToolTip(str(self.path))
        words = export_sentence(report)
        lines = [words[:1].upper() + words[1:], speed_sentence(report), *map(str, report.get("notes") or ())]
        self.words.setText("\n".join(line for line in lines if line))
        tolerance = report.get("tolerance")
        if isinstance(tolerance, int | float) and tolerance:
            self.words.setToolTip(f"Differences of the outputs; allowed for another engine: {tolerance:.2g}")
        self._settle(working=False)

    def show_failure(self, sentence: str, stopped: bool = False) -> None:
        """It was not written."""
        self.pill.show_word("Stopped" if stopped else "Failed", "plain" if stopped else "bad")
        self.words.setText(sentence)
        self._settle(working=False)
        self.open.hide()
        self.copy.hide()
        self.report.hide()

    def _settle(self, working: bool) -> None:
        self.bar.setVisible(working)
        self.open.setVisible(not working)
        self.copy.setVisible(not working)
        self.report.setVisible(not working)
        self.setAccessibleName(f"{self.title.text()}: {self.pill.text()}. {self.words.text()}")

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.path.parent)))

    def _open_report(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(f"{self.path}.report.md"))

    def _copy_path(self) -> None:
        QGuiApplication.clipboard().setText(str(self.path))


class ExportList(QScrollArea):
    """Cards, the newest above."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setAccessibleName("Exports")
        page = QWidget()
        page.setProperty("plain", True)
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(0, 4, 4, 4)
        self._column.setSpacing(6)
        self.hint = QLabel("Nothing exported yet. An export is run and compared with the network before it is kept.")
        set_flag(self.hint, "role", "muted")
        self.hint.setWordWrap(True)
        self._column.addWidget(self.hint)
        self._column.addStretch(1)
        self.setWidget(page)
        self.cards: dict[str, ExportCard] = {}

    def card(self, run_id: str, title: str, path: str) -> ExportCard:
        """The card of an export, made where there is none yet."""
        if run_id not in self.cards:
            made = ExportCard(title, path, self.widget())
            self.cards[run_id] = made
            self._column.insertWidget(0, made)
            self.hint.hide()
        return self.cards[run_id]
