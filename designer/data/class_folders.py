"""Folders that hold one sub-folder per class: of pictures, sounds or recordings. No torch."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from designer.data.listing import PathList, entries_of, folders_in, walk
from designer.data.source import Progress
from designer.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["Classed", "Grouped", "class_folders", "halves", "held_in", "read_classes"]

_MAX_FILES = 5_000_000
_MAX_CLASSES = 100_000
_HELD_OUT = ("val", "valid", "validation", "test")
_PEEKED = 200  # files of a class folder that are looked at to tell what it holds


@dataclass(frozen=True)
class Grouped:
    """Files class by class, and how many each class has."""

    paths: PathList
    counts: tuple[int, ...]

    @property
    def numbers(self) -> npt.NDArray[np.int64]:
        """The class of each file."""
        import numpy as np

        return np.repeat(np.arange(len(self.counts), dtype=np.int64), self.counts)


@dataclass(frozen=True)
class Classed:
    """Files by class; ``held_out`` in the same order of classes, None where there is no such part."""

    classes: tuple[str, ...]
    train: Grouped
    held_out: Grouped | None
    notes: list[str]


def class_folders(folder: Path) -> list[Path]:
    """The sub-folders that may be classes."""
    return folders_in(folder)


def halves(folder: Path) -> tuple[Path, Path | None]:
    """(training folder, held-out folder): ``folder`` itself, or its train/ and val/ sub-folders."""
    train = folder / "train"
    if train.is_dir():
        for name in _HELD_OUT:
            if (folder / name).is_dir() and class_folders(folder / name):
                return train, folder / name
        # train/ beside no other folder of classes: it is the level above the classes.
        if len(class_folders(folder)) == 1:
            return train, None
    return folder, None


def held_in(folder: Path, suffixes: tuple[str, ...]) -> bool:
    """Whether the first class folder that holds any files holds some of this kind."""
    for entry in islice(class_folders(halves(folder)[0]), 20):
        names = _some_files(entry)
        if names:
            return any(name.lower().endswith(suffixes) for name in names)
    return False


def _some_files(folder: Path) -> list[str]:
    """The first names, wherever they lie below; a large folder is not read to its end."""
    waiting, names = [str(folder)], list[str]()
    for _ in range(20):
        if not waiting or names:
            break
        place = waiting.pop(0)
        with contextlib.suppress(OSError):
            for name, is_folder in islice(entries_of(place), _PEEKED):
                if is_folder:
                    waiting.append(os.path.join(place, name))  # noqa: PTH118
                else:
                    names.append(name)
    return names


def read_classes(folder: Path, suffixes: tuple[str, ...], progress: Progress, what: str) -> Classed:
    """The files of each class. ``what`` is what they are, in the plural. Raises DataError."""
    lister = _Lister(suffixes, progress, what)
    train_folder, held_out_folder = halves(folder)
    groups: dict[str, int] = {}
    train = PathList()
    for entry in class_folders(train_folder):
        if count := lister.add(entry, train):
            groups[entry.name] = count
        else:
            lister.notes.append(f"The folder {entry.name} holds no {what} and is no class.")
    if not 2 <= len(groups) <= _MAX_CLASSES:
        raise DataError(
            f"The folder {train_folder} must hold at least two sub-folders with {what}, one per class; "
            f"found {len(groups)}. Choose the folder right above the classes."
        )
    held_out = None
    if held_out_folder is not None:
        extra = sorted({entry.name for entry in class_folders(held_out_folder)} - set(groups))
        if extra:
            lister.notes.append(f"Classes without training {what} are left out: {', '.join(extra[:5])}.")
        held = PathList()
        counts = tuple(lister.add(held_out_folder / name, held) for name in groups)
        held_out = Grouped(held, counts) if len(held) else None
    return Classed(tuple(groups), Grouped(train, tuple(groups.values())), held_out, lister.notes)


class _Lister:
    """Lists folder after folder, tells how many files there are by now, and notes what cannot be read."""

    def __init__(self, suffixes: tuple[str, ...], progress: Progress, what: str) -> None:
        self.notes: list[str] = []
        self._suffixes = suffixes
        self._progress = progress
        self._what = what
        self._into = PathList()

    def add(self, folder: Path, into: PathList) -> int:
        """Every file under ``folder`` by suffix, in one order on every computer; how many."""
        self._into = into
        return walk(str(folder), self._suffixes, into, self._tick, self._failed)

    def _tick(self) -> None:
        """A large tree can be stopped."""
        self._progress(None, f"Looking for {self._what}: {len(self._into):,}")
        if len(self._into) > _MAX_FILES:
            raise DataError(f"There are more than {_MAX_FILES:,} {self._what}. Choose a smaller folder.")

    def _failed(self, error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            self.notes.append(f"{error.filename} cannot be read: {error.strerror}.")
