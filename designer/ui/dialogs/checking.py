"""Has the worker look a training over, and passes on what it says as it says it. Nothing here waits."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from designer.errors import LayerloomError
from designer.graph.model import Network
from designer.jobs.client import JobHandle, WorkerProcess
from designer.jobs.specs import JobSpec
from designer.project.paths import state_folder

__all__ = ["Checking"]

_TICK = 40  # ms between two looks, only while something is checked


class Checking(QObject):
    """``told(list)`` carries the events that came at once; ``ended(str)`` why there is no more, "" when all is done."""

    told = Signal(list)
    ended = Signal(str)

    def __init__(self, worker: WorkerProcess, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self._job: JobHandle | None = None
        self._leaving: list[JobHandle] = []  # called off, but not at their end yet
        self._timer = QTimer(self, interval=_TICK)
        self._timer.timeout.connect(self._tick)

    @property
    def going(self) -> bool:
        """Whether something is being checked."""
        return self._job is not None

    def start(self, job: JobSpec, network: Network, weights: Path | None = None) -> None:
        """Ask for this; what was asked before is called off."""
        self.stop()
        folder = state_folder() / "checks" / secrets.token_hex(8)
        try:
            self._job = self._worker.submit(job, network.copy(), folder, weights)
        except LayerloomError as error:
            shutil.rmtree(folder, ignore_errors=True)
            self.ended.emit(error.message)
            return
        self._timer.start()

    def stop(self) -> None:
        """Call it off; nothing more is told of it."""
        job, self._job = self._job, None
        if job is None:
            return
        try:
            job.stop()
        except LayerloomError:  # its folder is gone, so there is nobody to stop
            shutil.rmtree(job.run_dir, ignore_errors=True)
            return
        self._leaving.append(job)

    def close(self) -> None:
        """Nobody wants to know any more."""
        self.stop()
        self._timer.stop()
        for job in self._leaving:
            shutil.rmtree(job.run_dir, ignore_errors=True)
        self._leaving.clear()

    def _tick(self) -> None:
        for job in list(self._leaving):
            job.poll()
            if job.finished:
                self._leaving.remove(job)
                shutil.rmtree(job.run_dir, ignore_errors=True)
        if self._job is not None:
            self._look(self._job)
        if self._job is None and not self._leaving:
            self._timer.stop()

    def _look(self, job: JobHandle) -> None:
        events = job.poll()
        if events:
            self.told.emit(events)
        if self._job is not job or not job.finished:  # whoever was told may have called it off
            return
        self._job = None
        outcome = job.outcome or {}
        shutil.rmtree(job.run_dir, ignore_errors=True)
        failed = outcome.get("type") in ("failed", "lost")
        self.ended.emit(str(outcome.get("message") or "The worker gave no answer.") if failed else "")
