"""From a file name to the dialog that inserts a project."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from designer.errors import LayerloomError
from designer.project.file import SUFFIX, load_project

if TYPE_CHECKING:
    from designer.ui.window import MainWindow

__all__ = ["browse", "insert"]


def browse(window: MainWindow) -> None:
    """Ask for a project to insert."""
    dialog = QFileDialog(window, "Insert from a project")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilter(f"Layerloom projects (*{SUFFIX})")
    path = window.session.path
    dialog.setDirectory(str(path.parent if path is not None else Path.home()))
    dialog.fileSelected.connect(partial(_chosen, window))
    dialog.open()


def _chosen(window: MainWindow, file: str) -> None:
    insert(window, Path(file))


def insert(window: MainWindow, file: Path) -> None:
    """Ask how much of that project comes in. What cannot be read is told."""
    from designer.ui.surgery.insert import InsertDialog

    try:
        other = load_project(file)
        weights = None
        if other.weights is not None and other.weights.is_file():
            weights = window.session.weights.hold(other.weights)
    except LayerloomError as error:
        window.toasts.show("error", error.message)
        return
    view = window.canvas
    area = view.canvas.itemsBoundingRect()
    at = (area.right() + 80.0, area.top()) if len(view.document.network) else (0.0, 0.0)
    InsertDialog(view, file.stem, other.network, weights, at, window).open()
