"""Noticing trainings of the project that begin, or go on, in other processes: a terminal, another window."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from designer.errors import LayerloomError
from designer.jobs.folder import RunFolder
from designer.jobs.specs import TrainJob
from designer.ui.run_folders import runs_root

if TYPE_CHECKING:
    from designer.ui.runs import RunController
    from designer.ui.window import MainWindow

__all__ = ["Elsewhere", "RunWatch"]

_EVERY = 1500  # ms between two looks
_MOST = 200  # folders that are looked at, the newest names: well under a millisecond


class RunWatch(QObject):
    """``begun`` carries the folder of a training that somebody else has begun since the first look."""

    begun = Signal(object)

    def __init__(
        self, root: Callable[[], Path], followed: Callable[[Path], bool], parent: QObject | None = None
    ) -> None:
        """``root`` is where the runs lie now, ``followed`` whether one is shown already."""
        super().__init__(parent)
        self._root, self._followed = root, followed
        self._seen: tuple[Path, dict[str, int]] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Look from now on."""
        if not self._timer.isActive():
            self.look()
            self._timer.start()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def look(self) -> None:
        """Look once. What is there at the first look at a folder is known already."""
        root = self._root()
        stamps = _stamps(root)
        before, self._seen = self._seen, (root, stamps)
        if before is None or before[0] != root:
            return
        for name, stamp in stamps.items():
            if stamp and before[1].get(name) != stamp and not self._followed(root / name) and _trains(root / name):
                self.begun.emit(root / name)


class Elsewhere(QObject):
    """Tells the person at the window of such trainings, and follows them where they want it."""

    def __init__(self, window: MainWindow, runs: RunController) -> None:
        super().__init__(window)
        self.window, self.runs = window, runs
        self.watch = RunWatch(self._root, self._followed, self)
        self.watch.begun.connect(self._begun)
        window.build_editor().training.attachRequested.connect(self.follow)
        window.closed.connect(self.watch.stop)
        self.watch.start()

    def _root(self) -> Path:
        return runs_root(self.window.session.path, self.window.settings.runs_folder)

    def _followed(self, path: Path) -> bool:
        run = self.runs.run(str(path.absolute()))
        return run is not None and not run.over and run.state.active

    def _begun(self, path: object) -> None:
        assert isinstance(path, Path)
        text = f"A training of this project goes on in another process: {path.name}."
        self.window.build_editor().training.offer(path, text)
        self.window.toasts.show("info", text, ("Show it", partial(self.follow, path)))

    def follow(self, path: object) -> None:
        """Show it live in the training panel."""
        assert isinstance(path, Path)
        from designer.ui.runs_library.shelf import shelf

        shelf(self.window).attach(path)


def _stamps(root: Path) -> dict[str, int]:
    """When each run was handed to a process; 0 for one that was not yet."""
    try:
        with os.scandir(root) as entries:
            names = sorted((entry.name for entry in entries if not entry.name.startswith(".")), reverse=True)
    except OSError:
        return {}
    found = {}
    for name in names[:_MOST]:
        found[name] = 0
        with contextlib.suppress(OSError):
            found[name] = (root / name / "worker.json").stat().st_mtime_ns
    return found


def _trains(run: Path) -> bool:
    folder = RunFolder(run)
    with contextlib.suppress(LayerloomError):
        return folder.alive() and isinstance(folder.spec(), TrainJob)
    return False
