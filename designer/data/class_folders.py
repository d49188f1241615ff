"""Folders that hold one sub-folder per class: of pictures, sounds or recordings. No torch."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from designer.data.source import Progress
from designer.errors import DataError

__all__ = ["Classed", "class_folders", "class_numbers", "halves", "held_in", "read_classes"]

_MAX_FILES = 5_000_000
_MAX_CLASSES = 100_000
_HELD_OUT = ("val", "valid", "validation", "test")
_PEEKED = 200  # files of a class folder that are looked at to tell what it holds


@dataclass(frozen=True)
class Classed:
    """Files by class; ``held_out`` in the same order of classes, None where there is no such part."""

    classes: tuple[str, ...]
    train: list[list[Path]]
    held_out: list[list[Path]] | None
    notes: list[str]


def class_folders(folder: Path) -> list[Path]:
    """The sub-folders that may be classes."""
    return sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))


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
        names = [name for _, _, files in islice(os.walk(entry), 20) for name in files[:_PEEKED]]
        if names:
            return any(name.lower().endswith(suffixes) for name in names)
    return False


def read_classes(folder: Path, suffixes: tuple[str, ...], progress: Progress, what: str) -> Classed:
    """The files of each class. ``what`` is what they are, in the plural. Raises DataError."""
    progress(None, f"Looking for {what}")
    train_folder, held_out_folder = halves(folder)
    notes: list[str] = []
    groups: dict[str, list[Path]] = {}
    for entry in class_folders(train_folder):
        files = _files(entry, suffixes, progress, what)
        if files:
            groups[entry.name] = files
        else:
            notes.append(f"The folder {entry.name} holds no {what} and is no class.")
    if not 2 <= len(groups) <= _MAX_CLASSES:
        raise DataError(
            f"The folder {train_folder} must hold at least two sub-folders with {what}, one per class; "
            f"found {len(groups)}. Choose the folder right above the classes."
        )
    classes = tuple(groups)
    held_out: list[list[Path]] | None = None
    if held_out_folder is not None:
        extra = sorted({entry.name for entry in class_folders(held_out_folder)} - set(classes))
        if extra:
            notes.append(f"Classes without training {what} are left out: {', '.join(extra[:5])}.")
        found = [_files(held_out_folder / name, suffixes, progress, what) for name in classes]
        held_out = found if any(found) else None
    train = list(groups.values())
    if max(sum(map(len, train)), sum(map(len, held_out or []))) > _MAX_FILES:
        raise DataError(f"There are more than {_MAX_FILES:,} {what}. Choose a smaller folder.")
    return Classed(classes, train, held_out, notes)


def class_numbers(groups: Sequence[Sequence[object]]) -> list[int]:
    """The class of each file, group by group."""
    return [number for number, group in enumerate(groups) for _ in group]


def _files(folder: Path, suffixes: tuple[str, ...], progress: Progress, what: str) -> list[Path]:
    """Every file under ``folder`` by suffix, in one order on every computer. A large tree can be stopped."""
    found: list[Path] = []
    for place, folders, files in os.walk(folder, followlinks=False):
        progress(None, f"Looking for {what}")
        folders.sort()
        found.extend(
            Path(place, name) for name in sorted(files) if name.lower().endswith(suffixes) and not name.startswith(".")
        )
        if len(found) > _MAX_FILES:
            raise DataError(f"The folder {folder} holds more than {_MAX_FILES:,} {what}. Choose a smaller one.")
    return found
