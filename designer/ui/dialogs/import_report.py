"""What an import found: how near the drawing is to the original, what became which block, and what stayed opaque."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from designer.graph.model import Network
from designer.ui.canvas.look import mix
from designer.ui.editors import set_flag
from designer.ui.import_words import Tone, blocks_by_kind, fact_rows, opaque_parts, verdict
from designer.ui.panels.run_widgets import numbers
from designer.ui.parts import Facts, label, section
from designer.ui.theme import icon, notifier, theme
from designer.ui.words import count

__all__ = ["ImportReportDialog", "Kinds"]

_MARKS: Mapping[Tone, tuple[str, str]] = {
    "good": ("mdi6.check-circle", "good"),
    "warn": ("mdi6.alert", "warn"),
    "plain": ("mdi6.information-outline", "accent"),
}
_FRAMES: Mapping[Tone, str] = {"good": "panel", "warn": "warning", "plain": "note"}


class Kinds(QWidget):
    """Kinds of blocks with their numbers as bars."""

    _LINE, _NAME, _COUNT = 22, 190, 64

    def __init__(self, rows: Sequence[tuple[str, int]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = list(rows)
        self.setFixedHeight(self._LINE * len(self.rows))
        self.setMinimumWidth(self._NAME + self._COUNT + 60)
        self.setAccessibleName(", ".join(f"{number} {name}" for name, number in self.rows))
        notifier().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A line a kind: name, number, bar."""
        t, most = theme(), max((number for _, number in self.rows), default=1)
        room = self.width() - self._NAME - self._COUNT
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(numbers())
            side = Qt.AlignmentFlag.AlignVCenter
            for i, (name, number) in enumerate(self.rows):
                line = QRectF(0, i * self._LINE, self.width(), self._LINE)
                painter.setPen(t.text)
                words = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, self._NAME - 8)
                painter.drawText(line, side | Qt.AlignmentFlag.AlignLeft, words)
                at = QRectF(self._NAME, line.top(), self._COUNT - 14, self._LINE)
                painter.drawText(at, side | Qt.AlignmentFlag.AlignRight, count(number))
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(mix(t.accent, t.surface, 0.7))
                left = self._NAME + self._COUNT
                painter.drawRoundedRect(QRectF(left, line.center().y() - 3, max(3.0, room * number / most), 6), 3, 3)


class ImportReportDialog(QDialog):
    """``asked`` carries the block that somebody wants to see."""

    asked = Signal(str)

    def __init__(self, report: Mapping[str, Any], network: Network, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.report = dict(report)
        self.setWindowTitle("Import report")
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(580, 640)
        self.kinds = blocks_by_kind(report, network)
        self.opaque = opaque_parts(report)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 8, 16)
        column.setSpacing(12)
        column.addWidget(self._scroll(network))
        column.addLayout(self._foot())

    def _scroll(self, network: Network) -> QScrollArea:
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page = QWidget()
        page.setProperty("plain", True)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 12, 0)
        column.setSpacing(8)
        column.addWidget(label(str(self.report.get("title") or "Imported model"), "heading", wrap=True))
        column.addWidget(self._verdict())
        column.addSpacing(4)
        self.facts = Facts(name_width=132)
        self.facts.set_rows(fact_rows(self.report, sum(number for _, number in self.kinds) or len(network)))
        column.addWidget(self.facts)
        if self.opaque:
            column.addSpacing(8)
            column.addWidget(section("NOT TAKEN APART"))
            column.addWidget(label("They compute the same, but cannot be changed inside.", "small", wrap=True))
            for block, why in self.opaque:
                column.addLayout(self._part(block, why, network))
        column.addSpacing(8)
        column.addWidget(section("BLOCKS BY KIND"))
        column.addWidget(Kinds(self.kinds))
        column.addStretch(1)
        area.setWidget(page)
        return area

    def _verdict(self) -> QFrame:
        tone, words = verdict(self.report)
        frame = QFrame()
        set_flag(frame, "frame", _FRAMES[tone])
        row = QHBoxLayout(frame)
        row.setContentsMargins(12, 9, 12, 9)
        row.setSpacing(10)
        mark = QLabel()
        mark.setPixmap(icon(*_MARKS[tone]).pixmap(QSize(18, 18)))
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        self.verdict = label(words, "strong", wrap=True, select=True)
        row.addWidget(self.verdict, 1)
        return frame

    def _part(self, block: str, why: str, network: Network) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(0)
        if block in network:
            button = QPushButton(block)
            set_flag(button, "kind", "link")
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.setAccessibleName(f"Go to {block}")
            button.clicked.connect(self._go)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        else:
            column.addWidget(label(block, "strong"))
        column.addWidget(label(why, "muted", wrap=True, select=True))
        return column

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 12, 0)
        row.setSpacing(8)
        self.copy_button = QPushButton("Copy as JSON")
        self.copy_button.setIcon(icon("mdi6.content-copy"))
        self.copy_button.setAutoDefault(False)
        self.copy_button.clicked.connect(self.copy)
        close = QPushButton("Close")
        set_flag(close, "kind", "primary")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        row.addWidget(self.copy_button)
        row.addStretch(1)
        row.addWidget(close)
        close.setFocus()
        return row

    def copy(self) -> None:
        """The whole report, for a file or an issue."""
        QGuiApplication.clipboard().setText(json.dumps(self.report, indent=2, ensure_ascii=False))
        self.copy_button.setText("Copied")

    def _go(self) -> None:
        sender = self.sender()
        if isinstance(sender, QPushButton):
            self.accept()
            self.asked.emit(sender.text())
