"""The strings between the Data panel, the project and the worker."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from designer.ui.data.browser import Browser
from designer.ui.data.page import DataPanel
from designer.ui.data_files import take_data

if TYPE_CHECKING:
    from designer.ui.window import MainWindow

__all__ = ["make_panel"]


def make_panel(window: MainWindow) -> DataPanel:
    """The Data panel of a window, which follows the project's data."""
    runs = window.running.controller()
    panel = DataPanel(Browser(runs.worker))
    panel.browser.setParent(panel)
    panel.ready = lambda: runs.worker.pid is not None  # nothing starts an engine that was not to be started
    panel.seen.connect(window.session.looked)
    panel.trainAsked.connect(window.running.ask_train)
    panel.chooseAsked.connect(partial(_choose, window))
    runs.workerReady.connect(panel.engine_ready)
    window.session.changed.connect(partial(_follow, window, panel))
    _follow(window, panel)
    return panel


def _follow(window: MainWindow, panel: DataPanel) -> None:
    panel.show_data(window.session.project.data)


def _choose(window: MainWindow, folder: bool) -> None:
    dialog = QFileDialog(window, "Choose the folder of the data" if folder else "Choose the file of the data")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QFileDialog.FileMode.Directory if folder else QFileDialog.FileMode.ExistingFile)
    dialog.fileSelected.connect(lambda name: take_data(window, Path(name)))
    dialog.open()
