"""The Data panel: what the data are, their samples as a grid, figures, the head of a table, and what is left out."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QMenu,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from designer.data.browse.items import DAMAGED, ELSEWHERE, SPLITS, TWIN
from designer.data.recognise import Overview
from designer.data.spec import DataSpec
from designer.jobs.browsing import Tile
from designer.ui.data.browser import Browser, overview_of_job
from designer.ui.data.details import Details, is_file
from designer.ui.data.figures import Figures
from designer.ui.data.filters import Filters
from designer.ui.data.grid import ThumbGrid
from designer.ui.data.head import HeadView
from designer.ui.panels.run_widgets import EmptyPage
from designer.ui.parts import Facts, label

__all__ = ["DataPanel"]

_HINT = "Drop a folder, a table, sounds, signals or a .zip on the window, or choose one."
_NO_DATA = "No data yet"
_NARROW = 960  # pixels
_SAMPLES, _FIGURES, _TABLE, _OUT = range(4)


class DataPanel(QWidget):
    """``chooseAsked`` says whether a folder (else a file) is to be chosen; ``seen`` carries data and what they are."""

    chooseAsked = Signal(bool)  # noqa: N815
    trainAsked = Signal()  # noqa: N815
    seen = Signal(object, object)

    def __init__(self, browser: Browser, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Data")
        self.browser = browser
        self.ready: Callable[[], bool] = lambda: True  # whether the worker can be asked
        self.facts: dict[str, Any] = {}
        self._wanted: DataSpec | None = None
        self._build()
        self._connect()
        self._show_empty()

    # --- building ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.empty = EmptyPage("mdi6.folder-image", _NO_DATA, _HINT, "Choose a folder…")
        self.wait = EmptyPage("mdi6.folder-search-outline", "Looking at the data", "")
        self.bar = QProgressBar()
        self.bar.setMaximumWidth(320)
        self.bar.setTextVisible(False)
        column = self.wait.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(column.count() - 1, self.bar, 0, Qt.AlignmentFlag.AlignHCenter)
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._words())
        row.addWidget(self._tabs(), 1)
        self.details = Details()
        self.details.hide()
        row.addWidget(self.details)
        self._stack = QStackedWidget()
        for part in (self.empty, self.wait, page):
            self._stack.addWidget(part)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)

    def _words(self) -> QWidget:
        self.title, self.kind = label("", "strong", wrap=True), label("", "muted", wrap=True)
        self.rows = Facts(name_width=78)
        self.notes = label("", "small", wrap=True, select=True)
        self.choose = QPushButton("Change…")
        menu = QMenu(self.choose)
        menu.addAction("A folder…").triggered.connect(lambda: self.chooseAsked.emit(True))
        menu.addAction("A file…").triggered.connect(lambda: self.chooseAsked.emit(False))
        self.choose.setMenu(menu)
        self.check = QPushButton("Check all")
        self.check.setToolTip("Read every sample once: find those that cannot be read and those that are there twice")
        self.train = QPushButton("Train…")
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(12, 8, 8, 8)
        column.setSpacing(6)
        for part in (self.title, self.kind, self.rows, self.notes):
            column.addWidget(part)
        column.addStretch(1)
        buttons = QHBoxLayout()
        for button in (self.choose, self.check, self.train):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column.addLayout(buttons)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(inside)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFixedWidth(280)
        self._side = area
        for widget in (area.viewport(), inside):
            widget.setAutoFillBackground(False)
        return area

    def _tabs(self) -> QTabWidget:
        self.grid, self.filters = ThumbGrid(), Filters()
        samples = QWidget()
        column = QVBoxLayout(samples)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.filters)
        column.addWidget(self.grid, 1)
        self.figures, self.head, self.out = Figures(), HeadView(), QListWidget()
        self.out.setFrameShape(QFrame.Shape.NoFrame)
        self.out.setAccessibleName("What cannot be read, and what is there twice")
        self.out.setWordWrap(True)
        self.out.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        for part, name in (
            (samples, "Samples"),
            (self.figures, "Figures"),
            (self.head, "Table"),
            (self.out, "Findings"),
        ):
            self.tabs.addTab(part, name)
        return self.tabs

    def _connect(self) -> None:
        browser, grid = self.browser, self.grid
        browser.told.connect(self._told)
        browser.tiles.connect(grid.take)
        browser.large.connect(self._large)
        browser.figures.connect(self._figures)
        browser.checked.connect(self._checked)
        browser.progress.connect(self._progress)
        browser.failed.connect(self._failed)
        grid.wanted.connect(browser.want)
        grid.picked.connect(browser.want_large)
        grid.opened.connect(self._open_item)
        grid.menuAsked.connect(self._menu)
        self.filters.changed.connect(self._filter)
        self.filters.sized.connect(grid.set_side)
        self.figures.classChosen.connect(self._show_class)
        self.details.closed.connect(self._close_details)
        self.details.fileAsked.connect(show_file)
        self.empty.pressed.connect(partial(self.chooseAsked.emit, True))
        self.check.clicked.connect(self._check)
        self.train.clicked.connect(self.trainAsked)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._look)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where it is narrow, a chosen sample takes the place of the words."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        self._side.setVisible(self.details.isHidden() or self.width() >= _NARROW)

    # --- which data ------------------------------------------------------------------------------------------------

    def show_data(self, spec: DataSpec | None) -> None:
        """Show these data, as soon as somebody looks."""
        if spec != self._wanted:
            self._wanted = spec
            self._look_soon()

    def _look_soon(self) -> None:
        if self.isVisible():
            self._soon.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Now somebody looks."""
        super().showEvent(event)
        self._look_soon()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks: nothing is to be begun."""
        super().hideEvent(event)
        self._soon.stop()

    def _look(self) -> None:
        spec = self._wanted
        if spec is not None and spec == self.browser.spec:
            return
        if spec is None:
            self.browser.leave()
            self._show_empty()
        elif self.ready():
            self._begin(spec)
        else:
            self._say("The engine is starting", "The data are looked at as soon as it is ready.")

    def engine_ready(self) -> None:
        """The worker can be asked now."""
        self._look_soon()

    def _begin(self, spec: DataSpec) -> None:
        self.facts = {}
        self.grid.clear()
        self._close_details()
        self.out.clear()
        self.wait.hint.setText(spec.source)
        self.bar.setRange(0, 0)
        self._stack.setCurrentWidget(self.wait)
        self.browser.look(spec)

    def _show_empty(self) -> None:
        self._say(_NO_DATA, _HINT)

    def _say(self, title: str, hint: str) -> None:
        self.empty.title.setText(title)
        self.empty.hint.setText(hint)
        self._stack.setCurrentWidget(self.empty)

    # --- what the worker says ----------------------------------------------------------------------------------------

    def _progress(self, fraction: float | None, words: str) -> None:
        self.bar.setRange(0, 0 if fraction is None else 1000)
        if fraction is not None:
            self.bar.setValue(round(1000 * fraction))
        self.wait.hint.setText(words)

    def _failed(self, sentence: str) -> None:
        self._say("The data cannot be shown", sentence)

    def _told(self, facts: dict[str, Any]) -> None:
        spec, found = self.browser.spec, overview_of_job(facts.get("overview"))
        total = facts.get("total")
        if spec is None or found is None or not isinstance(total, int):
            self._failed("The worker's answer cannot be understood.")
            return
        self.facts = facts
        self._show_words(spec, found)
        self.filters.targets, self.filters.split = self.browser.array("targets"), self.browser.array("split")
        self.filters.show_facts(found.classes if found.kind != "values" else ())
        self.grid.show_validation(self.filters.split)
        self.grid.empty_words = "No sample is like that."
        self.figures.show_distribution(facts.get("distribution") or {})
        table = facts.get("table")
        self.tabs.setTabVisible(_TABLE, isinstance(table, dict))
        if isinstance(table, dict):
            self.head.show_head(table)
        self.tabs.setTabVisible(_OUT, False)
        self._stack.setCurrentIndex(2)
        self._filter()
        self.seen.emit(spec, found)

    def _show_words(self, spec: DataSpec, found: Overview) -> None:
        path = Path(spec.source)
        self.title.setText(path.name if path.is_absolute() else found.title)
        self.kind.setText(found.title if path.is_absolute() else "")
        self.kind.setVisible(bool(self.kind.text()))
        word = {"classes": "Classes", "labels": "Labels", "values": "To predict"}[found.kind]
        many = found.samples + found.held_out
        splits = self.facts.get("splits") or {}
        rows = [("Samples", f"{many:,} {found.word}s"), ("Size", "×".join(map(str, found.size)))]
        rows.append((word, _some(found.classes)))
        rows += [(name, f"{splits[name]:,}") for name in SPLITS if splits.get(name)]
        if found.groups:
            rows.append(("Groups", f"{found.groups:,}"))
        self.rows.set_rows(rows)
        how = str(self.facts.get("how") or "")
        self.notes.setText("\n".join([f"Split: {how}.".replace("..", "."), *found.notes] if how else found.notes))

    def _figures(self, found: dict[str, Any]) -> None:
        self.figures.show_figures(found)
        damaged = found.get("damaged", 0)
        if damaged and found.get("over"):
            self._list([f"{self._short(name)}: {why}" for name, why in found.get("skipped", [])], damaged)

    def _list(self, lines: list[str], count: int) -> None:
        self.out.clear()
        self.out.addItems(lines)
        self.tabs.setTabText(_OUT, f"Findings ({count:,})")
        self.tabs.setTabVisible(_OUT, bool(lines))

    # --- a check of all ----------------------------------------------------------------------------------

    def _check(self) -> None:
        self.check.setEnabled(False)
        self.browser.check()

    def _checked(self, found: dict[str, Any]) -> None:
        if not found.get("over"):
            self.check.setText(f"{100 * found['done'] // max(1, self.facts.get('total', 1))} %")
            return
        self.check.setText("Check all")
        self.check.setEnabled(True)
        self.filters.flags = self.browser.array("flags")
        listed = self.browser.listed()
        lines = [f"{self._short(name)}: {why}" for name, why in listed.get("skipped", [])]
        lines += [f"{self._short(a)} is the same as {self._short(b)}" for a, b in listed.get("twins", [])]
        across = f" {found['across']:,} of them are on both sides of the split." if found.get("across") else ""
        head = f"{found['damaged']:,} cannot be read; {found['twins']:,} are there more than once.{across}"
        nothing = "Every sample can be read, and none is there twice."
        self._list([head, *lines] if lines else [nothing], found["damaged"] + found["twins"])
        self.tabs.setCurrentIndex(_OUT)
        self._filter()

    def _short(self, name: str) -> str:
        """A file's name inside of the folder of the data."""
        spec = self.browser.spec
        root = f"{Path(spec.source)}{os.sep}" if spec is not None else ""
        return name.removeprefix(root)

    # --- samples -----------------------------------------------------------------------------------------

    def _filter(self) -> None:
        self.grid.show_numbers(self.filters.numbers(int(self.facts.get("total", 0))))

    def _show_class(self, number: int) -> None:
        self.filters.choose_class(number)
        self.tabs.setCurrentIndex(_SAMPLES)

    def _large(self, tile: Tile) -> None:
        if tile.number != self.grid.number():
            return
        split, flags = self.filters.split, self.filters.flags
        rows = [(("Class" if self.filters.classes.isVisibleTo(self) else "Target"), tile.target)]
        if split is not None and tile.number < len(split):
            rows.append(("Side", SPLITS[split[tile.number]]))
        state = _state(int(flags[tile.number])) if flags is not None and tile.number < len(flags) else ""
        rows += [("State", state)] if state else []
        self.details.show_item(tile, rows)
        self.details.show()
        self._make_room()

    def _close_details(self) -> None:
        self.details.hide()
        self._make_room()

    def _open_item(self, number: int) -> None:
        thumb = self.grid.shelf.get(number)
        if thumb is not None and is_file(thumb.name):
            show_file(thumb.name, True)

    def _menu(self, number: int, at: QPoint) -> None:
        thumb = self.grid.shelf.get(number)
        if thumb is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if is_file(thumb.name):
            menu.addAction("Show file").triggered.connect(partial(show_file, thumb.name, False))
            menu.addAction("Open").triggered.connect(partial(show_file, thumb.name, True))
        copy = menu.addAction("Copy name")
        copy.triggered.connect(partial(QGuiApplication.clipboard().setText, thumb.name))
        if (
            self.filters.targets is not None
            and self.filters.targets.dtype.kind in "iu"
            and self.filters.targets.ndim == 1
        ):
            only = menu.addAction(f"Only {thumb.target}")
            only.triggered.connect(partial(self.filters.choose_class, int(self.filters.targets[number])))
        menu.popup(at)

    def close_down(self) -> None:
        """The window goes."""
        self._soon.stop()
        self.grid.stop()
        self.browser.close()


def show_file(name: str, open_it: bool) -> None:
    """Show a file in its folder, or open it with the program that this computer uses for it."""
    path = Path(name)
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path if open_it else path.parent)))


def _state(flags: int) -> str:
    words = []
    if flags & DAMAGED:
        words.append("cannot be read")
    if flags & ELSEWHERE:
        words.append("the same as one on the other side of the split")
    elif flags & TWIN:
        words.append("there more than once")
    return ", ".join(words)


def _some(names: tuple[str, ...]) -> str:
    return f"{len(names):,}: {', '.join(names[:6])}{', …' if len(names) > 6 else ''}"
