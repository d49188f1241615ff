"""Between the page where pictures are tried and the worker: one question at a time, the newest counts."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from designer.errors import LayerloomError
from designer.jobs.client import JobHandle
from designer.jobs.specs import PredictJob
from designer.project.paths import state_folder
from designer.ui.understanding.try_page import TryPage

if TYPE_CHECKING:
    from designer.ui.window import MainWindow

__all__ = ["Trying", "watch"]

_TICK = 30  # ms between two looks, only while there is a question


def watch(window: MainWindow) -> Trying:
    """Let the results panel's page be answered."""
    return Trying(window, window.build_editor().results.trial)


class Trying(QObject):
    """Asks the worker, where the model stays loaded from one question to the next."""

    def __init__(self, window: MainWindow, page: TryPage) -> None:
        super().__init__(window)
        self._window, self._page = window, page
        self._job: JobHandle | None = None
        self._next: Mapping[str, Any] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK)
        self._timer.timeout.connect(self._tick)
        page.asked.connect(self.ask)

    def ask(self, wanted: Mapping[str, Any]) -> None:
        """Answer this as soon as what is asked now is over."""
        if self._job is not None:
            self._next = wanted
            return
        session, network = self._window.session, self._window.bridge.document.network
        try:
            weights = session.weights_now()
            if weights is None:
                self._page.show_failure("The network has no trained weights yet. Train it first, then try a picture.")
                return
            project = session.project
            job = PredictJob(
                weights=str(weights),
                pictures=(str(wanted["path"]),),
                normalisation=project.normalisation,
                fit=project.data.fit if project.data is not None else "crop",
                way=str(wanted["way"]),
                block=str(wanted["block"]),
                target=str(wanted["target"]),
                training=str(project.run) if project.run is not None else None,
            )
            folder = state_folder() / "tries" / secrets.token_hex(8)
            self._job = self._window.running.controller().worker.submit(job, network, folder)
        except LayerloomError as error:
            self._page.show_failure(error.message)
            return
        self._page.show_busy()
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
        self._job = None
        if self._next is None:
            self._show(job)
        shutil.rmtree(job.run_dir, ignore_errors=True)
        wanted, self._next = self._next, None
        if wanted is not None:
            self.ask(wanted)

    def _show(self, job: JobHandle) -> None:
        try:
            result = job.result
            if result is not None:
                self._page.show_answer(result, Path(job.run_dir))
                return
        except LayerloomError as error:
            self._page.show_failure(error.message)
            return
        told = job.outcome or {}
        self._page.show_failure(str(told.get("message") or "The network gave no answer. Try the picture again."))
