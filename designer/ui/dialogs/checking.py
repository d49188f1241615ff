"""Has the worker look a training over, and passes on what it says as it says it. Nothing here waits."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from designer.graph.model import Network
from designer.jobs.client import WorkerProcess
from designer.jobs.specs import JobSpec
from designer.ui.one_job import OneJob

__all__ = ["Checking"]

_TICK = 40  # ms between two looks, only while something is checked


class Checking(QObject):
    """``told(list)`` carries the events that came at once; ``ended(str)`` why there is no more, "" when all is done."""

    told = Signal(list)
    ended = Signal(str)

    def __init__(self, worker: WorkerProcess, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._one = OneJob(worker, "checks", _TICK, self)
        self._one.told.connect(self.told)
        self._one.ended.connect(lambda _, trouble: self.ended.emit(trouble))

    @property
    def going(self) -> bool:
        """Whether something is being checked."""
        return self._one.going

    def start(self, job: JobSpec, network: Network, weights: Path | None = None) -> None:
        """Ask for this; what was asked before is called off."""
        self._one.start(job, network.copy(), weights)

    def stop(self) -> None:
        """Call it off; nothing more is told of it."""
        self._one.stop()

    def close(self) -> None:
        """Nobody wants to know any more."""
        self._one.close()
