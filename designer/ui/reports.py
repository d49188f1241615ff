"""The network report as a file: asks where to, and writes it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from designer.errors import LayerloomError
from designer.graph.report.files import KINDS, as_text
from designer.project.atomic import write_atomic

if TYPE_CHECKING:
    from designer.ui.window import MainWindow

__all__ = ["Reports"]


class Reports(QObject):
    """The window's writer of reports."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        self.dialog: QFileDialog | None = None

    def ask(self) -> None:
        """Ask for a file; its ending says the format."""
        session = self.window.session
        folder = session.path.parent if session.path is not None else Path.home()
        dialog = QFileDialog(self.window, "Save the report", str(folder))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([f"{title} (*.{ending})" for ending, title in KINDS.items()])
        dialog.setDefaultSuffix(next(iter(KINDS)))
        dialog.filterSelected.connect(self._follow)
        dialog.selectFile(f"{session.title}-report.{next(iter(KINDS))}")
        dialog.fileSelected.connect(self._chosen)
        dialog.finished.connect(self._finished)
        self.dialog = dialog
        dialog.open()

    def _follow(self, name_filter: str) -> None:
        """The ending that is added where none was typed."""
        if self.dialog is not None:
            self.dialog.setDefaultSuffix(name_filter.rpartition("*.")[2].rstrip(")"))

    def _finished(self, _result: int) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None

    def _chosen(self, path: str) -> None:
        self.write(Path(path))

    def write(self, path: Path) -> bool:
        """Write the report that the panel shows; False, with a message, where that was not possible."""
        window = self.window
        report = window.build_editor().report.report
        try:
            write_atomic(path, as_text(report, path.suffix[1:], f"{window.session.title} – network report").encode())
        except LayerloomError as error:
            window.toasts.show("error", error.message)
            return False
        show = partial(QDesktopServices.openUrl, QUrl.fromLocalFile(str(path)))
        window.toasts.show("success", f"The report was written to {path}.", ("Show", show))
        return True
