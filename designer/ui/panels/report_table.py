"""The rows of the network report as a table: sorted by headings, filtered by words, with bars for shares."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from designer.graph.names import natural
from designer.graph.report.columns import COLUMNS
from designer.graph.report.rows import Report, Row, Sums
from designer.ui.canvas.look import mix
from designer.ui.theme import font, icon, theme

__all__ = ["NAME", "ROW", "ReportModel", "RowOrder", "ShareBars"]

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
ROW, SORT, SHARE = (int(Role.UserRole) + i for i in range(3))
NAME = 0
_PAD, _INDENT = 8, 16
_EMPTY = Report(32, (), Sums())


class ReportModel(QAbstractTableModel):
    """The report's rows. Words are made for the cells that are asked for."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.report = _EMPTY
        self._most: dict[int, float] = {}

    def show(self, report: Report) -> None:
        """Show another report; where the rows are about the same blocks, places and selection stay."""
        same = [r.name for r in report.rows] == [r.name for r in self.report.rows]
        if not same:
            self.beginResetModel()
        self.report = report
        blocks = report.blocks
        self._most = {i: max((_value(i, r) for r in blocks), default=0.0) for i, c in enumerate(COLUMNS) if c.share}
        if not same:
            self.endResetModel()
        elif report.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(report.rows) - 1, len(COLUMNS) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's signature)
        """One a block and one a group."""
        return 0 if parent.isValid() else len(self.report.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """As declared."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        """Titles and what they mean."""
        if orientation == Qt.Orientation.Horizontal:
            if role == Role.DisplayRole:
                return COLUMNS[section].title
            if role == Role.ToolTipRole:
                return COLUMNS[section].tip
            if role == Role.TextAlignmentRole:
                return _side(section)
        return None

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        """Words, and what tables sort, colour and measure by."""
        row, at = self.report.rows[index.row()], index.column()
        if role == Role.DisplayRole:
            return COLUMNS[at].text(row)
        if role == ROW:
            return row
        if role == SORT:
            return COLUMNS[at].value(row)
        if role == SHARE:
            return self._share(row, at)
        if role == Role.TextAlignmentRole:
            return _side(at)
        if role == Role.FontRole and row.group:
            return font("medium")
        if role == Role.ForegroundRole:
            return self._colour(row, at)
        if role == Role.DecorationRole and at == NAME and row.worst:
            bad = row.worst == "error"
            return icon("mdi6.alert-circle" if bad else "mdi6.alert", "bad" if bad else "warn")
        if role == Role.ToolTipRole:
            return "\n".join(p.message for p in row.problems) or COLUMNS[at].text(row)
        return None

    def _share(self, row: Row, at: int) -> float:
        """How much of the largest block's figure it is, between 0 and 1."""
        most = self._most.get(at, 0.0)
        return _value(at, row) / most if most and not row.group else 0.0

    def _colour(self, row: Row, at: int) -> Any:
        if COLUMNS[at].key in ("type", "inputs", "field", "stride") or (not row.known and not row.group):
            return theme().muted
        return theme().text


def _value(at: int, row: Row) -> float:
    value = COLUMNS[at].value(row)
    return float(value) if isinstance(value, int | float) else 0.0


def _side(column: int) -> Qt.AlignmentFlag:
    across = Qt.AlignmentFlag.AlignRight if COLUMNS[column].right else Qt.AlignmentFlag.AlignLeft
    return Qt.AlignmentFlag.AlignVCenter | across


class RowOrder(QSortFilterProxyModel):
    """The rows in the order of the network, or by a column; then without sub-totals, which would stand apart."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: list[str] = []
        self.setSortRole(SORT)
        self.setDynamicSortFilter(True)

    def find(self, text: str) -> None:
        """Only rows in which all of these words occur."""
        self._words = text.casefold().split()
        self.invalidate()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By a column, or with -1 as the network goes."""
        super().sort(column, order)
        self.invalidate()

    def rows(self) -> list[Row]:
        """What is shown, in its order."""
        return [self.index(i, 0).data(ROW) for i in range(self.rowCount())]

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        """Whether a row is shown."""
        model = self.sourceModel()
        assert isinstance(model, ReportModel)
        row = model.report.rows[source_row]
        if row.group and self.sortColumn() >= 0:
            return False
        if not self._words:
            return True
        text = " ".join((row.name, row.title, row.type, row.inputs, row.output, *(p.message for p in row.problems)))
        folded = text.casefold()
        return all(word in folded for word in self._words)

    def lessThan(self, left: Index, right: Index) -> bool:
        """By value; names with their numbers counted, so that conv2 comes before conv10."""
        a, b = left.data(SORT), right.data(SORT)
        if left.column() == NAME:
            return natural(str(a)) < natural(str(b))
        if isinstance(a, str) and isinstance(b, str):
            return a.casefold() < b.casefold()
        return (-1.0 if a is None else a) < (-1.0 if b is None else b)


class ShareBars(QStyledItemDelegate):
    """Draws the bars below figures, and moves the blocks of a group to the right."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The cell, and its bar under the words."""
        super().paint(painter, option, index)
        share = index.data(SHARE)
        if not share:
            return
        area = QRectF(option.rect)
        room = area.width() - 2 * _PAD
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        bar = QRectF(area.right() - _PAD - room * share, area.bottom() - 3, room * share, 2.0)
        painter.fillRect(bar, theme().accent if chosen else mix(theme().accent, theme().surface, 0.6))

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Room at both sides; in the order of the network, what is inside a group stands further in."""
        super().initStyleOption(option, index)
        order = index.model()
        nested = index.column() == NAME and isinstance(order, RowOrder) and order.sortColumn() < 0
        depth = index.data(ROW).depth if nested else 0
        option.rect = option.rect.adjusted(_PAD - 3 + _INDENT * min(depth, 8), 0, -_PAD + 3, 0)
