"""A folder of pictures with one sub-folder per class."""

from __future__ import annotations

import os
from pathlib import Path

from designer.data.source import Loaded, Part, Progress, Source
from designer.data.spec import DataSpec
from designer.errors import DataError

__all__ = ["SOURCES", "halves"]

_MAX_FILES = 5_000_000
_MAX_CLASSES = 100_000
_HELD_OUT = ("val", "valid", "validation", "test")


def _class_folders(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))


def _files(folder: Path, progress: Progress) -> list[Path]:
    """Every picture under ``folder`` by suffix, in one order on every computer. A large tree can be stopped."""
    from designer.data.decode import SUFFIXES

    found: list[Path] = []
    for place, folders, files in os.walk(folder, followlinks=False):
        progress(None, "Looking for pictures")
        folders.sort()
        found.extend(
            Path(place, name) for name in sorted(files) if name.lower().endswith(SUFFIXES) and not name.startswith(".")
        )
        if len(found) > _MAX_FILES:
            raise DataError(f"The folder {folder} holds more than {_MAX_FILES:,} pictures. Choose a smaller one.")
    return found


def halves(folder: Path) -> tuple[Path, Path | None]:
    """(training folder, held-out folder): ``folder`` itself, or its train/ and val/ sub-folders."""
    train = folder / "train"
    if train.is_dir():
        for name in _HELD_OUT:
            if (folder / name).is_dir() and _class_folders(folder / name):
                return train, folder / name
        # train/ beside no other folder of classes: it is the level above the classes.
        if len(_class_folders(folder)) == 1:
            return train, None
    return folder, None


def _part(groups: list[list[Path]], root: Path) -> Part:
    """The pictures of all classes; group k holds the files of class k."""
    import numpy as np

    from designer.data.pictures import FilePictures

    paths = [path for group in groups for path in group]
    if len(paths) > _MAX_FILES:
        raise DataError(f"There are more than {_MAX_FILES:,} pictures. Choose a smaller folder.")
    labels = np.repeat(np.arange(len(groups), dtype=np.int64), [len(group) for group in groups])
    return Part(FilePictures(paths, root), labels)


def _open(spec: DataSpec, progress: Progress) -> Loaded:
    folder = Path(spec.source).expanduser()
    progress(None, "Looking for pictures")
    train_folder, held_out_folder = halves(folder)
    notes: list[str] = []
    groups: dict[str, list[Path]] = {}
    for entry in _class_folders(train_folder):
        files = _files(entry, progress)
        if files:
            groups[entry.name] = files
        else:
            notes.append(f"The folder {entry.name} holds no pictures and is no class.")
    if not 2 <= len(groups) <= _MAX_CLASSES:
        raise DataError(
            f"The folder {train_folder} must hold at least two sub-folders with pictures, one per class; "
            f"found {len(groups)}. Choose the folder right above the classes."
        )
    classes = tuple(groups)
    held_out: Part | None = None
    if held_out_folder is not None:
        extra = sorted({entry.name for entry in _class_folders(held_out_folder)} - set(classes))
        if extra:
            notes.append(f"Classes without training pictures are left out: {', '.join(extra[:5])}.")
        part = _part([_files(held_out_folder / name, progress) for name in classes], folder)
        held_out = part if len(part.samples) else None
    return Loaded(_part(list(groups.values()), folder), classes, held_out, tuple(notes))


def _sniff(folder: Path) -> bool:
    return bool(_class_folders(folder))


SOURCES = (
    Source(
        name="folder",
        title="Folder of pictures",
        help="One sub-folder per class (or train/ and val/ with one sub-folder per class each): "
        "JPEG, PNG, BMP, GIF, WebP, PPM or TIFF files of any size.",
        open=_open,
        sniff=_sniff,
        order=60,
    ),
)
