"""The runs as a table: sorted by any column, several chosen at once, a star at each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from designer.jobs.columns import Column, column, sorted_by
from designer.jobs.library import RunEntry
from designer.ui.panels.run_widgets import numbers
from designer.ui.theme import font, icon, theme

__all__ = ["RUN", "STATE_TONES", "Padded", "RunTable", "Runs"]

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
RUN = int(Role.UserRole)
STATE_TONES = {
    "starting": "accent",
    "running": "accent",
    "paused": "warn",
    "finished": "good",
    "stopped": "muted",
    "failed": "bad",
    "lost": "warn",
}
_STAR = 0  # the first column; those that are declared follow it
_STAR_WIDTH = 34


class Runs(QAbstractTableModel):
    """Runs in an order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns: list[Column] = []
        self.runs: list[RunEntry] = []
        self._given: list[RunEntry] = []
        self.by, self.down = "started", True

    def use(self, columns: Sequence[Column]) -> None:
        """Show these columns."""
        self.beginResetModel()
        self.columns = list(columns)
        self.endResetModel()

    def show(self, runs: Sequence[RunEntry]) -> bool:
        """Show these; whether the rows are others than before."""
        self._given = list(runs)
        arranged = self._arranged()
        if [run.path for run in arranged] == [run.path for run in self.runs]:
            self.runs = arranged
            if arranged:
                self.dataChanged.emit(self.index(0, 0), self.index(len(arranged) - 1, self.columnCount() - 1), [])
            return False
        self.beginResetModel()
        self.runs = arranged
        self.endResetModel()
        return True

    def order(self, by: str, down: bool) -> None:
        """Sort by a column."""
        self.by, self.down = by, down
        self.beginResetModel()
        self.runs = self._arranged()
        self.endResetModel()

    def _arranged(self) -> list[RunEntry]:
        by = column(self.by)
        return sorted_by(self._given, by, self.down) if by is not None else list(self._given)

    def row_of(self, path: Path) -> int:
        """The row of a run; -1 where it is not shown."""
        return next((i for i, run in enumerate(self.runs) if run.path == path), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's signature)
        """One a run."""
        return 0 if parent.isValid() else len(self.runs)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """The star, and those that were chosen."""
        return 0 if parent.isValid() else len(self.columns) + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        """Titles and what they mean."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if section == _STAR:
            return "Starred runs can be shown alone" if role == Role.ToolTipRole else None
        shown = self.columns[section - 1]
        if role == Role.DisplayRole:
            return shown.title
        if role == Role.ToolTipRole:
            return shown.tip
        return _side(shown) if role == Role.TextAlignmentRole else None

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        """Words, sides, colours, stars."""
        run = self.runs[index.row()]
        if role == RUN:
            return run
        if index.column() == _STAR:
            return self._star(run, role)
        shown = self.columns[index.column() - 1]
        if role == Role.DisplayRole:
            return shown.text(run)
        if role == Role.TextAlignmentRole:
            return _side(shown)
        if role == Role.FontRole:
            return font("medium") if shown.key == "name" else numbers()
        if role == Role.ForegroundRole:
            return self._colour(run, shown)
        if role == Role.ToolTipRole:
            return self._tip(run, shown)
        if role == Role.DecorationRole and shown.key == "state":
            return icon("mdi6.circle-medium", STATE_TONES[run.state])
        if role == Role.AccessibleTextRole:
            return shown.text(run) if shown.key == "name" else f"{shown.title} {shown.text(run)}"
        return None

    def _star(self, run: RunEntry, role: int) -> Any:
        if role == Role.DecorationRole:
            return icon("mdi6.star", "warn") if run.about.starred else icon("mdi6.star-outline", "outline")
        if role in (Role.AccessibleTextRole, Role.ToolTipRole):
            return "Starred" if run.about.starred else "Not starred"
        return None

    def _colour(self, run: RunEntry, shown: Column) -> Any:
        if shown.key == "state":
            return getattr(theme(), STATE_TONES[run.state])
        known = shown.value(run) is not None
        return theme().text if known and shown.key in ("name", "best", "last") else theme().muted

    def _tip(self, run: RunEntry, shown: Column) -> str:
        if shown.key == "name":
            return str(run.path)
        return run.digest.message if shown.key == "state" and run.digest.message else shown.text(run)


class RunTable(QTableView):
    """``chosen`` carries the runs that are chosen, ``opened`` one that was double-clicked or entered."""

    chosen = Signal(list)
    opened = Signal(object)
    starred = Signal(object)
    deleted = Signal()
    menuWanted = Signal(QPoint)  # noqa: N815  Qt spells signals this way
    sorted = Signal(str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.runs = Runs(self)
        self.setModel(self.runs)
        self.setItemDelegate(Padded(self))
        self.setAccessibleName("Runs")
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setIconSize(QSize(16, 16))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(32)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionsClickable(True)
        head.setSortIndicatorShown(True)
        head.setFixedHeight(32)
        head.setMinimumSectionSize(_STAR_WIDTH)
        head.sectionClicked.connect(self._sort)
        self.selectionModel().selectionChanged.connect(self._selected)
        self.activated.connect(self._activated)
        self._paths: list[Path] = []
        self._keeping = False

    # --- what is shown ----------------------------------------------------------------------------------------

    def use(self, columns: Sequence[Column]) -> None:
        """Show these columns."""
        self._kept(self.runs.use, columns)
        head = self.horizontalHeader()
        for section, shown in enumerate(columns, start=1):
            self.setColumnWidth(section, shown.width)
            head.setSectionResizeMode(section, QHeaderView.ResizeMode.Interactive)
        self.setColumnWidth(_STAR, _STAR_WIDTH)
        head.setSectionResizeMode(_STAR, QHeaderView.ResizeMode.Fixed)
        self._spread()
        self._point()

    def _spread(self) -> None:
        """What is left of the room goes to the names."""
        names = next((i for i, c in enumerate(self.runs.columns, 1) if c.key == "name"), 0)
        if names:
            others = sum(self.columnWidth(i) for i in range(self.runs.columnCount()) if i != names)
            self.setColumnWidth(names, max(self.runs.columns[names - 1].width, self.viewport().width() - others))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More room, longer names."""
        super().resizeEvent(event)
        self._spread()

    def show_runs(self, runs: Sequence[RunEntry]) -> None:
        """Show these; what was chosen stays chosen where it is among them."""
        self._kept(self.runs.show, runs)

    def sort_by(self, key: str, down: bool) -> None:
        """Sort by a column."""
        self._kept(self.runs.order, key, down)
        self._point()

    def _kept(self, do: Any, *given: Any) -> None:
        """Do something to the rows and choose the same runs again."""
        self._keeping = True
        place = self.verticalScrollBar().value()
        current = self.current.path if self.current is not None else None
        do(*given)
        self._choose(self._paths, current)
        self.verticalScrollBar().setValue(place)
        self._keeping = False
        self._selected()

    def _point(self) -> None:
        section = next((i for i, c in enumerate(self.runs.columns, 1) if c.key == self.runs.by), -1)
        order = Qt.SortOrder.DescendingOrder if self.runs.down else Qt.SortOrder.AscendingOrder
        self.horizontalHeader().setSortIndicator(section, order)

    def _sort(self, section: int) -> None:
        """The first click shows what people look for at the top."""
        if section == _STAR:
            self._point()
            return
        shown = self.runs.columns[section - 1]
        down = not self.runs.down if shown.key == self.runs.by else shown.down
        self.sort_by(shown.key, down)
        self.sorted.emit(shown.key, down)

    # --- choosing ---------------------------------------------------------------------------------------------

    @property
    def current(self) -> RunEntry | None:
        """The run that the keyboard is at."""
        index = self.currentIndex()
        found = index.data(RUN) if index.isValid() else None
        return found if isinstance(found, RunEntry) else None

    @property
    def selected(self) -> list[RunEntry]:
        """The chosen runs, in their order."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self.runs.runs[row] for row in rows]

    def choose(self, paths: Sequence[Path]) -> None:
        """Choose these runs."""
        self._choose(paths, paths[0] if paths else None)

    def _choose(self, paths: Sequence[Path], current: Path | None) -> None:
        selection = QItemSelection()
        for path in paths:
            row = self.runs.row_of(path)
            if row >= 0:
                selection.select(self.runs.index(row, 0), self.runs.index(row, self.runs.columnCount() - 1))
        model, at = self.selectionModel(), -1 if current is None else self.runs.row_of(current)
        if at >= 0:
            model.setCurrentIndex(self.runs.index(at, 1), QItemSelectionModel.SelectionFlag.NoUpdate)
        model.select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def _selected(self, *_change: object) -> None:
        if not self._keeping:
            chosen = self.selected
            self._paths = [run.path for run in chosen]
            self.chosen.emit(chosen)

    def _activated(self, index: QModelIndex) -> None:
        if index.column() != _STAR:
            self.opened.emit(index.data(RUN))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on a star only turns it on or off."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and index.column() == _STAR and event.button() == Qt.MouseButton.LeftButton:
            self.starred.emit(index.data(RUN))
            return
        super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with the chosen runs, at the mouse or, with the keyboard's own key, at the run."""
        if self.selected:
            by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
            place = self.visualRect(self.currentIndex()).center() if by_key else event.pos()
            self.menuWanted.emit(self.viewport().mapToGlobal(place))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens what is chosen, on every system; Delete deletes it; S is for stars."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self.opened.emit(self.current)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.selected:
            self.deleted.emit()
        elif event.key() == Qt.Key.Key_S and not event.modifiers() and self.current is not None:
            self.starred.emit(self.current)
        else:
            super().keyPressEvent(event)


class Padded(QStyledItemDelegate):
    """Room at both sides of the words."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """In from the edges."""
        super().initStyleOption(option, index)
        option.rect = option.rect.adjusted(4, 0, -6, 0)


def _side(shown: Column) -> Qt.AlignmentFlag:
    across = Qt.AlignmentFlag.AlignRight if shown.right else Qt.AlignmentFlag.AlignLeft
    return Qt.AlignmentFlag.AlignVCenter | across
