"""Other runs beside the one that is shown: read from their folders in small pieces, live where they go on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from designer.ui.plots.places import run_name, runs_in

if TYPE_CHECKING:
    from designer.ui.plots.timeline import Timeline

__all__ = ["Other", "Others"]

_HURRY = 12  # ms between two pieces of a long log: the window is drawn in between
_WATCH = 1000  # ms between two looks for what runs that go on have told
_PIECE = 2000  # events told at once


@dataclass
class Other:
    """A run, or a series of runs."""

    key: str
    name: str
    paths: list[Path]
    colour: int
    shown: bool = True
    lines: list[Timeline] = field(default_factory=list)
    state: str = "reading"  # reading, running, ended

    @property
    def words(self) -> str:
        """What it is, for a tooltip."""
        runs = f", {len(self.paths)} runs" if len(self.paths) > 1 else ""
        return f"{self.name}{runs}: {Path(self.key)}"


class Others(QObject):
    """The runs that are compared. ``told`` carries a key, which of its runs, and events."""

    added = Signal(str)
    told = Signal(str, int, list)
    removed = Signal(str)
    changed = Signal()  # names, states, what is shown

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.runs: dict[str, Other] = {}
        self._readers: dict[str, list[_Reader]] = {}
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)

    def add(self, folders: Iterable[Path]) -> list[str]:
        """Compare with these runs, or series of runs; the keys of those that are new. Raises UsageError."""
        from designer.ui.plots.timeline import Timeline  # numpy: after the first paint

        found = [(folder.absolute(), runs_in(folder)) for folder in folders]
        new = []
        for folder, members in found:
            key = str(folder)
            if key in self.runs:
                continue
            used = {run.colour for run in self.runs.values()}
            colour = next(i for i in range(len(used) + 1) if i not in used)
            lines = [Timeline() for _ in members]
            self.runs[key] = Other(key, run_name(folder), members, colour, True, lines)
            self._readers[key] = [_Reader(path, line) for path, line in zip(members, lines, strict=True)]
            self.added.emit(key)
            new.append(key)
        if new:
            self._timer.start(_HURRY)
            self.changed.emit()
        return new

    def remove(self, key: str) -> None:
        """Compare with it no more."""
        if self.runs.pop(key, None) is not None:
            del self._readers[key]
            self.removed.emit(key)
            self.changed.emit()

    def show(self, key: str, shown: bool) -> None:
        """Show it or hide it."""
        self.runs[key].shown = shown
        self.changed.emit()

    def close(self) -> None:
        """Read no more."""
        self._timer.stop()

    @property
    def reading(self) -> bool:
        """Whether there is more to read at once."""
        return any(run.state == "reading" for run in self.runs.values())

    def read(self) -> None:
        """Read everything that is there now; for a picture without a window."""
        while self.reading:
            self._tick()

    def _tick(self) -> None:
        for key in list(self.runs):
            self._read(key, self._readers[key])
        if self.reading:
            wanted = _HURRY
        elif any(run.state == "running" for run in self.runs.values()):
            wanted = _WATCH
        else:
            self._timer.stop()
            return
        if self._timer.interval() != wanted:
            self._timer.start(wanted)

    def _read(self, key: str, readers: Sequence[_Reader]) -> None:
        run = self.runs[key]
        if run.state == "ended":
            return
        before = run.state
        going_on = any(reader.going_on() for reader in readers)  # first: what is told before it ends is read
        behind = False
        for member, reader in enumerate(readers):
            events = reader.read()
            if events:
                behind = True
                self.told.emit(key, member, events)
                break  # the others in the next piece
        if not behind:
            run.state = "running" if going_on else "ended"
        if run.state != before:
            self.changed.emit()


class _Reader:
    """One log, from its beginning on."""

    def __init__(self, path: Path, line: Timeline) -> None:
        from designer.jobs.folder import RunFolder  # after the first paint

        self._folder, self._line = RunFolder(path), line
        self._tail = self._folder.tail()
        self._unread: list[dict[str, Any]] = []

    def read(self) -> list[dict[str, Any]]:
        if not self._unread:
            self._unread = self._tail.read()
        events, self._unread = self._unread[:_PIECE], self._unread[_PIECE:]
        self._line.take(events)
        return events

    def going_on(self) -> bool:
        return self._folder.alive()
