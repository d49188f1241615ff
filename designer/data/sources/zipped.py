"""A .zip file of pictures, one folder per class inside: read where it lies, nothing is unpacked."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile

from designer.data.source import Loaded, Part, Progress, Source
from designer.data.spec import DataSpec
from designer.errors import DataError

__all__ = ["SOURCES"]

_MAX_FILES = 2_000_000
_HELD = ("val", "valid", "validation", "test")


def _names(path: Path) -> list[str]:
    """The pictures inside, by suffix, in one order. Raises DataError."""
    from designer.data.decode import SUFFIXES

    try:
        with ZipFile(path) as archive:
            infos = archive.infolist()
    except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise DataError(f"{path.name} is damaged or no .zip file: {error}.") from error
    if len(infos) > _MAX_FILES:
        raise DataError(f"{path.name} holds more than {_MAX_FILES:,} files. Unpack it, and choose a part.")
    if any(info.flag_bits & 1 for info in infos):
        raise DataError(f"{path.name} is locked with a password. Unpack it first, and choose the folder.")
    kept = [info.filename for info in infos if info.filename.lower().endswith(SUFFIXES)]
    # What macOS puts beside each file is no picture.
    return sorted(n for n in kept if not n.startswith("__MACOSX/") and not PurePosixPath(n).name.startswith("."))


def _classed(names: list[str]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Names by class, for training and held out: the class is the folder right above (below train/ and val/)."""
    train: dict[str, list[str]] = {}
    held: dict[str, list[str]] = {}
    for name in names:
        folders = PurePosixPath(name).parts[:-1]
        if not folders:
            continue
        sides = [folder.lower() for folder in folders[:-1]]
        into = held if any(side in _HELD for side in sides) else train
        into.setdefault(folders[-1], []).append(name)
    return train, held


def _open(spec: DataSpec, progress: Progress) -> Loaded:
    path = Path(spec.source).expanduser()
    progress(None, f"Reading the list of {path.name}")
    train, held = _classed(_names(path))
    if len(train) < 2:
        raise DataError(
            f"{path.name} must hold at least two folders with pictures, one per class; found {len(train)}. "
            "Unpack it, and choose the folder right above the classes."
        )
    classes = tuple(sorted(train))
    extra = sorted(set(held) - set(classes))
    notes = (f"Classes without training pictures are left out: {', '.join(extra[:5])}.",) if extra else ()
    kept = {name: held[name] for name in classes if name in held}
    return Loaded(_part(path, train, classes), classes, _part(path, kept, classes) if kept else None, notes)


def _part(path: Path, groups: dict[str, list[str]], classes: tuple[str, ...]) -> Part:
    import numpy as np

    from designer.data.pictures import ZipPictures

    numbers = [k for k, name in enumerate(classes) for _ in groups.get(name, ())]
    names = [name for title in classes for name in groups.get(title, ())]
    return Part(ZipPictures(path, names), np.array(numbers, dtype=np.int64))


def _sniff(path: Path) -> bool:
    try:
        return len(_classed(_names(path))[0]) >= 2
    except DataError:
        return False


SOURCES = (
    Source(
        name="zip",
        title="Zip of pictures",
        help="A .zip file with one folder per class inside. It is read where it lies; nothing is unpacked.",
        open=_open,
        sniff=_sniff,
        order=65,
        suffixes=(".zip",),
        folders=False,
    ),
)
