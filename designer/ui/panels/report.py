"""The network report: every block in a table that sorts and filters, to copy and to save.

Worked out only while somebody looks, once after however many edits.
"""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QSpinBox,
    QStackedWidget,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.graph.document import Changed
from designer.graph.open_sizes import at_size, open_names
from designer.graph.report.columns import COLUMNS
from designer.graph.report.rows import Report, Row, make_report
from designer.graph.report.write import as_csv, as_markdown, reservations
from designer.ui.bridge import DocumentBridge
from designer.ui.canvas.overlays.legend import MOST_BATCH
from designer.ui.panels.report_table import NAME, ROW, ReportModel, RowOrder, ShareBars
from designer.ui.panels.run_widgets import numbers
from designer.ui.parts import EmptyState, label
from designer.ui.theme import icon, notifier
from designer.ui.words import count, in_bytes, plural, short

__all__ = ["ReportPanel"]

_WIDTHS = {"name": 168, "type": 150, "inputs": 136, "output": 124, "params": 96, "macs": 100, "made": 80, "kept": 84,
           "field": 104, "stride": 60}  # fmt: skip


class ReportPanel(QWidget):
    """``jump`` carries the block or group of a row that was clicked, ``batchChosen`` a batch size, ``saveAsked`` that
    the report is wanted as a file, ``said`` a passing remark."""

    jump = Signal(str)
    batchChosen = Signal(int)  # noqa: N815  Qt spells signals this way
    saveAsked = Signal()  # noqa: N815
    said = Signal(str)

    def __init__(self, bridge: DocumentBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.setAccessibleName("Report")
        self.model = ReportModel(self)
        self.order = RowOrder(self)
        self.order.setSourceModel(self.model)
        self.table = self._build_table()
        self.empty = EmptyState("mdi6.table", "Nothing drawn yet", "Every block appears here with its shapes and cost.")
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._build_head())
        column.addWidget(self.stack, 1)
        self._stale = True
        self._marked: frozenset[str] = frozenset()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self.refresh)
        bridge.changed.connect(self._changed)
        bridge.reset.connect(self._reset)
        bridge.retried.connect(self._refresh_later)
        notifier().changed.connect(self.table.viewport().update)

    def _build_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 8)
        head.setSpacing(8)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Filter blocks")
        self.search.setAccessibleName("Filter blocks")
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("mdi6.magnify", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.setFixedWidth(200)
        self.search.textChanged.connect(self._filter)
        self.totals = label("", "muted")
        self.totals.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.totals.setAccessibleName("Totals")
        self.batch = QSpinBox()
        self.batch.setRange(1, MOST_BATCH)
        self.batch.setKeyboardTracking(False)
        self.batch.setValue(32)
        self.batch.setFixedWidth(84)
        self.batch.setAccessibleName("Batch size of the figures")
        self.batch.setToolTip("How many samples go through at once: memory depends on it")
        self.batch.valueChanged.connect(self._batch_chosen)
        self.copy_button = self._button("mdi6.content-copy", "Copy", "Copy the rows that are shown")
        menu = QMenu(self.copy_button)
        menu.addAction("As &Markdown", self.copy_markdown)
        menu.addAction("As &CSV", self.copy_csv)
        self.copy_button.setMenu(menu)
        self.copy_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.save_button = self._button("mdi6.content-save-outline", "Save report…", "Write the report to a file")
        self.save_button.clicked.connect(self.saveAsked)
        head.addWidget(self.search)
        head.addWidget(self.totals, 1)
        head.addWidget(label("Batch", "muted"))
        head.addWidget(self.batch)
        head.addWidget(self.copy_button)
        head.addWidget(self.save_button)
        return head

    def _button(self, name: str, words: str, tip: str) -> QToolButton:
        made = QToolButton()
        made.setIcon(icon(name))
        made.setText(f" {words}")
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        made.setAccessibleName(words)
        made.setToolTip(tip)
        return made

    def _build_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.order)
        table.setItemDelegate(ShareBars(table))
        table.setSortingEnabled(True)
        table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        table.setAccessibleName("Blocks with their figures")
        table.setFont(numbers())
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(26)
        head = table.horizontalHeader()
        head.setHighlightSections(False)
        head.setMinimumSectionSize(48)
        head.setSortIndicatorClearable(True)
        head.setStretchLastSection(True)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for i, column in enumerate(COLUMNS[:-1]):
            table.setColumnWidth(i, _WIDTHS[column.key])
        table.clicked.connect(self._activated)
        table.activated.connect(self._activated)
        QShortcut(QKeySequence.StandardKey.Copy, table, self.copy_markdown, context=Qt.ShortcutContext.WidgetShortcut)
        return table

    # --- showing ----------------------------------------------------------------------------------------------

    @property
    def report(self) -> Report:
        """The report as it is now."""
        if self._stale:
            self.refresh()
        return self.model.report

    def set_batch(self, batch: int) -> None:
        """Work the memory out for another batch size."""
        if batch != self.batch.value():
            self.batch.blockSignals(True)
            self.batch.setValue(batch)
            self.batch.blockSignals(False)
            self._refresh_later()

    def select(self, names: Collection[str]) -> None:
        """Mark the rows of these blocks and groups."""
        self._marked = frozenset(names)
        if self.isVisible() and not self._stale:
            self._mark()

    def _mark(self) -> None:
        selection = QItemSelection()
        first: QModelIndex | None = None
        for i in range(self.order.rowCount()) if self._marked else ():
            index = self.order.index(i, NAME)
            if index.data(ROW).name in self._marked:
                selection.select(index, index)
                first = first or index
        flags = QItemSelectionModel.SelectionFlag
        self.table.selectionModel().select(selection, flags.ClearAndSelect | flags.Rows)
        if first is not None:
            self.table.scrollTo(first)

    def refresh(self) -> None:
        """Show the network as it is."""
        self._later.stop()
        self._stale = False
        document = self.bridge.document
        tried = document.tried if open_names(document.network) else {}
        self.model.show(make_report(at_size(document, tried), self.batch.value(), tried))
        report = self.model.report
        self.stack.setCurrentWidget(self.table if report.rows else self.empty)
        for part in (self.copy_button, self.save_button):
            part.setEnabled(bool(report.rows))
        self._say_totals()
        self.totals.setToolTip("\n".join([total_words(report), *reservations(report)]))
        self._mark()

    def _refresh_later(self) -> None:
        self._stale = True
        if self.isVisible():
            self._later.start()

    def _changed(self, changed: Changed) -> None:
        if changed.structure or changed.reshaped or changed.touched:
            self._refresh_later()

    def _reset(self) -> None:
        self.search.clear()
        self._refresh_later()

    def _say_totals(self) -> None:
        """As many of the sums as there is room for; the tooltip has them all."""
        words, room = total_words(self.model.report), self.totals.width()
        self.totals.setText(self.totals.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room))
        self.totals.setAccessibleDescription(words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More of the sums may fit."""
        super().resizeEvent(event)
        self._say_totals()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up."""
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks."""
        super().hideEvent(event)
        if self._later.isActive():
            self._later.stop()

    # --- what people do ---------------------------------------------------------------------------------------

    def _filter(self, text: str) -> None:
        self.order.find(text)

    def _batch_chosen(self, batch: int) -> None:
        self._refresh_later()
        self.batchChosen.emit(batch)

    def _activated(self, index: QModelIndex) -> None:
        if not QGuiApplication.keyboardModifiers() & (
            Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
        ):
            self.jump.emit(index.data(ROW).name)

    def shown_rows(self) -> list[Row]:
        """The rows that are chosen, or all that are shown, in the order of the table."""
        chosen = {i.data(ROW).name for i in self.table.selectionModel().selectedRows()}
        rows = self.order.rows()
        return [row for row in rows if row.name in chosen] if len(chosen) > 1 else rows

    def copy_markdown(self) -> None:
        """The rows as a table for a readme."""
        rows = self.shown_rows()
        QGuiApplication.clipboard().setText(as_markdown(self.report, rows=rows))
        self.said.emit(f"Copied {plural(len(rows), 'row')} as Markdown")

    def copy_csv(self) -> None:
        """The rows for a spreadsheet."""
        rows = self.shown_rows()
        QGuiApplication.clipboard().setText(as_csv(self.report, rows))
        self.said.emit(f"Copied {plural(len(rows), 'row')} as CSV")


def total_words(report: Report) -> str:
    """The sums on one line."""
    t = report.totals
    parts = [plural(t.blocks, "block"), f"{count(t.params)} parameters"]
    if t.frozen:
        parts[-1] += f" ({count(t.frozen)} frozen)"
    if t.unsized:
        parts.append("cost and memory depend on open sizes")
    else:
        parts += [f"{short(t.macs)} multiply-adds", f"{in_bytes(t.kept)} kept for backward"]
    if t.unknown:
        parts.append(f"{count(t.unknown)} without shapes")
    return "  ·  ".join(parts)
