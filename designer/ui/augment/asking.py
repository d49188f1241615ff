"""Has the worker show what the network will see, again after every change. Nothing here waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from designer.data.augment.hints import Facts
from designer.data.augment.sheet import Look, Sheet
from designer.errors import LayerloomError
from designer.jobs.client import JobHandle, WorkerProcess
from designer.jobs.specs import ShowAugmentationJob
from designer.ui.one_job import OneJob

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
        self._one = OneJob(worker, "previews", _TICK, self)
        self._one.ended.connect(self._take)
        self._question: ShowAugmentationJob | None = None
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE)
        self._pause.timeout.connect(self._submit)

    def ask(self, question: ShowAugmentationJob) -> None:
        """Show this, unless just that was asked last."""
        if question == self._question:
            return
        self._one.stop()
        self._question, self.waiting = question, True
        self._pause.start()
        self.changed.emit()

    def close(self) -> None:
        """Nobody wants to know any more."""
        self._pause.stop()
        self._one.close()

    def _submit(self) -> None:
        assert self._question is not None
        self._one.start(self._question, None)

    def _take(self, job: JobHandle | None, trouble: str) -> None:
        shown = None
        try:
            result = job.result if job is not None else None
            if job is not None and result is not None:
                shown = _shown(result, np.load(job.run_dir / _CELLS, allow_pickle=False))
        except (LayerloomError, OSError, KeyError, TypeError, ValueError):
            shown = None
        self._tell(shown, "" if shown is not None else trouble or "The worker gave no answer.")

    def _tell(self, shown: Shown | None, trouble: str) -> None:
        self.waiting, self.trouble = False, trouble
        self.shown = shown if shown is not None else self.shown
        if trouble:
            self._question = None  # it may be asked again
        self.changed.emit()


def _shown(result: dict[str, Any], cells: np.ndarray) -> Shown:
    """Raises KeyError, TypeError or ValueError."""
    facts = Facts(result["sort"], tuple(result["classes"]), tuple(result["size"]), result["targets"])
    shares = tuple(tuple((str(name), float(part)) for name, part in share) for share in result["shares"])
    sheet = Sheet(cast(Look, result["look"]), cells)
    return Shown(sheet, facts, result["index"], result["count"], result["name"], result["target"], shares)
