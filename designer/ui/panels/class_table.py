"""Precision, recall and F1 of every class in a table that sorts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from designer.ui.panels.run_widgets import numbers
from designer.ui.words import count

__all__ = ["ClassTable"]

Index = QModelIndex | QPersistentModelIndex
_COLUMNS = (
    ("name", "Class", "The class"),
    ("precision", "Precision", "Of the samples taken for this class, how many are of it"),
    ("recall", "Recall", "Of the samples of this class, how many were recognised"),
    ("f1", "F1", "The harmonic mean of precision and recall"),
    ("support", "Samples", "How many validation samples are of this class"),
)
_SORT = Qt.ItemDataRole.UserRole


class _Rows(QAbstractTableModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[Mapping[str, Any]] = []

    def show(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's signature)
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(_COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return _COLUMNS[section][1]
            if role == Qt.ItemDataRole.ToolTipRole:
                return _COLUMNS[section][2]
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return _side(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        value = self.rows[index.row()].get(_COLUMNS[index.column()][0])
        if role == _SORT:
            return value if value is not None else -1.0
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(index.column())
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if isinstance(value, float):
            return f"{100 * value:.1f} %"
        if isinstance(value, int):
            return count(value)
        return "–" if value is None else str(value)


def _side(column: int) -> Qt.AlignmentFlag:
    return Qt.AlignmentFlag.AlignVCenter | (Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft)


class ClassTable(QTableView):
    """One row a class; a click on a heading sorts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = _Rows(self)
        sorted_rows = QSortFilterProxyModel(self)
        sorted_rows.setSourceModel(self._rows)
        sorted_rows.setSortRole(_SORT)
        self.setModel(sorted_rows)
        self.setSortingEnabled(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.setAccessibleName("Figures of each class")
        self.setFont(numbers())
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(26)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        head.setMinimumSectionSize(48)
        self.setMinimumSize(240, 80)
        self.setMaximumWidth(680)  # further apart, rows are hard to follow

    def set_rows(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Show ``name``, ``precision``, ``recall``, ``f1`` (None: nothing to divide by), ``support`` of each class."""
        self._rows.show(rows)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
