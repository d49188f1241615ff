"""The window: start page and editor, panels around the canvas, and the strings between them.

What is not needed for the first paint is made after it, one piece a turn of the event loop.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QIcon, QPaintEvent
from PySide6.QtWidgets import QMainWindow, QSizePolicy, QStackedWidget, QToolBar, QToolButton, QWidget

from designer.errors import ProjectError
from designer.graph.document import Changed
from designer.project.file import View
from designer.project.settings import Settings, load_settings, save_settings
from designer.resources import resource
from designer.ui import theme as themes
from designer.ui.actions.qt import fill_menus, make_actions, refresh
from designer.ui.actions.table import TOOLBAR, rows
from designer.ui.adapting import Adapting
from designer.ui.bridge import DocumentBridge
from designer.ui.dialogs.question import ask, show_text
from designer.ui.dialogs.start import StartPage
from designer.ui.editors import set_flag
from designer.ui.files import Files
from designer.ui.importing import Importing
from designer.ui.notify import Toasts
from designer.ui.pictures import Pictures
from designer.ui.place import file_in, from_text, to_text
from designer.ui.reports import Reports
from designer.ui.running import Running
from designer.ui.session import Session
from designer.ui.status import Status
from designer.ui.user_code import UserCode

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView
    from designer.ui.editor import Editor

__all__ = ["MainWindow"]


class MainWindow(QMainWindow):
    """One window with one project. ``painted`` is sent once, after the first paint."""

    painted = Signal()
    closed = Signal()

    def __init__(self, file: Path | None = None, start_worker: bool = True) -> None:
        super().__init__()
        self.setObjectName("layerloom")
        loaded = load_settings()
        self.settings: Settings = loaded.settings
        self.bridge = DocumentBridge(parent=self)
        self.session = Session(self.bridge, self)
        self.editor: Editor | None = None
        self._painted = self._sure = self._edited_before = False
        self._new_document = True
        self._start_worker = start_worker
        self.toasts = Toasts(self)
        self.files = Files(self)
        self.pictures = Pictures(self)
        self.reports = Reports(self)
        self.running = Running(self)
        self.user_code = UserCode(self)
        self.importing = Importing(self)
        self.adapting = Adapting(self)
        self.start = StartPage([Path(p) for p in self.settings.recent], self)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.start)
        self.setCentralWidget(self.pages)
        self.actions_by_id = make_actions(self)
        fill_menus(self, self.actions_by_id)
        self._build_toolbar()
        self.status_bar = Status(self)
        self.setStatusBar(self.status_bar)
        self.setAcceptDrops(True)
        self.setMinimumSize(880, 560)
        self.setDockOptions(QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowTabbedDocks)
        self.setWindowIcon(QIcon(str(resource("icons", "layerloom.svg"))))
        self._connect()
        self._todo: list[Callable[[], object]] = []
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(0)
        self._idle.timeout.connect(self._next)
        self._restore_place()
        self.session.new()
        if file is None or not self._open_first(file):
            self.show_start()
        if loaded.notice:
            self.toasts.show("warning", loaded.notice)

    def _open_first(self, file: Path) -> bool:
        if file.exists():
            return self.files.load(file)
        self.toasts.show("error", f"{file} does not exist.")
        return False

    # --- building --------------------------------------------------------------------------------------------

    def _build_toolbar(self) -> None:
        bar = QToolBar("Toolbar")
        bar.setObjectName("toolbar")
        bar.setMovable(False)
        bar.setIconSize(QSize(18, 18))
        bar.toggleViewAction().setEnabled(False)
        with_words = {"arrange", "fit", "export", "train"}
        for name in TOOLBAR:
            if name is None:
                bar.addSeparator()
                continue
            if not name:
                space = QWidget()
                space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
                bar.addWidget(space)
                continue
            button = QToolButton()
            item = self.actions_by_id[name]
            button.setDefaultAction(item)
            button.setAccessibleName(item.text().replace("&", "").replace("…", ""))
            if name in with_words:
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
                item.setIconText(f" {button.accessibleName()}")  # Qt leaves two pixels between picture and words
            if name == "train":
                item.setIcon(themes.icon("mdi6.play", "on_accent"))
                set_flag(button, "kind", "primary")
            bar.addWidget(button)
        self.toolbar = bar
        self.addToolBar(bar)

    def _connect(self) -> None:
        self.session.changed.connect(self._describe)
        self.session.troubled.connect(partial(self.toasts.show, "warning"))
        self.bridge.changed.connect(self._edited)
        self.bridge.checked.connect(self._edited)
        self.bridge.reset.connect(self._exchanged)
        self.bridge.refused.connect(self._refused)
        self.running.changed.connect(self.refresh_actions)
        self.start.chosen.connect(self.files.start)
        self.start.opened.connect(self.files.open)
        self.start.browse.connect(self.files.browse)
        self.start.models.connect(self.importing.show_gallery)
        self.start.forgotten.connect(self.files.forget)
        self.start.restored.connect(self.files.restore)
        self.start.discarded.connect(self.files.discard)
        self.start.back_button.clicked.connect(self.show_editor)

    # --- pages -----------------------------------------------------------------------------------------------

    @property
    def has_editor(self) -> bool:
        """Whether canvas and panels have been made."""
        return self.editor is not None

    @property
    def canvas(self) -> CanvasView:
        """The canvas; made at the first call."""
        return self.build_editor().canvas

    def build_editor(self) -> Editor:
        """Canvas and panels, made once. Hidden until `show_editor`."""
        if self.editor is None:
            from designer.ui.editor import Editor

            self.editor = Editor(self)
            for row in rows():
                if row.scope == "canvas":
                    self.editor.canvas.addAction(self.actions_by_id[row.id])
            self.editor.canvas.optionChanged.connect(self._option)
            self.editor.training.area.optionChanged.connect(self._option)
            self.editor.canvas.selectionChanged.connect(self._refresh_later)
            self.editor.hide()
        return self.editor

    def show_start(self) -> None:
        """Templates and recent projects. An open project stays open."""
        self.start.set_recent([Path(p) for p in self.settings.recent])
        self.start.back_button.setVisible(self._in_use())
        self.show_page(self.start)

    def show_page(self, page: QWidget) -> None:
        """A page instead of the canvas and its panels."""
        self._edited_before = self.editing
        self.pages.setCurrentWidget(page)
        if self.editor is not None:
            self.editor.hide()
        self.toolbar.hide()
        self.status_bar.hide()
        self._describe()

    def go_back(self) -> None:
        """To where a page was opened from."""
        if self._edited_before:
            self.show_editor()
        else:
            self.show_start()

    def show_editor(self) -> None:
        """The canvas and its panels."""
        editor = self.build_editor()
        self.pages.setCurrentWidget(editor.page)
        self.toolbar.show()
        self.status_bar.show()
        editor.show(self.settings.panels)
        editor.set_holder(self.session.holder)
        editor.canvas.setFocus()
        if self._new_document:
            self.soon(self._look)  # once the panels have their places
        self._describe()

    def _look(self) -> None:
        """Show a new document as it was left, or whole."""
        view = self.session.project.view
        if self._new_document and self.editing:
            self._new_document = False
            if view == View():
                self.canvas.fit()
            else:
                self.canvas.look_at(QPointF(view.x, view.y), view.zoom)

    @property
    def editing(self) -> bool:
        """Whether the canvas is shown."""
        return self.editor is not None and self.pages.currentWidget() is self.editor.page

    def _in_use(self) -> bool:
        return self.session.path is not None or self.session.modified or bool(len(self.bridge.document.network))

    def show_panel(self, name: str) -> None:
        """Bring a panel to the front, tall enough to read."""
        tall = name in ("training", "results", "report", "health", "data")
        self.build_editor().raise_panel(name, int(self.height() * 0.36) if tall else 0)

    def find_block(self) -> None:
        """Search the blocks of the network."""
        editor = self.build_editor()
        editor.raise_panel("outline")
        editor.outline.search.setFocus()
        editor.outline.search.selectAll()

    def find_kind(self) -> None:
        """Search the kinds of blocks."""
        editor = self.build_editor()
        editor.raise_panel("palette")
        editor.palette.focus_search()

    def reset_panels(self) -> None:
        """Put all panels back to where they were at first."""
        self.build_editor().reset()

    # --- following -------------------------------------------------------------------------------------------

    def _exchanged(self) -> None:
        self._new_document = True
        self._refresh_later()

    def _edited(self, _changed: Changed) -> None:
        self._refresh_later()

    def _refresh_later(self, _names: object = None) -> None:
        """Once a turn of the event loop, however many edits there were."""
        self.soon(self.refresh_actions)

    def refresh_actions(self) -> None:
        """Enable what makes sense now, and name what undo and redo would do."""
        refresh(self, self.actions_by_id)
        document = self.bridge.document
        for name, verb, what in (("undo", "Undo", document.undo_label), ("redo", "Redo", document.redo_label)):
            self.actions_by_id[name].setText(f"&{verb} {what[:1].lower()}{what[1:]}".rstrip())
        self.status_bar.refresh()

    def _describe(self) -> None:
        """Title, read-only banner, actions."""
        session = self.session
        name = session.title + (" (read-only)" if session.read_only else "")
        shown = self.editing or self._in_use()
        self.setWindowTitle(f"{name}[*] – Layerloom" if shown else "Layerloom[*]")
        self.setWindowModified(session.modified)
        self.setWindowFilePath(str(session.path) if session.path is not None else "")
        if self.editor is not None:
            self.editor.set_holder(session.holder)
        self._refresh_later()

    def _refused(self, sentence: str) -> None:
        self.toasts.show("warning", sentence)

    def status(self, text: str) -> None:
        """A passing remark in the status bar."""
        self.status_bar.showMessage(text, 5000)

    def tell_fault(self, error: BaseException, details: str) -> None:
        """A fault of Layerloom's own: say so calmly, with the details one click away."""
        words = "Something went wrong inside Layerloom. Your work is kept; save it under another name if in doubt."
        self.toasts.show("error", words, ("Details", partial(show_text, self, "What went wrong", details)))

    # --- settings --------------------------------------------------------------------------------------------

    def keep(self, settings: Settings) -> None:
        """Use these settings and write them down."""
        self.settings = settings
        try:
            save_settings(settings)
        except ProjectError as error:
            self.toasts.show("warning", error.message)
        if themes.mode() != settings.theme:
            themes.set_theme(settings.theme)
        if self.editor is not None:
            self.editor.use(settings)
        self.running.use(settings)

    def _option(self, name: str, value: object) -> None:
        """What was switched on the canvas is remembered."""
        self.keep(self.settings.changed(**{name: value}))
        self._refresh_later()

    def show_settings(self) -> None:
        """The settings dialog."""
        from designer.ui.dialogs.settings import SettingsDialog

        dialog = SettingsDialog(self.settings, self)
        dialog.changed.connect(self.keep)
        dialog.open()

    def show_about(self) -> None:
        """Version and licences."""
        from designer.ui.dialogs.about import About

        About(self).open()

    def _restore_place(self) -> None:
        if not self.settings.window or not self.restoreGeometry(from_text(self.settings.window)):
            self.resize(1280, 800)

    # --- after the first paint -------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """The first paint starts what could wait for it."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            # What was asked for before (a file's last run, its place) comes after the message that all can be seen.
            self._todo[:0] = [self.painted.emit]
            self.soon(self.build_editor)
            self.soon(self.files.look_for_recoverable)
            if self._start_worker:
                self.soon(self.running.start)

    def soon(self, do: Callable[[], object]) -> None:
        """Do this in a later turn of the event loop, once, after the first paint."""
        if do not in self._todo:
            self._todo.append(do)
        if self._painted:
            self._idle.start()

    def _next(self) -> None:
        if not self._todo:
            return
        do = self._todo.pop(0)
        if self._todo:
            self._idle.start()  # before the call: a fault in one piece must not keep the others from being done
        do()

    # --- files dropped on the window, and the end ------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take projects, models, weights and Python files."""
        if file_in(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Do with the file that was dropped what its kind asks for."""
        path = file_in(event)
        if path is not None:
            from designer.ui.model_files import take

            event.acceptProposedAction()
            take(self, path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about a running training and unsaved edits; then put everything away."""
        if not self._sure and self.running.training:
            event.ignore()
            ask(
                self,
                "A training is running",
                "It can go on without the window; open the project again to see how it does.",
                ("Cancel", "", None),
                ("Stop training", "danger", partial(self._leave, False)),
                ("Leave it running", "primary", partial(self._leave, True)),
            )
            return
        self.files.take_typed()
        if not self._sure and self.session.modified and self.settings.confirm_close:
            event.ignore()
            self.files.guarded(self._really_leave)
            return
        self._idle.stop()
        self._todo.clear()
        self.toasts.clear()
        self._keep_place()
        self.user_code.close()
        self.importing.close()
        self.running.close()
        self.session.close()
        if self.editor is not None:
            self.editor.close()
        self.bridge.close()
        super().closeEvent(event)
        self.closed.emit()

    def _leave(self, leave_running: bool) -> None:
        self.running.leave = leave_running
        self.files.guarded(self._really_leave)

    def _really_leave(self) -> None:
        self._sure = True
        self.close()

    def _keep_place(self) -> None:
        place: dict[str, Any] = {"window": to_text(self.saveGeometry())}
        if self.editor is not None and self.editing:
            place["panels"] = to_text(self.saveState())
        try:
            save_settings(self.settings.changed(**place))
        except ProjectError:
            return  # the next start opens at the standard place
