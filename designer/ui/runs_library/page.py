"""The page of the run library: what is looked for, the table, the facts of what is chosen; or a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from designer.errors import LayerloomError
from designer.graph.words import plural
from designer.jobs.about import keep_about
from designer.jobs.columns import COLUMNS, column
from designer.jobs.library import RunEntry
from designer.ui.editors import set_flag
from designer.ui.parts import EmptyState, label
from designer.ui.runs_library.compare import CompareView
from designer.ui.runs_library.details import Details
from designer.ui.runs_library.filters import Filters
from designer.ui.runs_library.reading import Reader
from designer.ui.runs_library.table import RunTable
from designer.ui.theme import icon

__all__ = ["RunsPage"]

_NOTHING = "Every training of the project is kept here. Train a network, or look at another folder."


class RunsPage(QWidget):
    """``asked(deed, runs)`` carries what is to be done with runs; ``trouble`` is a sentence for the person.

    What people write to a run is put into its folder at once. The folder of runs is read while the page is seen.
    """

    asked = Signal(str, list)
    trouble = Signal(str)
    curvesAsked = Signal(list)  # noqa: N815  Qt spells signals this way
    columnsChosen = Signal(list)  # noqa: N815
    folderWanted = Signal()  # noqa: N815
    runWanted = Signal()  # noqa: N815
    back = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Run library")
        self.reader = Reader(self)
        self.filters = Filters()
        self.table = RunTable()
        self.details = Details()
        self.compare = CompareView()
        self.place = label("", "muted")
        self.place.setMinimumWidth(1)
        self.empty = EmptyState("mdi6.chart-timeline-variant", "", "")
        self.clear_button = QPushButton("Show all runs")
        self.columns = [entry.key for entry in COLUMNS if entry.shown]
        self.menu = QMenu(self)
        self.rows = QStackedWidget()
        self.pages = QStackedWidget()
        self._build()
        self._connect()
        self.use_columns(self.columns)

    def _build(self) -> None:
        listing = QWidget()
        inner = QVBoxLayout(listing)
        inner.setContentsMargins(24, 20, 24, 20)
        inner.setSpacing(12)
        inner.addLayout(self._head())
        inner.addWidget(self.filters)
        nothing = QWidget()
        space = QVBoxLayout(nothing)
        space.addStretch(1)
        space.addWidget(self.empty)
        space.addWidget(self.clear_button, 0, Qt.AlignmentFlag.AlignHCenter)
        space.addStretch(2)
        self.rows.addWidget(self.table)
        self.rows.addWidget(nothing)
        frame = QFrame()
        set_flag(frame, "frame", "panel")
        around = QVBoxLayout(frame)
        around.setContentsMargins(1, 1, 1, 1)
        around.addWidget(self.rows)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(frame, 1)
        row.addWidget(self.details)
        inner.addLayout(row, 1)
        self.pages.addWidget(listing)
        self.pages.addWidget(self.compare)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.pages)

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(12)
        self.back_button = QPushButton(icon("mdi6.arrow-left"), "Back")
        row.addWidget(self.back_button, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(label("Runs", "heading"))
        words.addWidget(self.place)
        row.addLayout(words, 1)
        self.folder_button = QPushButton(icon("mdi6.folder-open-outline"), "Other folder…")
        self.folder_button.setToolTip("Look at the runs of another project, or of any folder")
        self.run_button = QPushButton(icon("mdi6.lan-connect"), "Attach to a run…")
        self.run_button.setToolTip("Watch a run by its folder: one of a terminal, or of another machine")
        for button in (self.folder_button, self.run_button):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _connect(self) -> None:
        self.reader.found.connect(self._found)
        self.reader.read.connect(self.refresh)
        self.filters.changed.connect(self.refresh)
        self.filters.down.connect(self._go_down)
        self.filters.columnsChosen.connect(self._choose_columns)
        self.table.chosen.connect(self.details.show_runs)
        self.table.opened.connect(self._open)
        self.table.starred.connect(self._star)
        self.table.deleted.connect(lambda: self._ask("delete"))
        self.table.menuWanted.connect(self._show_menu)
        self.details.asked.connect(self._ask)
        self.details.written.connect(self._write)
        self.compare.back.connect(self.show_list)
        self.compare.curvesAsked.connect(self.curvesAsked)
        self.back_button.clicked.connect(self.back)
        self.clear_button.clicked.connect(self.filters.clear)
        self.folder_button.clicked.connect(self.folderWanted)
        self.run_button.clicked.connect(self.runWanted)

    # --- what is shown ----------------------------------------------------------------------------------------

    def look_at(self, root: Path) -> None:
        """Show the runs of a folder."""
        self.reader.use(root)
        self.refresh()

    def use_columns(self, keys: Sequence[str]) -> None:
        """Show these columns."""
        found = [shown for key in keys if (shown := column(key)) is not None]
        self.columns = [shown.key for shown in found]
        self.table.use(found)
        self.filters.offer(self.reader.entries, self.columns)

    def _choose_columns(self, keys: list[str]) -> None:
        self.use_columns(keys)
        self.columnsChosen.emit(keys)

    def _found(self, entries: list[RunEntry]) -> None:
        self.filters.offer(entries, self.columns)
        self.refresh()

    def refresh(self) -> None:
        """Show what is looked for."""
        entries = self.reader.entries
        found = self.filters.answer(entries)
        self.table.show_runs(found)
        root = self.reader.root
        known = plural(len(entries), "run") if self.reader.complete or entries else "Reading…"
        few = f"{len(found)} of {known}" if len(found) != len(entries) else known
        where = self.place.fontMetrics().elidedText(str(root or ""), Qt.TextElideMode.ElideMiddle, 560)
        self.place.setText(f"{few} in {where}")
        self.place.setToolTip(str(root or ""))
        self.table.setAccessibleDescription(few)
        self.rows.setCurrentIndex(0 if found or not self.reader.complete else 1)
        self.empty.title.setText("No run like this" if entries else "No runs yet")
        hint = "Try fewer words, or look at all of them." if entries else _NOTHING
        self.empty.hint.setText(hint)
        self.clear_button.setVisible(bool(entries))

    def show_list(self) -> None:
        """The list of runs."""
        self.pages.setCurrentIndex(0)
        self.table.setFocus()

    def begin(self) -> None:
        """The keyboard goes to the search."""
        self.pages.setCurrentIndex(0)
        self.filters.search.setFocus()
        self.filters.search.selectAll()

    # --- what is asked ----------------------------------------------------------------------------------------

    def _ask(self, deed: str) -> None:
        self.details.settle()
        runs = self.table.selected
        if not runs:
            return
        if deed == "compare":
            self.compare.show_runs(runs)
            self.pages.setCurrentIndex(1)
            self.compare.table.setFocus()
        elif deed == "curves":
            self.curvesAsked.emit([run.path for run in runs])
        else:
            self.asked.emit(deed, runs)

    def _show_menu(self, place: QPoint) -> None:
        """The buttons below the facts, as a menu."""
        self.menu.clear()
        for name, button in self.details.buttons.items():
            if not button.isHidden():
                entry = self.menu.addAction(button.text())
                entry.triggered.connect(partial(self._do, name))
                entry.setEnabled(button.isEnabled())
                entry.setToolTip(button.toolTip())
        self.menu.popup(place)

    def _do(self, deed: str, _checked: bool = False) -> None:
        self._ask(deed)

    def _open(self, run: object) -> None:
        if isinstance(run, RunEntry):
            self.asked.emit("attach" if run.active else "open", [run])

    def _star(self, run: object) -> None:
        if isinstance(run, RunEntry):
            self._write(run, "starred", not run.about.starred)

    def _write(self, run: object, what: str, value: object) -> None:
        assert isinstance(run, RunEntry)
        try:
            keep_about(run.path, run.about.changed(**{what: value}))
        except LayerloomError as error:
            self.trouble.emit(error.message)
        self.reader.look()

    def _go_down(self) -> None:
        if self.table.runs.runs:
            self.table.setFocus()
            if not self.table.selected:
                self.table.choose([self.table.runs.runs[0].path])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the table needs the room more."""
        super().resizeEvent(event)
        self.details.setFixedWidth(340 if self.width() >= 1100 else 288)

    # --- while it is seen -------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Read the folder."""
        super().showEvent(event)
        self.reader.look()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest."""
        super().hideEvent(event)
        self.details.settle()
        self.reader.rest()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leads back; Ctrl+F to the search."""
        if event.key() == Qt.Key.Key_Escape:
            self.back.emit()
        else:
            super().keyPressEvent(event)
