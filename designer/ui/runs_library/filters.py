"""What is looked for among the runs, and which columns are shown."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QMenu, QToolButton, QWidget

from designer.jobs.columns import COLUMNS
from designer.jobs.figures import figure_title
from designer.jobs.library import STATES, RunEntry, wanted
from designer.ui.theme import icon

__all__ = ["Filters"]


class Filters(QWidget):
    """``changed``: something else is looked for; ``columnsChosen`` carries the keys; ``down``: on to the table."""

    changed = Signal()
    columnsChosen = Signal(list)  # noqa: N815  Qt spells signals this way
    down = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = _Search()
        self.search.setPlaceholderText("Search names, tags, notes, settings such as seed=3")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Search runs")
        self.search.addAction(icon("mdi6.magnify", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(self.changed)
        self.search.down.connect(self.down)
        self.states = QComboBox()
        self.states.setAccessibleName("State")
        self.states.addItem("Any state", "")
        self.states.addItem("Going on", "going")
        for state in STATES:
            if state not in ("starting", "running"):
                self.states.addItem(state.capitalize(), state)
        self.states.currentIndexChanged.connect(self.changed)
        self.tags = QComboBox()
        self.tags.setAccessibleName("Tag")
        self.tags.addItem("Any tag", "")
        self.tags.currentIndexChanged.connect(self.changed)
        self.stars = QToolButton()
        self.stars.setCheckable(True)
        self._dress(False)
        self.stars.setToolTip("Only runs with a star")
        self.stars.setAccessibleName("Only starred runs")
        self.stars.toggled.connect(self._dress)
        self.stars.toggled.connect(self.changed)
        self.columns = QToolButton()
        self.columns.setIcon(icon("mdi6.table-column"))
        self.columns.setToolTip("Choose the columns")
        self.columns.setAccessibleName("Choose the columns")
        self.columns.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.columns)
        self.columns.setMenu(self.menu)
        self._keys: list[str] = []
        self._figures: list[str] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.search, 1)
        row.addWidget(self.states)
        row.addWidget(self.tags)
        for button in (self.stars, self.columns):
            button.setIconSize(QSize(18, 18))
            row.addWidget(button)

    def _dress(self, on: bool) -> None:
        self.stars.setIcon(icon("mdi6.star", "warn") if on else icon("mdi6.star-outline"))

    def offer(self, entries: Sequence[RunEntry], columns: Sequence[str]) -> None:
        """Let people choose among the tags and figures that these runs have; ``columns`` are those that are shown."""
        tags = sorted({tag for entry in entries for tag in entry.about.tags}, key=str.casefold)
        if tags != [self.tags.itemData(i) for i in range(1, self.tags.count())]:
            chosen = self.tags.currentData()
            self.tags.blockSignals(True)
            while self.tags.count() > 1:
                self.tags.removeItem(1)
            for tag in tags:
                self.tags.addItem(tag, tag)
            self.tags.setCurrentIndex(max(0, self.tags.findData(chosen)))
            self.tags.blockSignals(False)
        self.tags.setVisible(bool(tags))
        figures = sorted({name for entry in entries for name in entry.digest.figures} - {"loss"})
        if [*columns] != self._keys or figures != self._figures or self.menu.isEmpty():
            self._keys, self._figures = [*columns], figures
            self._fill()

    def _fill(self) -> None:
        self.menu.clear()
        for key, title in [(entry.key, entry.title) for entry in COLUMNS]:
            self._switch(key, title)
        self.menu.addSeparator()
        for name in self._figures:
            self._switch(name, f"{figure_title(name)}, best")

    def _switch(self, key: str, title: str) -> None:
        action = self.menu.addAction(title)
        action.setCheckable(True)
        action.setChecked(key in self._keys)
        action.setEnabled(key != "name")
        action.toggled.connect(partial(self._chosen, key))

    def _chosen(self, key: str, on: bool) -> None:
        order = [*(entry.key for entry in COLUMNS), *self._figures]
        keys = {*self._keys, key} if on else {*self._keys} - {key}
        self._keys = sorted(keys, key=lambda one: order.index(one) if one in order else len(order))
        self.columnsChosen.emit(list(self._keys))

    @property
    def idle(self) -> bool:
        """Whether nothing in particular is looked for."""
        return not (
            self.search.text() or self.states.currentData() or self.tags.currentData() or self.stars.isChecked()
        )

    def answer(self, entries: Sequence[RunEntry]) -> list[RunEntry]:
        """The runs that are looked for."""
        return wanted(
            entries, self.search.text(), self.states.currentData(), self.tags.currentData(), self.stars.isChecked()
        )

    def clear(self) -> None:
        """Look for nothing in particular."""
        boxes = (self.states, self.tags, self.stars)
        for box in boxes:
            box.blockSignals(True)
        self.states.setCurrentIndex(0)
        self.tags.setCurrentIndex(0)
        self.stars.setChecked(False)
        for box in boxes:
            box.blockSignals(False)
        self._dress(False)
        if self.search.text():
            self.search.clear()  # which tells of the change; its button goes by the same signal
        else:
            self.changed.emit()


class _Search(QLineEdit):
    """Enter and the arrow down lead to what was found; Escape empties."""

    down = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that are not for writing."""
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.down.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)
