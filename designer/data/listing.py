"""Long lists of files, kept small: a million paths take thirty megabytes; folders listed with progress. No torch."""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Rows = npt.NDArray[np.int64]

__all__ = ["PathList", "entries_of", "folders_in", "walk"]

_EVERY = 2000  # entries between two calls of progress


class PathList(Sequence[Path]):
    """Paths as their folders, each once, and their names one behind the other."""

    def __init__(self) -> None:
        self._folders: list[str] = []
        self._numbers: dict[str, int] = {}
        self._folder = array("I")
        self._ends = array("Q", [0])
        self._names = bytearray()
        self._rows: Rows | None = None

    def add(self, folder: str, name: str) -> None:
        """One more path."""
        if self._rows is not None:
            raise ValueError("a part of a list cannot grow")
        number = self._numbers.get(folder)
        if number is None:
            number = self._numbers[folder] = len(self._folders)
            self._folders.append(folder)
        self._folder.append(number)
        self._names += os.fsencode(name)
        self._ends.append(len(self._names))

    def take(self, rows: Sequence[int] | Rows) -> PathList:
        """Some of them, in this order; the names are shared."""
        import numpy as np

        part = PathList()
        part._folders, part._numbers, part._folder = self._folders, self._numbers, self._folder
        part._ends, part._names = self._ends, self._names
        chosen = np.asarray(rows, dtype=np.int64)
        part._rows = chosen if self._rows is None else self._rows[chosen]
        return part

    def __len__(self) -> int:
        return len(self._folder) if self._rows is None else len(self._rows)

    def text(self, index: int) -> str:
        """A path as a word."""
        row = range(len(self))[index]
        row = row if self._rows is None else int(self._rows[row])
        name = os.fsdecode(bytes(self._names[self._ends[row] : self._ends[row + 1]]))
        return os.path.join(self._folders[self._folder[row]], name)  # noqa: PTH118 - a word, not a Path

    @overload
    def __getitem__(self, index: int) -> Path: ...
    @overload
    def __getitem__(self, index: slice) -> PathList: ...
    def __getitem__(self, index: int | slice) -> Path | PathList:
        return self.take(range(len(self))[index]) if isinstance(index, slice) else Path(self.text(index))


def entries_of(folder: Path | str, tick: Callable[[], None] = lambda: None) -> Iterator[tuple[str, bool]]:
    """(name, is a folder) of what lies in a folder; links to folders are no folders here. Raises OSError."""
    with os.scandir(folder) as entries:
        for number, entry in enumerate(entries, 1):
            if number % _EVERY == 0:
                tick()
            yield entry.name, entry.is_dir(follow_symlinks=False)


def folders_in(folder: Path) -> list[Path]:
    """The folders right below, links to folders among them, sorted; none of those that are hidden. Raises OSError."""
    with os.scandir(folder) as entries:
        return [folder / name for name in sorted(e.name for e in entries if e.name[0] != "." and e.is_dir())]


def walk(
    folder: str, suffixes: tuple[str, ...], into: PathList, tick: Callable[[], None], failed: Callable[[OSError], None]
) -> int:
    """Add every file under ``folder`` by suffix, in one order on every computer; how many there were.

    ``tick`` is called now and then, and may raise to stop it; ``failed`` with each folder that cannot be read.
    """
    before = len(into)
    waiting = [folder]
    while waiting:
        place = waiting.pop()
        tick()
        files: list[str] = []
        folders: list[str] = []
        try:
            for name, is_folder in entries_of(place, tick):
                if is_folder:
                    folders.append(name)
                elif name[0] != "." and name.lower().endswith(suffixes):
                    files.append(name)
        except OSError as error:
            failed(error)
        files.sort()
        for name in files:
            into.add(place, name)
        waiting += [os.path.join(place, name) for name in sorted(folders, reverse=True)]  # noqa: PTH118
    return len(into) - before
