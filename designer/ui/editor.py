"""The editor: canvas in the middle, panels around it, and the signals between them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject, QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QDockWidget,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTabBar,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from designer.project.settings import Settings
from designer.ui import outcome
from designer.ui.canvas.spoken import Voice
from designer.ui.canvas.view import CanvasView
from designer.ui.data_files import read_otherwise
from designer.ui.editors import set_flag
from designer.ui.health.wiring import show_step
from designer.ui.panels.code import CodePanel
from designer.ui.panels.inspector import Inspector
from designer.ui.panels.outline import Outline
from designer.ui.panels.palette import Palette
from designer.ui.panels.problems import ProblemsPanel
from designer.ui.panels.training import TrainingPanel
from designer.ui.parts import label
from designer.ui.place import from_text
from designer.ui.theme import font, icon

if TYPE_CHECKING:
    from designer.ui.data.page import DataPanel
    from designer.ui.health.page import HealthPanel
    from designer.ui.panels.report import ReportPanel
    from designer.ui.panels.results import ResultsPanel
    from designer.ui.window import MainWindow

__all__ = ["Editor"]

_LEFT, _RIGHT, _BOTTOM = (
    Qt.DockWidgetArea.LeftDockWidgetArea,
    Qt.DockWidgetArea.RightDockWidgetArea,
    Qt.DockWidgetArea.BottomDockWidgetArea,
)
# Name, title, area, first width or height.
_PANELS = (
    ("palette", "Blocks", _LEFT, 224),
    ("outline", "Outline", _LEFT, 224),
    ("inspector", "Inspector", _RIGHT, 304),
    ("problems", "Problems", _BOTTOM, 232),
    ("code", "Code", _BOTTOM, 232),
    ("report", "Report", _BOTTOM, 232),
    ("training", "Training", _BOTTOM, 232),
    ("results", "Results", _BOTTOM, 232),
    ("health", "Health", _BOTTOM, 232),
    ("data", "Data", _BOTTOM, 232),
)
_LAZY = ("report", "results", "health", "data")  # made when somebody looks


class Editor(QObject):
    """Made once by the window, shown when a project is open."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        bridge = window.bridge
        self.canvas = CanvasView(bridge)
        self.voice = Voice(self.canvas)
        self.palette = Palette()
        self.outline = Outline(bridge)
        self.inspector = Inspector(bridge)
        self.problems = ProblemsPanel(bridge)
        self.code = CodePanel(bridge)
        self.training = TrainingPanel()
        self._results: ResultsPanel | None = None
        self._report: ReportPanel | None = None
        self._health: HealthPanel | None = None
        self._data: DataPanel | None = None
        self._holders: dict[str, QVBoxLayout] = {}
        self.page = QWidget()
        column = QVBoxLayout(self.page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._banner())
        column.addWidget(self.canvas, 1)
        window.pages.addWidget(self.page)
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        window.setCorner(Qt.Corner.BottomLeftCorner, _LEFT)
        window.setCorner(Qt.Corner.BottomRightCorner, _BOTTOM)
        self.docks: dict[str, QDockWidget] = {}
        self._sync = QTimer(self)
        self._sync.setSingleShot(True)
        self._sync.setInterval(0)
        self._sync.timeout.connect(self._show_front)
        for name, title, area, _ in _PANELS:
            self._dock(name, title, area)
        self._placed = self._leading = False
        self._open: list[QDockWidget] = []
        self._first = window.saveState()
        self._connect()
        self.use(window.settings)

    def _banner(self) -> QFrame:
        self.banner = QFrame()
        set_flag(self.banner, "frame", "banner")
        row = QHBoxLayout(self.banner)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(8)
        mark = QLabel()
        mark.setPixmap(icon("mdi6.lock-outline", "warn").pixmap(QSize(16, 16)))
        row.addWidget(mark)
        self._holder = label("", wrap=True)
        row.addWidget(self._holder, 1)
        again = QPushButton("Try again")
        again.setToolTip("Open the project for editing if it is free now")
        again.clicked.connect(self._again)
        copy = QPushButton("Edit a copy…")
        copy.clicked.connect(self._copy)
        row.addWidget(again)
        row.addWidget(copy)
        self.banner.hide()
        return self.banner

    def _dock(self, name: str, title: str, area: Qt.DockWidgetArea) -> None:
        dock = QDockWidget(title, self.window)
        dock.setObjectName(name)
        holder = QWidget()
        inside = QVBoxLayout(holder)
        inside.setContentsMargins(0, 0, 0, 0)
        self._holders[name] = inside
        if name not in _LAZY:
            self._put(name, getattr(self, name))
        dock.setWidget(holder)
        dock.visibilityChanged.connect(self._sync_later)
        dock.setFeatures(
            QDockWidget.DockWidgetFeature.DockWidgetMovable | QDockWidget.DockWidgetFeature.DockWidgetClosable
        )
        if name == "inspector":
            head = label("Inspector", "dock")
            head.setContentsMargins(16, 9, 16, 6)
            dock.setTitleBarWidget(head)
        else:
            dock.setTitleBarWidget(QWidget())  # its tab says what it is
        mates = [d for n, d in self.docks.items() if next(p[2] for p in _PANELS if p[0] == n) == area]
        self.window.addDockWidget(area, dock)
        if mates:
            self.window.tabifyDockWidget(mates[-1], dock)
        self.docks[name] = dock

    def _put(self, name: str, panel: QWidget) -> None:
        panel.hide()
        self._holders[name].addWidget(panel)

    @property
    def results(self) -> ResultsPanel:
        """The results panel; made at the first call, because it brings NumPy along, which nothing before needs."""
        if self._results is None:
            from designer.ui.panels.results import ResultsPanel

            self._results = ResultsPanel()
            self._results.exportRequested.connect(self.window.running.export)
            self._results.measured.connect(partial(outcome.tell, self.window))
            self._put("results", self._results)
            self._sync_later()
        return self._results

    @property
    def health(self) -> HealthPanel:
        """The health panel; made at the first call."""
        if self._health is None:
            from designer.ui.health.wiring import make_panel

            self._health = make_panel(self.window, self)
            self._put("health", self._health)
            self._sync_later()
        return self._health

    @property
    def data(self) -> DataPanel:
        """The data panel; made at the first call."""
        if self._data is None:
            from designer.ui.data.wiring import make_panel

            self._data = make_panel(self.window)
            self._put("data", self._data)
            self._sync_later()
        return self._data

    @property
    def report(self) -> ReportPanel:
        """The report panel; made at the first call."""
        if self._report is None:
            from designer.ui.panels.report import ReportPanel

            self._report = ReportPanel(self.window.bridge)
            self._report.jump.connect(self.go_to)
            self._report.said.connect(self.window.status)
            self._report.saveAsked.connect(self.window.reports.ask)
            self._report.batchChosen.connect(partial(self.canvas.optionChanged.emit, "batch"))
            self._report.set_batch(self.window.settings.batch)
            self._put("report", self._report)
            self._sync_later()
        return self._report

    def _sync_later(self, _visible: bool = False) -> None:
        self._sync.start()

    def _show_front(self) -> None:
        """Qt keeps the panels behind a tab shown, only out of sight; ours work when they are shown, so hide them."""
        for name, dock in self.docks.items():
            in_front = dock.isVisible() and (dock.isFloating() or dock.geometry().right() >= 0)
            if name in _LAZY and getattr(self, f"_{name}") is None and not in_front:
                continue
            panel: QWidget = getattr(self, name)
            if panel.isHidden() == in_front:
                panel.setVisible(in_front)

    def _connect(self) -> None:
        window = self.window
        self.canvas.selectionChanged.connect(self._selected)
        self.canvas.statusMessage.connect(window.status)
        self.canvas.zoomChanged.connect(window.status_bar.set_zoom)
        self.canvas.renameAsked.connect(self._name)
        self.palette.blockChosen.connect(self._add)
        self.outline.selected.connect(self._from_outline)
        self.outline.activated.connect(self.go_to)
        self.problems.jump.connect(self.go_to)
        self.problems.counted.connect(self._counted)
        self.code.blockClicked.connect(self._line_clicked)
        self.training.trainRequested.connect(window.running.ask_train)
        self.training.showBlock.connect(self.go_to)
        self.training.stepAsked.connect(partial(show_step, window))
        self.training.area.said.connect(window.toasts.show)
        self.training.area.root = self._runs_root
        self.inspector.renamed.connect(self._renamed)
        self.inspector.repaired.connect(self.canvas.setFocus)
        self.inspector.narrowed.connect(self.canvas.inside.pick)
        self.inspector.asked.connect(self.go_to)
        self.inspector.weighed.connect(self.canvas.preview.show)
        self.problems.weighed.connect(self.canvas.preview.show)
        self.inspector.group.entered.connect(self.canvas.inside.enter)
        self.inspector.group.toggled.connect(self.canvas.inside.toggle)
        self.inspector.group.left.connect(self.canvas.inside.leave)
        self.problems.repaired.connect(self._repaired)
        for panel in (self.problems, self.inspector):
            panel.readOtherwise.connect(partial(read_otherwise, window))
        self.problems.decided.connect(window.user_code.decide)
        self.inspector.decided.connect(window.user_code.decide)
        self.problems.refresh()
        window.bridge.retried.connect(self.canvas.canvas.staging.relabel)

    # --- showing ---------------------------------------------------------------------------------------------

    def show(self, arrangement: str = "") -> None:
        """Show all panels, the first time as they were left."""
        if self._placed:
            for dock in self._open:
                dock.show()
            return
        self._placed = True
        self._settle(arrangement)

    def _settle(self, arrangement: str) -> None:
        for dock in self.docks.values():
            dock.show()
        if not arrangement or not self._restore(from_text(arrangement)):
            self.reset()
        self.window.toolbar.show()
        for bar in self.window.findChildren(QTabBar):
            bar.setExpanding(False)
            bar.setDrawBase(False)
            bar.setDocumentMode(True)

    def _restore(self, state: QByteArray) -> bool:
        """Put all panels where they were; whether that could be read.

        Qt makes new tab bars for it and forgets the old ones, which would stand about.
        """
        direct = Qt.FindChildOption.FindDirectChildrenOnly
        before = self.window.findChildren(QTabBar, options=direct)
        done = self.window.restoreState(state)
        if len(self.window.findChildren(QTabBar, options=direct)) > len(before):
            for bar in before:
                bar.hide()
        return done

    def hide(self) -> None:
        """Hide all panels; `show` brings back those that were open."""
        self._open = [dock for dock in self.docks.values() if not dock.isHidden()]
        for dock in self.docks.values():
            dock.hide()

    def reset(self) -> None:
        """Every panel where it was at first."""
        self._restore(self._first)
        for name, dock in self.docks.items():
            dock.show()
            dock.setFloating(False)
            if name in ("palette", "problems"):
                dock.raise_()
        for area, across in ((_LEFT, True), (_RIGHT, True), (_BOTTOM, False)):
            most = self.window.height() * 0.28 if area == _BOTTOM else 1000.0
            chosen = [(self.docks[n], int(min(size, most))) for n, _, a, size in _PANELS if a == area]
            way = Qt.Orientation.Horizontal if across else Qt.Orientation.Vertical
            self.window.resizeDocks([d for d, _ in chosen], [s for _, s in chosen], way)
        self.docks["palette"].raise_()
        self.docks["problems"].raise_()
        self.window.toolbar.show()

    def raise_panel(self, name: str, least: int = 0) -> None:
        """Open a panel and bring it to the front, at least so many pixels high."""
        dock = self.docks[name]
        dock.show()
        dock.raise_()
        if 0 < dock.height() < least and not dock.isFloating():
            self.window.resizeDocks([dock], [least], Qt.Orientation.Vertical)
        getattr(self, name).show()

    def set_holder(self, sentence: str) -> None:
        """Say who has the file and why nothing can be edited; empty when it can."""
        self._holder.setText(sentence)
        self.banner.setVisible(bool(sentence))
        self.canvas.set_read_only(bool(sentence))
        self.palette.setEnabled(not sentence)

    def use(self, settings: Settings) -> None:
        """Take over what the settings say about the editor."""
        mono = font("mono")
        mono.setPixelSize(round(settings.code_font_size * 96 / 72 * 0.82))
        self.code.view.setFont(mono)
        self.canvas.use(settings)
        self.training.area.use(settings)
        self.inspector.cost.set_batch(settings.batch)
        if self._report is not None:
            self._report.set_batch(settings.batch)

    def _runs_root(self) -> Path:
        """Where the runs of the project lie, for those who compare with them."""
        from designer.ui.run_folders import runs_root

        return runs_root(self.window.session.path, self.window.settings.runs_folder)

    def close(self) -> None:
        """Stop what runs in the panels before the window goes."""
        self._sync.stop()
        self.training.area.close_down()
        if self._data is not None:
            self._data.close_down()
        for part in (self.training, self._results, self.canvas):
            if part is not None:
                part.close()

    # --- strings ---------------------------------------------------------------------------------------------

    def go_to(self, name: str) -> None:
        """Select a block or group and bring it into view."""
        network = self.window.bridge.document.network
        if name in network or network.is_prefix(name):
            self.canvas.reveal(name)

    def _pick(self, names: list[str]) -> None:
        """What was chosen in a panel is selected, in the group where it lies."""
        self.canvas.inside.pick(names)
        if len(names) == 1:
            self.canvas.reveal_softly(names[0])

    def _line_clicked(self, name: str) -> None:
        self._pick([name])

    def _from_outline(self, names: list[str]) -> None:
        self._leading = True  # what is chosen there stays as it is
        try:
            self._pick(names)
        finally:
            self._leading = False

    def _selected(self, names: list[str]) -> None:
        self._inspect(names)
        self.code.select(self.canvas.document.network.blocks_of(names))
        if self._report is not None:
            self._report.select(names)
        if not self._leading:
            self.outline.select(names)

    def _inspect(self, names: list[str]) -> None:
        notes, group = sorted(self.canvas.canvas.sheets.chosen), self.canvas.inside.subject()
        if notes and not names:
            self.inspector.show_notes(notes)
        elif group:
            self.inspector.show_group(group, inside=group == self.canvas.canvas.scope)
        else:
            self.inspector.show_blocks(names)

    def _renamed(self, _old: str, new: str) -> None:
        self.canvas.select(self.canvas.inside.seen([new]))

    def _repaired(self) -> None:
        if not self.problems.model.problems:  # the list has nothing left to work on
            self.canvas.setFocus()

    def _name(self, _name: str) -> None:
        self.raise_panel("inspector")
        self.inspector.edit_name()

    def _add(self, block_type: str) -> None:
        self.canvas.add_block(block_type)

    def _counted(self, errors: int, warnings: int) -> None:
        total = errors + warnings
        self.docks["problems"].setWindowTitle(f"Problems ({total})" if total else "Problems")

    def _again(self) -> None:
        path = self.window.session.path
        if path is not None:
            self.window.files.load(path)

    def _copy(self) -> None:
        self.window.files.save_as()
