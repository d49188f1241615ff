"""The first rows of a table, with a summary of each column above them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QFrame, QTableView, QWidget

from designer.ui import theme as themes

__all__ = ["HeadView"]

_SUMMARY = ("Mean", "Deviation", "Lowest", "Highest", "Missing")
_KEYS = ("mean", "std", "low", "high", "missing")
Index = QModelIndex | QPersistentModelIndex


class _Model(QAbstractTableModel):
    def __init__(self, found: Mapping[str, Any], parent: QWidget) -> None:
        super().__init__(parent)
        self._found = found

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """The summary and the rows."""
        return 0 if parent.isValid() else len(_SUMMARY) + len(self._found["rows"])

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """The columns."""
        return 0 if parent.isValid() else len(self._found["columns"])

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell."""
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            if row >= len(_SUMMARY):
                return self._found["rows"][row - len(_SUMMARY)][column]
            value = self._found["summary"][column].get(_KEYS[row])
            words = self._found["summary"][column].get("words")
            if value is None:
                return f"{words:,} words" if row == 0 and words is not None else "–"
            return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
        if role == Qt.ItemDataRole.ForegroundRole and row < len(_SUMMARY):
            return themes.theme().accent
        if role == Qt.ItemDataRole.TextAlignmentRole and "words" not in self._found["summary"][column]:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Names of columns; of rows what they sum up, or their number."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Horizontal:
            return self._found["columns"][section]
        return _SUMMARY[section] if section < len(_SUMMARY) else f"{section - len(_SUMMARY) + 1}"


class HeadView(QTableView):
    """A table that is only looked at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setAccessibleName("First rows of the table")
        self.verticalHeader().setDefaultSectionSize(24)
        self.horizontalHeader().setDefaultSectionSize(110)

    def show_head(self, found: Mapping[str, Any]) -> None:
        """Show the columns."""
        old = self.model()
        self.setModel(_Model(found, self))
        if old is not None:
            old.deleteLater()
