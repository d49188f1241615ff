"""Has the worker show what the network will see, again after every change. Nothing here waits."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from designer.data.augment.hints import Facts
from designer.data.augment.sheet import Look, Sheet
from designer.errors import LayerloomError
from designer.jobs.client import JobHandle, WorkerProcess
from designer.jobs.specs import ShowAugmentationJob
from designer.project.paths import state_folder

__all__ = ["Asking", "Shown"]

_PAUSE = 90  # ms without a further change before it is drawn
_TICK = 25  # ms between two looks, only while something is drawn
_CELLS = "cells.npy"


@dataclass(frozen=True)
class Shown:
    """What came back: the cells, and what is in them."""

    sheet: Sheet
    facts: Facts
    index: int
    count: int
    name: str
    target: str
    shares: tuple[tuple[tuple[str, float], ...], ...]


class Asking(QObject):
    """One question at a time: a new one calls the old one off. ``changed`` says that there is something else to show.

    ``waiting`` says whether an answer is on its way, ``shown`` is the last answer, ``trouble`` why there is no newer.
    """

    changed = Signal()

    def __init__(self, worker: WorkerProcess, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.waiting = False
        self.shown: Shown | None = None
        self.trouble = ""
        self._worker = worker
        self._question: ShowAugmentationJob | None = None
        self._job: JobHandle | None = None
        self._leaving: list[JobHandle] = []  # called off, but not at their end yet
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE)
        self._pause.timeout.connect(self._submit)
        self._timer = QTimer(self, interval=_TICK)
        self._timer.timeout.connect(self._tick)

    def ask(self, question: ShowAugmentationJob) -> None:
        """Show this, unless just that was asked last."""
        if question == self._question:
            return
        self._call_off()
        self._question, self.waiting = question, True
        self._pause.start()
        self.changed.emit()

    def close(self) -> None:
        """Nobody wants to know any more."""
        self._call_off()
        self._timer.stop()
        for job in self._leaving:
            shutil.rmtree(job.run_dir, ignore_errors=True)
        self._leaving.clear()

    def _submit(self) -> None:
        assert self._question is not None
        folder = state_folder() / "previews" / secrets.token_hex(8)
        try:
            self._job = self._worker.submit(self._question, None, folder)
        except LayerloomError as error:
            shutil.rmtree(folder, ignore_errors=True)
            self._tell(None, error.message)
            return
        self._timer.start()

    def _tick(self) -> None:
        for job in list(self._leaving):
            job.poll()
            if job.finished:
                self._leaving.remove(job)
                shutil.rmtree(job.run_dir, ignore_errors=True)
        if self._job is not None:
            self._job.poll()
            if self._job.finished:
                self._take(self._job)
        if self._job is None and not self._leaving:
            self._timer.stop()

    def _take(self, job: JobHandle) -> None:
        self._job = None
        try:
            result = job.result
            shown = _shown(result, np.load(job.run_dir / _CELLS, allow_pickle=False)) if result is not None else None
        except (LayerloomError, OSError, KeyError, TypeError, ValueError):
            shown = None
        why = "" if shown is not None else str((job.outcome or {}).get("message") or "The worker gave no answer.")
        shutil.rmtree(job.run_dir, ignore_errors=True)
        self._tell(shown, why)

    def _tell(self, shown: Shown | None, trouble: str) -> None:
        self.waiting, self.trouble = False, trouble
        self.shown = shown if shown is not None else self.shown
        if trouble:
            self._question = None  # it may be asked again
        self.changed.emit()

    def _call_off(self) -> None:
        self._pause.stop()
        job, self._job = self._job, None
        if job is None:
            return
        try:
            job.stop()
        except LayerloomError:  # its folder is gone, so there is nobody to stop
            shutil.rmtree(job.run_dir, ignore_errors=True)
            return
        self._leaving.append(job)


def _shown(result: dict[str, Any], cells: np.ndarray) -> Shown:
    """Raises KeyError, TypeError or ValueError."""
    facts = Facts(result["sort"], tuple(result["classes"]), tuple(result["size"]), result["targets"])
    shares = tuple(tuple((str(name), float(part)) for name, part in share) for share in result["shares"])
    sheet = Sheet(cast(Look, result["look"]), cells)
    return Shown(sheet, facts, result["index"], result["count"], result["name"], result["target"], shares)
