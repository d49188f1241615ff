"""Reading a library bit by bit, so that the window never stalls, and again while somebody looks at it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from designer.jobs.library import Library, RunEntry

__all__ = ["Reader"]

_SLICE = 0.006  # seconds of reading in one turn of the event loop
_SHOW_EVERY = 0.15  # seconds between two lists while a folder is read for the first time
_AGAIN = 1500  # ms between two looks at a folder that is shown


class Reader(QObject):
    """``found`` carries the runs that are known so far, ``read`` says that these are all of them."""

    found = Signal(list)
    read = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.library: Library | None = None
        self.entries: list[RunEntry] = []
        self.complete = False  # whether the folder was read to its end once
        self._scan: Iterator[RunEntry | None] | None = None
        self._next: list[RunEntry] = []
        self._shown = 0.0
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._read_on)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_AGAIN)
        self._again.timeout.connect(self.look)

    @property
    def root(self) -> Path | None:
        """The folder that is read."""
        return self.library.root if self.library is not None else None

    def use(self, root: Path) -> None:
        """Read another folder; the same one is only looked at again."""
        if self.root != root.absolute():
            self.library = Library(root)
            self.entries, self.complete = [], False
            self._scan = None
            self.found.emit([])
        self.look()

    def look(self) -> None:
        """Look at the folder now, and from time to time until `rest`."""
        self._again.stop()
        if self.library is not None and self._scan is None:
            self._scan, self._next = self.library.scan(), []
            self._turn.start()

    def rest(self) -> None:
        """Nobody looks."""
        self._again.stop()
        self._turn.stop()
        self._scan = None

    def _read_on(self) -> None:
        if self._scan is None:
            return
        until = time.monotonic() + _SLICE
        while time.monotonic() < until:
            try:
                entry = next(self._scan)
            except StopIteration:
                self._scan = None
                self._show(self._next)
                self.complete = True
                self.read.emit()
                self._again.start()
                return
            if entry is not None:
                self._next.append(entry)
        if not self.complete and until - self._shown > _SHOW_EVERY:
            self._shown = until
            self._show([*self._next])
        self._turn.start()

    def _show(self, entries: list[RunEntry]) -> None:
        if entries != self.entries or not self.complete:
            self.entries = entries
            self.found.emit(entries)
