"""The models as a table that sorts by its headings and gives room to what matters most where the window is narrow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from designer.exchange.gallery import TASKS, Pretrained
from designer.ui.models.words import COLUMNS
from designer.ui.panels.run_widgets import numbers
from designer.ui.theme import font, theme

__all__ = ["MODEL", "ModelTable", "Models"]

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
MODEL = int(Role.UserRole)
_SCORE = next(i for i, column in enumerate(COLUMNS) if column.key == "score")
_TITLE_ROOM = 210  # the least width of the names; columns go before it gets less


class Models(QAbstractTableModel):
    """Models in an order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.models: list[Pretrained] = []
        self._given: list[Pretrained] = []
        self._order: tuple[int, bool] = (-1, False)

    def show(self, models: Sequence[Pretrained]) -> None:
        """Show these, in the order that the headings say, or in theirs."""
        self.beginResetModel()
        self._given = list(models)
        self._arrange()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By a column, or with -1 as they were given. What is not known stands last either way."""
        self.beginResetModel()
        self._order = (column, order == Qt.SortOrder.DescendingOrder)
        self._arrange()
        self.endResetModel()

    def _arrange(self) -> None:
        column, down = self._order
        if column < 0:
            self.models = list(self._given)
            return
        value = COLUMNS[column].value
        known = [(v, m) for m in self._given if (v := value(m)) is not None]
        known.sort(key=lambda pair: _comparable(pair[0]), reverse=down)
        self.models = [m for _, m in known] + [m for m in self._given if value(m) is None]
        if column == _SCORE:  # an mAP of 40 is no worse than a top-1 accuracy of 70: only like is compared with like
            self.models.sort(key=lambda m: list(TASKS).index(m.task))

    def row_of(self, source: str) -> int:
        """The row of a model; -1 where it is not shown."""
        return next((i for i, model in enumerate(self.models) if model.source == source), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's signature)
        """One a model."""
        return 0 if parent.isValid() else len(self.models)

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
        """Words, sides and colours."""
        model, at = self.models[index.row()], index.column()
        if role == Role.DisplayRole:
            return COLUMNS[at].text(model)
        if role == MODEL:
            return model
        if role == Role.TextAlignmentRole:
            return _side(at)
        if role == Role.FontRole:
            return font("medium") if at == 0 else numbers()
        if role == Role.ForegroundRole and at:
            return theme().muted if COLUMNS[at].value(model) is None else theme().text
        if role == Role.ToolTipRole and at == 0:
            return f"{model.title} ({model.source})"
        if role == Role.AccessibleTextRole:
            return COLUMNS[at].text(model) if at == 0 else f"{COLUMNS[at].title} {COLUMNS[at].text(model)}"
        return None


class ModelTable(QTableView):
    """``chosen`` carries the model under the cursor or None, ``opened`` one that was double-clicked or entered."""

    chosen = Signal(object)
    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.models = Models(self)
        self.setModel(self.models)
        self.setItemDelegate(_Padded(self))
        self.setAccessibleName("Pretrained models")
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(32)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionsClickable(True)
        head.setSortIndicatorShown(True)
        head.setSortIndicatorClearable(True)
        head.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setFixedHeight(32)
        self.setSortingEnabled(True)
        head.sectionPressed.connect(self._pressed)
        head.sortIndicatorChanged.connect(self._keep)
        self.selectionModel().currentRowChanged.connect(self._moved)
        self.activated.connect(self._activated)
        self._source = ""

    # --- choosing ---------------------------------------------------------------------------------------------

    @property
    def current(self) -> Pretrained | None:
        """The chosen model."""
        index = self.currentIndex()
        found = index.data(MODEL) if index.isValid() else None
        return found if isinstance(found, Pretrained) else None

    def show_models(self, models: Sequence[Pretrained]) -> None:
        """Show these; the chosen one stays chosen where it is among them, else the first one is."""
        self.models.show(models)
        self._keep()

    def choose(self, source: str) -> bool:
        """Choose a model; whether it is shown."""
        row = self.models.row_of(source)
        if row >= 0:
            self.setCurrentIndex(self.models.index(row, 0))
            self.scrollTo(self.models.index(row, 0))
        return row >= 0

    def _keep(self, *_order: object) -> None:
        """What was chosen is chosen in the new order too; the first one where it is gone."""
        if not self.choose(self._source) and self.models.models:
            self.setCurrentIndex(self.models.index(0, 0))
            self.scrollToTop()
        if not self.models.models:
            self.chosen.emit(None)

    def _moved(self, index: QModelIndex, _before: QModelIndex) -> None:
        model = index.data(MODEL)
        if isinstance(model, Pretrained):
            self._source = model.source
            self.chosen.emit(model)

    def _activated(self, index: QModelIndex) -> None:
        self.opened.emit(index.data(MODEL))

    def _pressed(self, section: int) -> None:
        """Figures of which people want much are shown from the top at the first click."""
        head = self.horizontalHeader()
        if COLUMNS[section].down and head.sortIndicatorSection() != section:
            head.blockSignals(True)  # Qt turns it round at the release that follows
            head.setSortIndicator(section, Qt.SortOrder.AscendingOrder)
            head.blockSignals(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens what is chosen, on every system."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self.opened.emit(self.current)
            return
        super().keyPressEvent(event)

    # --- room -------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Columns go, the least important first, until names can be read."""
        super().resizeEvent(event)
        room = self.viewport().width()
        shown = list(range(len(COLUMNS)))
        while sum(COLUMNS[i].width for i in shown) + _TITLE_ROOM > room and len(shown) > 2:
            shown.remove(max((i for i in shown if i), key=lambda i: COLUMNS[i].drop))
        for i in range(len(COLUMNS)):
            self.setColumnHidden(i, i not in shown)
            if i:
                self.setColumnWidth(i, COLUMNS[i].width)
        self.setColumnWidth(0, max(120, room - sum(COLUMNS[i].width for i in shown)))


class _Padded(QStyledItemDelegate):
    """Room at both sides of the words."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """In from the edges."""
        super().initStyleOption(option, index)
        option.rect = option.rect.adjusted(3, 0, -3, 0)


def _comparable(value: float | str) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _side(column: int) -> Qt.AlignmentFlag:
    across = Qt.AlignmentFlag.AlignRight if COLUMNS[column].right else Qt.AlignmentFlag.AlignLeft
    return Qt.AlignmentFlag.AlignVCenter | across
