"""Asks the worker about data, and tells what it answers. Nothing here waits, and no foreign file is read here."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter, ValidationError
from PySide6.QtCore import QObject, QTimer, Signal

from designer.data.recognise import Overview
from designer.data.spec import DataSpec
from designer.errors import LayerloomError
from designer.jobs.browsing import ask, read_tiles
from designer.jobs.client import JobHandle, WorkerProcess
from designer.jobs.folder import RunFolder
from designer.jobs.specs import BrowseJob
from designer.project.owner import Owner
from designer.project.paths import state_folder

__all__ = ["Browser", "overview_of_job"]

_QUICK, _SLOW = 15, 120  # ms between two looks: while an answer is awaited, and else
_MOST_ITEMS = 1 << 28
_SWEPT = 200  # folders of earlier windows


def overview_of_job(data: Any) -> Overview | None:
    """The overview in a job's result; None where it is none."""
    try:
        return TypeAdapter(Overview).validate_python(data)
    except ValidationError:
        return None


class Browser(QObject):
    """One set of data at a time.

    ``told`` carries the facts, ``tiles`` a list of Tile, ``large`` one, ``figures`` and ``checked`` what was found.
    ``failed`` carries a sentence; ``progress`` how far the opening is (a fraction or None, and words).
    """

    told = Signal(dict)
    tiles = Signal(list)
    large = Signal(object)
    figures = Signal(dict)
    checked = Signal(dict)
    progress = Signal(object, str)
    failed = Signal(str)

    def __init__(self, worker: WorkerProcess, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self.spec: DataSpec | None = None
        self._job: JobHandle | None = None
        self._leaving: list[JobHandle] = []
        self._swept = False
        self._timer = QTimer(self, interval=_QUICK)
        self._timer.timeout.connect(self._tick)

    @property
    def folder(self) -> Path | None:
        """Where the answers lie."""
        return self._job.run_dir if self._job is not None else None

    def look(self, spec: DataSpec) -> None:
        """Look at these data from now on."""
        self.leave()
        self.spec = spec
        root = state_folder() / "browsing"
        self._sweep(root)
        folder = root / secrets.token_hex(8)
        try:
            self._job = self._worker.submit(BrowseJob(data=spec, watcher=Owner.of().to_json()), None, folder)
        except LayerloomError as error:
            shutil.rmtree(folder, ignore_errors=True)
            self.failed.emit(error.message)
            return
        self._hurry()

    def want(self, numbers: Sequence[int], side: int) -> None:
        """The thumbnails that are wanted now; what was wanted before and did not come is forgotten."""
        self._ask({"tiles": list(numbers), "side": side})

    def want_large(self, number: int) -> None:
        """One item, large and with its facts."""
        self._ask({"large": number})

    def check(self) -> None:
        """Have every item read once."""
        self._ask({"check": True})

    def array(self, name: str) -> npt.NDArray[Any] | None:
        """A fact about all items: targets, split or flags; None where there is none."""
        if self.folder is None:
            return None
        try:
            found: npt.NDArray[Any] = np.load(self.folder / f"{name}.npy", allow_pickle=False)
        except (OSError, ValueError):
            return None
        return found if found.ndim in (1, 2) and len(found) < _MOST_ITEMS else None

    def listed(self) -> dict[str, Any]:
        """The names of what was found by a check."""
        try:
            found = json.loads((self.folder / "checked.json").read_bytes()) if self.folder is not None else {}
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def leave(self) -> None:
        """Look at nothing any more."""
        job, self._job, self.spec = self._job, None, None
        if job is None:
            return
        try:
            job.stop()
        except LayerloomError:
            shutil.rmtree(job.run_dir, ignore_errors=True)
            return
        self._leaving.append(job)

    def close(self) -> None:
        """The window goes."""
        self.leave()
        self._timer.stop()
        self._leaving.clear()  # what they leave behind is swept by the next one: they must hear that they end

    def _sweep(self, root: Path) -> None:
        """Remove what earlier windows left, once."""
        if not self._swept and root.is_dir():
            for old in list(root.iterdir())[:_SWEPT]:
                if not RunFolder(old).alive():
                    shutil.rmtree(old, ignore_errors=True)
        self._swept = True

    def _ask(self, what: dict[str, Any]) -> None:
        if self.folder is None:
            return
        try:
            ask(self.folder, what)
        except LayerloomError as error:
            self.failed.emit(error.message)
            return
        self._hurry()

    def _hurry(self) -> None:
        self._timer.setInterval(_QUICK)
        self._timer.start()

    def _tick(self) -> None:
        for job in list(self._leaving):
            job.poll()
            if job.finished:
                self._leaving.remove(job)
                shutil.rmtree(job.run_dir, ignore_errors=True)
        job_now = self._job
        events = job_now.poll() if job_now is not None else []
        for event in events:
            if self._job is job_now:  # who hears of one may look at others
                self._take(event)
        if not events:
            self._timer.setInterval(min(_SLOW, self._timer.interval() + 1))
        if self._job is None and not self._leaving:
            self._timer.stop()

    def _take(self, event: dict[str, Any]) -> None:
        kind = event["type"]
        if kind == "progress":
            self.progress.emit(event.get("fraction"), str(event.get("text") or ""))
        elif kind == "result" and self._job is not None:
            self._tell()
        elif kind in ("tiles", "large"):
            self._unpack(kind, str(event.get("file")))
        elif kind == "figures":
            self.figures.emit(event)
        elif kind == "checked":
            self.checked.emit(event)
        elif kind in ("failed", "lost"):
            self._end(str(event.get("message") or "The data cannot be looked at."))

    def _tell(self) -> None:
        assert self._job is not None
        try:
            facts = self._job.result
        except LayerloomError as error:
            self._end(error.message)
            return
        if isinstance(facts, dict):
            self.told.emit(facts)

    def _unpack(self, kind: str, name: str) -> None:
        assert self._job is not None
        try:
            file = self._job.folder.inside(name)
            found = list(read_tiles(file))
            file.unlink(missing_ok=True)
        except (LayerloomError, OSError) as error:
            self.failed.emit(str(error))
            return
        if kind == "tiles":
            self.tiles.emit(found)
        elif found:
            self.large.emit(found[0])

    def _end(self, why: str) -> None:
        if self._job is not None:
            shutil.rmtree(self._job.run_dir, ignore_errors=True)
        self._job = None
        self.failed.emit(why)
