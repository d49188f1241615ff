"""The mapping panel: the network's weights, the file's weights, and which comes from which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QListView,
    QSplitter,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.errors import UsageError
from designer.exchange.mapping.fit import Fit, propose
from designer.exchange.mapping.weight import Weight
from designer.ui.parts import label
from designer.ui.theme import icon, notifier
from designer.ui.weights.decision import Decision
from designer.ui.weights.rows import HOW, NAME, SHAPE, SOURCE, STATE, THERE, WEIGHT, WeightRows, WeightTable
from designer.ui.weights.sources import SourceLines, SourceList, SourcePicker
from designer.ui.words import count

__all__ = ["MappingPage"]

_WIDTHS = {STATE: 112, NAME: 230, SHAPE: 84, SOURCE: 250, THERE: 84, HOW: 152}
_NARROW = 780  # px; names need the room then, and the field below says how


class MappingPage(QWidget):
    """``changed`` follows whatever alters the mapping."""

    changed = Signal()

    def __init__(
        self, network: Sequence[Weight], parts: Mapping[str, Sequence[Weight]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._network, self._parts = tuple(network), dict(parts)
        self.part = next(iter(self._parts))
        self.table_model = WeightTable(self._proposed(), self)
        self.rows = WeightRows(self)
        self.rows.setSourceModel(self.table_model)
        self.sources = SourceList(self.fit, self)
        self.sources.show(self.fit)
        self.picker: SourcePicker | None = None
        self._build()
        self.table_model.altered.connect(self._altered)
        notifier().changed.connect(self.table.viewport().update)
        self._altered()
        if not self.fit.complete:
            self.problems.click()
        self._choose_first()

    @property
    def fit(self) -> Fit:
        """The choices so far."""
        return self.table_model.fit

    def _proposed(self) -> Fit:
        return propose(self._network, self._parts[self.part])

    # --- building ----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        self.summary = label("", wrap=True, select=True)
        self.summary.setAccessibleName("What fits")
        column.addWidget(self.summary)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self._left())
        split.addWidget(self._right())
        split.setStretchFactor(0, 1)
        split.setSizes([900, 250])
        split.setChildrenCollapsible(False)
        split.setHandleWidth(1)
        column.addWidget(split, 1)
        self.decision = Decision()
        self.decision.decided.connect(self._decide)
        self.decision.picked.connect(self.pick)
        self.decision.cleared.connect(self.leave_out)
        column.addWidget(self.decision)
        QShortcut(QKeySequence.StandardKey.Undo, self, self.table_model.undo)

    def _left(self) -> QWidget:
        self.search = _search("Filter the network", self.rows.find)
        self.all, self.problems = QToolButton(), QToolButton()
        self._filter = QButtonGroup(self)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 8, 0)
        head.setSpacing(4)
        head.addWidget(self.search, 1)
        for button in (self.all, self.problems):
            button.setCheckable(True)
            self._filter.addButton(button)
            head.addWidget(button)
        self.all.setChecked(True)
        self.problems.toggled.connect(self._only_problems)
        self.table = self._table()
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        return box

    def _table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.rows)
        table.setAccessibleName("Weights of the network")
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTextElideMode(Qt.TextElideMode.ElideLeft)  # the end of a path says which weight it is
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setTabKeyNavigation(False)
        table.setDragDropMode(QAbstractItemView.DragDropMode.DropOnly)
        table.setDragDropOverwriteMode(True)  # onto rows, never between them
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(28)
        head = table.horizontalHeader()
        head.setHighlightSections(False)
        head.setMinimumSectionSize(56)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for at, width in _WIDTHS.items():
            table.setColumnWidth(at, width)
        head.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        head.setSectionResizeMode(SOURCE, QHeaderView.ResizeMode.Stretch)
        table.selectionModel().selectionChanged.connect(self._selected)
        table.doubleClicked.connect(self.pick)
        table.installEventFilter(self)
        return table

    def _right(self) -> QWidget:
        self.source_search = _search("Filter the file", self.sources.find)
        self.unused = QToolButton()
        self.unused.setCheckable(True)
        self.unused.setChecked(True)
        self.unused.setToolTip("Show only what goes nowhere yet")
        self.unused.toggled.connect(self._only_unused)
        self.parts = QComboBox()
        self.parts.setAccessibleName("Part of the file")
        self.parts.setToolTip("This file holds several state dicts")
        for name, weights in self._parts.items():
            self.parts.addItem(f"{name or 'top level'} ({count(len(weights))})", name)
        self.parts.setVisible(len(self._parts) > 1)
        self.parts.activated.connect(self._other_part)
        self.list = QListView()
        self.list.setModel(self.sources)
        self.list.setItemDelegate(SourceLines(self.list))
        self.list.setAccessibleName("Weights of the file")
        self.list.setUniformItemSizes(True)
        self.list.setDragEnabled(True)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.source_search, 1)
        head.addWidget(self.unused)
        box = QWidget()
        box.setMinimumWidth(220)
        column = QVBoxLayout(box)
        column.setContentsMargins(8, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.parts)
        column.addWidget(self.list, 1)
        return box

    # --- following ---------------------------------------------------------------------------------------------

    def _altered(self) -> None:
        number = self.fit.tally()
        left = number["shape"] + number["guess"] + number["missing"]
        self.all.setText(f"All {count(len(self.fit.network))}")
        self.problems.setText(f"To look at {count(left)}")
        self.unused.setText(f"Unused {count(len(self.fit.unused))}")
        self.summary.setText(self.fit.sentence)
        self.sources.show(self.fit)
        self._selected()
        self.changed.emit()

    def selected(self) -> list[str]:
        """The chosen weights of the network."""
        return [str(index.data(WEIGHT)) for index in self.table.selectionModel().selectedRows()]

    def _selected(self) -> None:
        self.decision.show_rows(self.fit, self.selected())

    def _choose_first(self) -> None:
        if self.rows.rowCount():
            self.table.selectRow(0)

    def _only_problems(self, on: bool) -> None:
        self.rows.only_problems(on)
        self._choose_first()

    def _only_unused(self, on: bool) -> None:
        self.sources.only_unused(on)

    def _other_part(self, at: int) -> None:
        self.part = str(self.parts.itemData(at))
        self.table_model.show(self._proposed())
        self.rows.look_again()
        self._choose_first()

    # --- deciding ----------------------------------------------------------------------------------------------

    def take_guesses(self) -> None:
        """Take what order and shapes suggest; they stay marked as such."""
        self.table_model.accept_guesses()

    def start_over(self) -> None:
        """As it was proposed."""
        self.table_model.show(self._proposed())
        self.rows.look_again()
        self._choose_first()

    def _decide(self, names: list[str], by: str, rows: tuple[int, ...]) -> None:
        self._try(lambda: self.table_model.decide(names, by, rows))

    def leave_out(self) -> None:
        """The chosen weights come from nowhere."""
        names = [name for name in self.selected() if name in self.fit.choices]
        if names:
            self.table_model.assign(names, None)

    def pick(self) -> None:
        """Choose a weight of the file for the chosen row, with the keyboard."""
        names = self.selected()
        if len(names) != 1 or self.picker is not None:
            return
        picker = SourcePicker(self, self.fit, names[0], self.table.setFocus)
        picker.chosen.connect(self._picked)
        picker.closed.connect(self._pick_closed)
        self.picker = picker
        row = self.table.visualRect(self.table.currentIndex()).bottomLeft()
        picker.open_at(self.table.viewport().mapTo(self, QPoint(130, row.y() + 4)))

    def _picked(self, source: str) -> None:
        names = self.selected()
        self._try(lambda: self.table_model.assign(names, source))

    def _pick_closed(self) -> None:
        if self.picker is not None:
            self.picker.deleteLater()
            self.picker = None

    def _try(self, do: object) -> None:
        assert callable(do)
        try:
            do()
        except UsageError as error:
            self.decision.words.setText(error.message)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of the table (Enter chooses from the file, Delete leaves out), and its width."""
        if watched is self.table and event.type() == QEvent.Type.Resize:
            self.table.setColumnHidden(HOW, self.table.width() < _NARROW)
        if watched is self.table and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
                self.pick()
                return True
            if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
                self.leave_out()
                return True
        return super().eventFilter(watched, event)


def _search(hint: str, find: object) -> QLineEdit:
    made = QLineEdit()
    made.setPlaceholderText(hint)
    made.setAccessibleName(hint)
    made.setClearButtonEnabled(True)
    made.addAction(icon("mdi6.magnify", "muted"), QLineEdit.ActionPosition.LeadingPosition)
    made.textChanged.connect(find)
    return made
