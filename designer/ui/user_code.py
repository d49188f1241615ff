"""People's own Python files in the window: adding one, the question whether to trust it, and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from designer.blocks import catalog
from designer.blocks.userclass import UserClass, declare, declared
from designer.blocks.userfile import read_classes, sha256_of
from designer.errors import LayerloomError
from designer.graph.retype import retyped
from designer.jobs.user_code import classes_in
from designer.project.trusted import is_trusted, read_code, text_of, trust
from designer.ui.measuring import Measuring
from designer.ui.words import plural

if TYPE_CHECKING:
    from designer.ui.dialogs.trust import TrustDialog
    from designer.ui.window import MainWindow

__all__ = ["UserCode"]


class UserCode(QObject):
    """Stands between the window and the files. Until a person said yes to a text, nothing of it is run."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        self.measuring = Measuring(window)
        self.dialog: TrustDialog | None = None
        self._added: dict[Path, tuple[str, ...]] = {}  # the types that each file of this sitting gave
        window.bridge.reset.connect(self._opened)

    # --- adding ----------------------------------------------------------------------------------------------

    def browse(self) -> None:
        """Ask for a file."""
        dialog = QFileDialog(self.window, "Add blocks from a Python file")
        dialog.setNameFilter("Python files (*.py)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        path = self.window.session.path
        dialog.setDirectory(str(path.parent if path is not None else Path.home()))
        dialog.fileSelected.connect(self._chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _chosen(self, path: str) -> None:
        self.add(Path(path))

    def add(self, path: Path, changed: bool = False) -> None:
        """Make blocks of a file's classes, after asking whether its text is trusted where it is not yet."""
        path = path.absolute()
        try:
            text = read_code(path)
            classes = read_classes(text, path.name)
        except LayerloomError as error:
            self.window.toasts.show("error", error.message)
            return
        if is_trusted(sha256_of(text)):
            self._take(path, text, classes)
            return
        from designer.ui.dialogs.trust import TrustDialog

        self.dialog = TrustDialog(path, text.decode("utf-8", "replace"), classes, self.window, changed)
        self.dialog.trusted.connect(partial(self._trusted, path, text, classes))
        self.dialog.finished.connect(self._answered)
        self.dialog.open()

    def _answered(self, _result: int) -> None:
        self.dialog = None

    def _trusted(self, path: Path, text: bytes, classes: Sequence[UserClass]) -> None:
        try:
            trust(text)  # the very bytes that were shown, whatever the file holds by now
        except LayerloomError as error:
            self.window.toasts.show("error", error.message)
            return
        self._take(path, text, classes)

    def _take(self, path: Path, text: bytes, classes: Sequence[UserClass]) -> None:
        """The classes become blocks; those of an older text of the file, or told wrongly of it, follow."""
        sha = sha256_of(text)
        try:
            self._added[path] = tuple(declare(cls) for cls in classes)
        except LayerloomError as error:
            self.window.toasts.show("error", error.message)
            return
        session = self.window.session
        older = {old for old, place in session.project.code.items() if place.absolute() == path} | {sha}
        session.remember(code={sha: path})
        self.measuring.forget_reasons()
        document = self.window.bridge.document
        edit = retyped(document, {cls.name: cls for cls in classes}, older)
        if edit is not None:
            self.window.bridge.do(edit)
        document.measure_again(lambda query: (cls := declared(query.type)) is not None and cls.sha256 == sha)
        self.measuring.look()
        self._offer()
        names = ", ".join(cls.name for cls in classes[:4]) + (", …" if len(classes) > 4 else "")
        self.window.toasts.show("success", f"{plural(len(classes), 'block')} from {path.name}: {names}.")
        if self.window.editing:
            self.window.build_editor().palette.show_yours()

    def _offer(self) -> None:
        """The palette and the searches have what was added, and what this project uses."""
        used = classes_in(self.window.bridge.document.network)
        added = [kind for kinds in self._added.values() for kind in kinds]
        names = {(cls.name, cls.module) for kind in added if (cls := declared(kind)) is not None}
        kept = [kind for kind, cls in used.items() if (cls.name, cls.module) not in names]
        catalog.offer([*added, *kept])
        if self.window.editor is not None:
            self.window.editor.palette.refresh()

    # --- an opened project -----------------------------------------------------------------------------------

    def _opened(self) -> None:
        classes = classes_in(self.window.bridge.document.network)
        self._offer()
        for sha in sorted({cls.sha256 for cls in classes.values()}):
            path = self.window.session.project.code.get(sha)
            if path is not None and is_trusted(sha) and self._differs(path, sha):
                self.window.soon(partial(self.add, path, True))
                return

    def _differs(self, path: Path, sha: str) -> bool:
        try:
            return sha256_of(read_code(path)) != sha
        except LayerloomError:
            return False  # it is gone; the trusted text is still here

    def decide(self, block: str) -> None:
        """Show the file behind a block and ask; ask for the file where it is not where the project says."""
        network = self.window.bridge.document.network
        cls = declared(network[block].type) if block in network else None
        if cls is None:
            return
        path = self.window.session.project.code.get(cls.sha256)
        text = text_of(cls.sha256)
        if path is not None and path.is_file():
            self.add(path)
        elif text is not None:  # trusted, but declared otherwise than it is
            self._take(Path(cls.file).absolute(), text, read_classes(text, cls.file))
        else:
            self.window.toasts.show("info", f"Choose {cls.file}; the project does not say where it is now.")
            self.browse()

    def close(self) -> None:
        """The window goes."""
        self.measuring.close()
