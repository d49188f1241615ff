"""Runs side by side: figures, settings with those that differ marked, what was drawn otherwise, curves overlaid."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QBrush, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer.errors import LayerloomError
from designer.graph.words import plural
from designer.jobs.comparing import Line, compared, network_differences
from designer.jobs.library import RunEntry
from designer.ui.editors import set_flag
from designer.ui.panels.run_widgets import numbers
from designer.ui.parts import label
from designer.ui.runs_library.table import Padded
from designer.ui.theme import font, icon, notifier, theme

__all__ = ["CompareView"]

_MOST = 40  # lines about drawings; two networks that have nothing in common differ in each block


class CompareView(QWidget):
    """``curvesAsked`` carries the folders of the runs; ``back`` leads to the list."""

    back = Signal()
    curvesAsked = Signal(list)  # noqa: N815  Qt spells signals this way

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Runs side by side")
        self.entries: list[RunEntry] = []
        self._lines: list[Line] = []
        self._drawn: list[tuple[str, str]] = []  # what differs in the networks: the run, the line
        self.table = _Sheet()
        self.only = QCheckBox("Only what differs")
        self.only.setChecked(True)
        self.only.toggled.connect(self._fill)
        self.says = label("", "muted", wrap=True)
        self.curves = QPushButton(icon("mdi6.chart-line"), "Overlay the curves")
        self.curves.setToolTip("Show the curves of these runs in one plot, in the training panel")
        self.curves.clicked.connect(self._ask_curves)
        self._build()
        self.table.resized.connect(self._widths)
        notifier().changed.connect(self._fill)

    def _build(self) -> None:
        back = QPushButton(icon("mdi6.arrow-left"), "All runs")
        back.clicked.connect(self.back)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(back, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        self.title = label("", "heading")
        words.addWidget(self.title)
        words.addWidget(self.says)
        head.addLayout(words, 1)
        self.only.setFixedHeight(self.curves.sizeHint().height())
        head.addWidget(self.only, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.curves, 0, Qt.AlignmentFlag.AlignTop)
        self.table.setAccessibleName("What the runs were asked and what came of it")
        self.table.setItemDelegate(_Filled(self.table))
        self.table.setShowGrid(False)
        self.table.setWordWrap(True)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.horizontalHeader().setFixedHeight(34)
        frame = QFrame()
        set_flag(frame, "frame", "panel")
        around = QVBoxLayout(frame)
        around.setContentsMargins(1, 1, 1, 1)
        around.addWidget(self.table)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(frame, 1)

    def show_runs(self, entries: Sequence[RunEntry]) -> None:
        """Compare these; networks are compared with that of the first one."""
        self.entries = list(entries)
        self._lines = compared(self.entries)
        self._drawn = []
        for other in self.entries[1:]:
            try:
                told = [difference.text for difference in network_differences(self.entries[0], other)]
            except LayerloomError as error:
                told = [error.message]
            more = [f"… and {plural(len(told) - _MOST, 'more')}"] if len(told) > _MOST else []
            self._drawn += [(other.name, text) for text in [*told[:_MOST], *more]]
        self.title.setText(f"{plural(len(self.entries), 'run')} side by side")
        self._fill()

    def _fill(self, *_changed: object) -> None:
        if not self.entries:
            return
        alike = sum(not line.differs for line in self._lines)
        self.says.setText(
            f"{plural(len(self._lines) - alike, 'line differs', 'lines differ')} and {alike} are alike. "
            + ("The networks are the same." if not self._drawn else "The networks differ; see the end of the table.")
        )
        self.table.clear()
        self.table.setRowCount(0)
        self.table.setColumnCount(len(self.entries) + 1)
        self.table.setHorizontalHeaderItem(0, QTableWidgetItem(""))
        for section, entry in enumerate(self.entries, start=1):
            heading = QTableWidgetItem(entry.name)
            heading.setToolTip(str(entry.path))
            self.table.setHorizontalHeaderItem(section, heading)
        group = ""
        for line in self._lines:
            if line.differs or not self.only.isChecked() or line.group == "Figures":
                if line.group != group:
                    group = line.group
                    self._heading(group)
                self._row(line)
        if self._drawn:
            self._heading(f"Drawn otherwise than in {self.entries[0].name}")
            for name, text in self._drawn:
                self._note(name if len(self.entries) > 2 else "", text)
        self._widths()

    def _widths(self) -> None:
        head = self.table.horizontalHeader()
        self.table.setColumnWidth(0, 210)
        room = max(0, self.table.viewport().width() - 211)
        for section in range(1, len(self.entries) + 1):
            head.setSectionResizeMode(section, QHeaderView.ResizeMode.Interactive)
            self.table.setColumnWidth(section, max(150, room // max(1, len(self.entries))))

    def _add(self) -> int:
        row = self.table.rowCount()
        self.table.insertRow(row)
        self.table.setRowHeight(row, 28)
        return row

    def _heading(self, text: str) -> None:
        row = self._add()
        item = QTableWidgetItem(text)
        item.setFont(font("medium"))
        item.setForeground(theme().text)
        self.table.setItem(row, 0, item)
        self.table.setSpan(row, 0, 1, len(self.entries) + 1)
        self.table.setRowHeight(row, 36)

    def _row(self, line: Line) -> None:
        row, t = self._add(), theme()
        title = QTableWidgetItem(line.title)
        title.setForeground(t.muted)
        self.table.setItem(row, 0, title)
        marked = line.differs and line.group not in ("Figures", "Run")
        for i, value in enumerate(line.values):
            item = QTableWidgetItem(value)
            item.setFont(numbers())
            item.setToolTip(value)
            if i in line.best:
                item.setForeground(t.good)
                bold = numbers()
                bold.setBold(True)
                item.setFont(bold)
                item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, "the best")
            if marked:
                item.setBackground(t.accent_soft)
            self.table.setItem(row, i + 1, item)
        if marked:
            title.setBackground(t.accent_soft)

    def _note(self, name: str, text: str) -> None:
        row = self._add()
        who = QTableWidgetItem(name)
        who.setForeground(theme().muted)
        what = QTableWidgetItem(text)
        what.setToolTip(text)
        self.table.setItem(row, 0, who)
        self.table.setItem(row, 1, what)
        self.table.setSpan(row, 1, 1, len(self.entries))

    def lines(self) -> list[list[str]]:
        """What the table says, row by row."""
        found = []
        for row in range(self.table.rowCount()):
            items = [self.table.item(row, column) for column in range(self.table.columnCount())]
            found.append([item.text() for item in items if item is not None])
        return found

    def _ask_curves(self) -> None:
        self.curvesAsked.emit([Path(entry.path) for entry in self.entries])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leads back."""
        if event.key() == Qt.Key.Key_Escape:
            self.back.emit()
        else:
            super().keyPressEvent(event)


class _Sheet(QTableWidget):
    """``resized`` says that there is another room."""

    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell it."""
        super().resizeEvent(event)
        self.resized.emit()


class _Filled(Padded):
    """A coloured cell is coloured to its edges."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """The colour, then the words."""
        back = index.data(Qt.ItemDataRole.BackgroundRole)
        if isinstance(back, QBrush):
            painter.fillRect(option.rect, back)
        super().paint(painter, option, index)
