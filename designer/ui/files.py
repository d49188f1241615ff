"""What people do with files: open, save, recover. Every question opens without blocking the window."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QAbstractSpinBox, QFileDialog, QLineEdit, QMenu, QPlainTextEdit

from designer.errors import LayerloomError
from designer.project.beginning import begun
from designer.project.file import SUFFIX, View
from designer.project.journal import Recoverable, list_recoverable
from designer.ui.dialogs.question import ask, unsaved

if TYPE_CHECKING:
    from designer.graph.templates import Template
    from designer.ui.window import MainWindow

__all__ = ["Files"]

_PROJECTS = f"Layerloom projects (*{SUFFIX})"


class Files(QObject):
    """The window's hands on the disk."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        self.dialog: QFileDialog | None = None

    def fill_recent(self, menu: QMenu) -> None:
        """The projects opened last, those that are gone greyed."""
        menu.clear()
        for path in map(Path, self.window.settings.recent):
            item = menu.addAction(path.stem)
            item.setToolTip(str(path))
            item.setEnabled(path.is_file())
            item.triggered.connect(partial(self._open_recent, path))
        if menu.isEmpty():
            menu.addAction("No recent projects").setEnabled(False)

    def _open_recent(self, path: Path, _checked: bool = False) -> None:
        self.open(path)

    # --- opening ---------------------------------------------------------------------------------------------

    def guarded(self, then: Callable[[], object]) -> None:
        """Do ``then``, after asking what to do with unsaved edits where there are any."""
        self.take_typed()
        session = self.window.session
        if not session.modified or not self.window.settings.confirm_close:
            then()
            return
        unsaved(self.window, session.title, partial(self.save, then), then)

    def browse(self) -> None:
        """Ask for a project to open."""
        self._ask("Open a project", _PROJECTS, QFileDialog.AcceptMode.AcceptOpen, self.open)

    def open(self, path: Path) -> None:
        """Open a project, asking about unsaved edits first."""
        self.guarded(partial(self.load, path))

    def load(self, path: Path) -> bool:
        """Open a project at once; False, with a message, when it cannot be read."""
        window = self.window
        try:
            window.session.open(path)
        except LayerloomError as error:
            window.toasts.show("error", error.message)
            return False
        window.keep(window.settings.with_recent(path))
        window.show_editor()
        window.soon(window.running.adopt)
        project = window.session.project
        if project.weights_missing and project.weights is not None:
            window.toasts.show("warning", f"The trained weights {project.weights.name} are not beside the project.")
        return True

    def start(self, template: Template) -> None:
        """Begin with a copy of a template, asking about unsaved edits first."""
        self.guarded(partial(self._start, template))

    def _start(self, template: Template) -> None:
        self.window.session.start(begun(template))
        self.window.show_editor()

    def forget(self, path: Path) -> None:
        """Take a project off the recent ones."""
        kept = tuple(p for p in self.window.settings.recent if p != str(path))
        self.window.keep(self.window.settings.changed(recent=kept))
        self.window.start.set_recent([Path(p) for p in kept])

    # --- recovery --------------------------------------------------------------------------------------------

    def look_for_recoverable(self) -> None:
        """Offer what a crash left: on the start page, or for the open project as a message."""
        found = list_recoverable()
        self.window.start.set_recovered(found)
        path = self.window.session.path
        for item in found:
            if path is not None and item.path == path:
                text = f"Layerloom ended unexpectedly while {path.name} had unsaved edits."
                restore, discard = partial(self.restore, item), partial(self.discard, item)
                self.window.toasts.show("warning", text, ("Restore", restore), ("Discard", discard))

    def restore(self, item: Recoverable) -> None:
        """Bring the edits back as unsaved edits, asking about those of the open project first."""
        self.guarded(partial(self._restore, item))

    def _restore(self, item: Recoverable) -> None:
        try:
            if item.path is not None and item.path == self.window.session.path:
                self.window.session.close()
            self.window.session.recover(item)
        except LayerloomError as error:
            self.window.toasts.show("error", f"The edits could not be recovered. {error.message}")
            return
        self.window.start.set_recovered(list_recoverable())
        self.window.show_editor()
        self.window.toasts.show("success", "The unsaved edits are back. Save the project to keep them.")

    def discard(self, item: Recoverable) -> None:
        """Forget what a crash left."""
        item.discard()
        self.window.start.set_recovered(list_recoverable())

    # --- saving ----------------------------------------------------------------------------------------------

    def take_typed(self) -> None:
        """What is being typed counts: a field hands its text over when it is left, and gets the keyboard back."""
        field = self.window.focusWidget()
        if isinstance(field, QLineEdit | QPlainTextEdit | QAbstractSpinBox) and field.hasFocus():
            field.clearFocus()
            if field.isVisible():
                field.setFocus()

    def save(self, then: Callable[[], object] | None = None) -> None:
        """Save where the project came from; ask where it has no file. ``then`` follows only after success."""
        self.take_typed()
        session = self.window.session
        if session.path is None or session.read_only:
            self.save_as(then)
        else:
            self.save_to(session.path, then)

    def save_as(self, then: Callable[[], object] | None = None) -> None:
        """Ask for a file, save there."""
        self.take_typed()
        mode = QFileDialog.AcceptMode.AcceptSave
        name = f"{self.window.session.title}{SUFFIX}"
        self._ask("Save the project", _PROJECTS, mode, partial(self._save_chosen, then), name)

    def _save_chosen(self, then: Callable[[], object] | None, path: Path) -> None:
        self.save_to(path, then)

    def save_to(self, path: Path, then: Callable[[], object] | None = None, sure: bool = False) -> bool:
        """Save to a file; False, with a message or a question, when that was not done (yet)."""
        window = self.window
        if not sure and window.session.changed_on_disk(path):
            ask(
                window,
                f"{path.name} was changed by another program",
                "Saving writes over what that program wrote. Save under another name to keep both.",
                ("Cancel", "", None),
                ("Save over it", "danger", partial(self.save_to, path, then, True)),
                ("Save as…", "primary", partial(self.save_as, then)),
                mark="alert",
            )
            return False
        try:
            target = window.session.save(path, self._view())
        except LayerloomError as error:
            window.toasts.show("error", error.message, ("Save as…", self.save_as))
            return False
        window.keep(window.settings.with_recent(target))
        window.status(f"Saved {target.name}")
        if then is not None:
            then()
        return True

    def _view(self) -> View | None:
        if not self.window.has_editor:
            return None
        middle, zoom = self.window.canvas.inside.top_look()
        with contextlib.suppress(ValueError):
            return View(zoom=zoom, x=middle.x(), y=middle.y())
        return None

    def _ask(
        self, title: str, kinds: str, mode: QFileDialog.AcceptMode, then: Callable[[Path], object], name: str = ""
    ) -> None:
        dialog = QFileDialog(self.window, title)
        dialog.setAcceptMode(mode)
        dialog.setNameFilters(kinds.split(";;"))
        if mode == QFileDialog.AcceptMode.AcceptOpen:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        else:
            dialog.setDefaultSuffix(kinds.partition("*.")[2][:4].rstrip(")"))
        folder = self.window.session.path.parent if self.window.session.path is not None else Path.home()
        dialog.setDirectory(str(folder))
        if name:
            dialog.selectFile(name)
        dialog.fileSelected.connect(partial(_chosen, then))
        dialog.finished.connect(self._finished)
        self.dialog = dialog
        dialog.open()

    def _finished(self, _result: int) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None


def _chosen(then: Callable[[Path], object], path: str) -> None:
    then(Path(path))
