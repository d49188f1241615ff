"""One job at a time in the worker for who asks and asks again: the newest question counts. Nothing here waits."""

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

__all__ = ["OneJob"]


class OneJob(QObject):
    """``told(list)`` carries the events that came at once. ``ended(job, trouble)`` is the last word about a job.

    ``trouble`` is why it came to nothing, "" where it came to its end; the job is None where it could not begin. Its
    folder is there until `ended` was heard. Of what is called off nothing more is told.
    """

    told = Signal(list)
    ended = Signal(object, str)

    def __init__(self, worker: WorkerProcess, room: str, tick: int, parent: QObject | None = None) -> None:
        """``room`` is where the folders lie in the state folder; every ``tick`` ms it looks, while there is a job."""
        super().__init__(parent)
        self._worker, self._room = worker, room
        self._job: JobHandle | None = None
        self._leaving: list[JobHandle] = []  # called off, but not at their end yet
        self._timer = QTimer(self, interval=tick)
        self._timer.timeout.connect(self._tick)

    @property
    def going(self) -> bool:
        """Whether a job is at work that was not called off."""
        return self._job is not None

    def start(self, spec: JobSpec, network: Network | None, weights: Path | None = None) -> None:
        """Begin this job; what was begun before is called off."""
        self.stop()
        folder = state_folder() / self._room / secrets.token_hex(8)
        try:
            self._job = self._worker.submit(spec, network, folder, weights)
        except LayerloomError as error:
            shutil.rmtree(folder, ignore_errors=True)
            self.ended.emit(None, error.message)
            return
        self._timer.start()

    def stop(self) -> None:
        """Call it off."""
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
        failed = outcome.get("type") in ("failed", "lost")
        self.ended.emit(job, str(outcome.get("message") or "The worker gave no answer.") if failed else "")
        shutil.rmtree(job.run_dir, ignore_errors=True)
