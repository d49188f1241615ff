"""Models of libraries that are installed beside Layerloom: the worker is asked once for each version of a library."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from designer.errors import LayerloomError
from designer.exchange.gallery import from_json
from designer.jobs.client import JobHandle
from designer.jobs.specs import ListModelsJob
from designer.project.atomic import write_atomic
from designer.project.paths import state_folder
from designer.project.strict_json import read_json

if TYPE_CHECKING:
    from designer.ui.models.page import ModelPage
    from designer.ui.window import MainWindow

__all__ = ["Libraries", "version_of"]

_TICK = 150  # ms between two looks, only while a library is asked


class Libraries(QObject):
    """Adds what timm has to the gallery, if timm is there. Nobody waits for it."""

    def __init__(self, page: ModelPage, window: MainWindow) -> None:
        super().__init__(page)
        self._page, self._window = page, window
        self._job: JobHandle | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK)
        self._timer.timeout.connect(self._tick)
        window.closed.connect(self._timer.stop)

    def look(self) -> None:
        """Show what was listed before; else ask the worker as soon as it can answer."""
        version = version_of("timm")
        if version is None or self._show(_list_file(version)):
            return
        runs = self._window.running.runs
        if runs is None:
            return  # a window without an engine; the next one asks
        if runs.worker.ready:
            self._ask()
        else:
            runs.workerReady.connect(self._ask)

    def _ask(self, _status: object = None) -> None:
        if self._job is not None:
            return
        folder = state_folder() / "listing" / secrets.token_hex(8)
        try:
            self._job = self._window.running.controller().worker.submit(ListModelsJob(), None, folder)
        except LayerloomError as error:
            self._window.status(error.message)
            return
        self._timer.start()

    def _tick(self) -> None:
        job = self._job
        if job is None:
            self._timer.stop()
            return
        job.poll()
        if not job.finished:
            return
        self._timer.stop()
        try:
            self._take(job.result)
        except LayerloomError as error:
            self._window.status(f"The models of timm are not listed. {error.message}")
        shutil.rmtree(job.run_dir, ignore_errors=True)

    def _take(self, result: dict[str, Any] | None) -> None:
        version = version_of("timm")
        if result is None or version is None:
            self._window.status("The models of timm are not listed. Restart Layerloom to try again.")
            return
        file = _list_file(version)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(file, json.dumps(result).encode())
        self._show(file)

    def _show(self, file: Path) -> bool:
        """Add the models of a list; False where there is none that can be read."""
        if not file.is_file():
            return False
        try:
            self._page.add(from_json(read_json(file)))
        except (LayerloomError, KeyError, TypeError, ValueError):
            return False  # written by another Layerloom: it is asked for and written again
        return True


def version_of(library: str) -> str | None:
    """The version of an installed library, without importing it; None where there is none."""
    if importlib.util.find_spec(library) is None:
        return None
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return None


def _list_file(version: str) -> Path:
    plain = "".join(c if c.isalnum() or c in ".-" else "_" for c in version)
    return state_folder() / "models" / f"timm-{plain}.json"
