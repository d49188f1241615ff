"""A folder of pictures with one sub-folder per class."""

from __future__ import annotations

from pathlib import Path

from designer.data.class_folders import Grouped, class_folders, read_classes
from designer.data.source import Loaded, Part, Progress, Source
from designer.data.spec import DataSpec

__all__ = ["SOURCES"]


def _part(files: Grouped, root: Path) -> Part:
    """The pictures of all classes."""
    from designer.data.pictures import FilePictures

    return Part(FilePictures(files.paths, root), files.numbers)


def _open(spec: DataSpec, progress: Progress) -> Loaded:
    from designer.data.decode import SUFFIXES

    folder = Path(spec.source).expanduser()
    found = read_classes(folder, SUFFIXES, progress, "pictures")
    held_out = _part(found.held_out, folder) if found.held_out is not None else None
    return Loaded(_part(found.train, folder), found.classes, held_out, tuple(found.notes))


def _sniff(folder: Path) -> bool:
    return bool(class_folders(folder))


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
