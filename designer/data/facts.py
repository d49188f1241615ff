"""What is known of data without reading their pictures, for the checks of a drawing. No torch; NumPy only if needed."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

from designer.data.source import sources
from designer.data.spec import DataSpec
from designer.errors import DataError
from designer.graph.context import Context

__all__ = ["context_of"]

_MOST = 1000  # class folders that are counted while a person waits
_LABELS = 4 << 20  # bytes of a file of class numbers that is read meanwhile


def context_of(spec: DataSpec | None, batch: int | None = None) -> Context:
    """The facts about a data set by its name, or about a folder of class folders."""
    if spec is None:
        return Context(batch=batch)
    source = sources().get(spec.source)
    if source is not None:
        title = source.title.removesuffix(" (bundled)")
        return Context(title, len(source.classes) or None, source.classes, source.size, batch)
    folder = Path(spec.source).expanduser()
    if folder.is_file():
        return _of_file(spec, folder, batch)
    classes, size = _idx(folder)
    classes = classes or _class_folders(folder)
    return Context(f"the folder {folder.name}", len(classes) or None, classes, size, batch)


def _of_file(spec: DataSpec, file: Path, batch: int | None) -> Context:
    """What a small file holds; of a large one nothing is known before it is read."""
    from designer.data.recognise import quick_overview

    found = quick_overview(spec)
    title = f"the file {file.name}"
    if found is None or found.kind != "classes":
        return Context(title, batch=batch)
    size = (found.size[0], found.size[1], found.size[2]) if found.word == "picture" else None
    return Context(title, len(found.classes), found.classes, size, batch)


def _idx(folder: Path) -> tuple[tuple[str, ...], tuple[int, int, int] | None]:
    """The classes and the size of the pictures in IDX files; nothing where there are none, or very large ones."""
    from designer.data.idx import find_pair, read_idx

    try:
        pairs = [pair for pair in (find_pair(folder, train=True), find_pair(folder, train=False)) if pair is not None]
        if not pairs or any(labels.stat().st_size > _LABELS for _, labels in pairs):
            return (), None
        highest = max(int(read_idx(labels, 1).max()) for _, labels in pairs)
        return tuple(map(str, range(highest + 1))), _sides(pairs[0][0])
    except (DataError, OSError, EOFError, ValueError, struct.error):  # said in full when they are opened
        return (), None


def _sides(images: Path) -> tuple[int, int, int]:
    with gzip.open(images) if images.suffix == ".gz" else images.open("rb") as file:
        _, _, height, width = struct.unpack(">IIII", file.read(16))
    return (1, int(height), int(width))


def _class_folders(folder: Path) -> tuple[str, ...]:
    """The classes that the folders name; none where it is not such a folder, or a very large one."""
    from designer.data.class_folders import halves

    try:
        train, _ = halves(folder)
        names = sorted(entry.name for entry in train.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    except OSError:
        return ()
    return tuple(names) if 2 <= len(names) <= _MOST else ()
