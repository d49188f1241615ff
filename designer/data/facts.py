"""What is known of data without reading their pictures, for the checks of a drawing. No torch; NumPy only if needed."""

from __future__ import annotations

import gzip
import struct
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from designer.data.source import source_for, sources
from designer.data.spec import DataSpec
from designer.errors import DataError
from designer.graph.context import Context, Scale, Way

if TYPE_CHECKING:
    from designer.data.recognise import Overview

__all__ = ["context_of"]

_MOST = 1000  # class folders that are counted while a person waits
_TRIED = 1 << 20  # bytes of a table that is read in other ways, to know which of them there are
_LABELS = 4 << 20  # bytes of a file of class numbers that is read meanwhile


def context_of(spec: DataSpec | None, batch: int | None = None, seen: Overview | None = None) -> Context:
    """The facts about a data set by its name, about a folder of class folders, or about a small file.

    ``seen`` is what a look into the data gave, where there was one: then all is known.
    """
    if spec is None:
        return Context(batch=batch)
    source = sources().get(spec.source)
    if source is not None:
        title = source.title.removesuffix(" (bundled)")
        known = Context(title, len(source.classes) or None, source.classes, source.size, batch)
        return _of_overview(spec, seen, known) if seen is not None else _sounds(spec, source.options, known)
    folder = Path(spec.source).expanduser()
    if folder.is_file():
        known = Context(f"the file {folder.name}", batch=batch)
        return _of_overview(spec, seen or _quick(spec), known)
    known = Context(f"the folder {folder.name}", batch=batch)
    if seen is not None:
        return _of_overview(spec, seen, known)
    classes, size = _idx(folder)
    classes = classes or _class_folders(folder)
    known = replace(known, classes=len(classes) or None, labels=classes, size=size)
    return known if size is not None else _sounds(spec, _options(spec), known)


def _quick(spec: DataSpec) -> Overview | None:
    """What a small file holds; of a large one nothing is known before it is read."""
    from designer.data.recognise import quick_overview

    return quick_overview(spec)


def _options(spec: DataSpec) -> tuple[str, ...]:
    try:
        return source_for(spec).options
    except DataError:
        return ()


def _of_overview(spec: DataSpec, found: Overview | None, known: Context) -> Context:
    """All that a look into the data told."""
    if found is None:
        return known
    many = len(found.classes)
    known = replace(known, kind=found.kind, word=found.word, labels=found.classes)
    known = replace(known, classes=many) if found.kind == "classes" else replace(known, classes=None, width=many)
    options = _options(spec)
    if found.word == "picture":
        channels, height, width = found.size
        return replace(known, size=(channels, height, width), ways=_targets(spec, options))
    scales = (Scale(1, "window", 1, "Cut windows of {} steps", 2, 1_000_000),) if "window" in options else ()
    known = replace(known, sample=found.size, size=None, scales=scales, ways=_targets(spec, options))
    return _sounds(spec, options, known)


def _sounds(spec: DataSpec, options: tuple[str, ...], known: Context) -> Context:
    """The sizes of sounds are what the spec says, and it can say otherwise."""
    if "seconds" not in options:
        return known
    from designer.data.sounds import sample_dims

    wave = spec.sound == "waveform"
    other = spec.model_copy(update={"sound": "spectrogram" if wave else "waveform"})
    scale = (
        Scale(1, "seconds", spec.rate, "Cut the sounds to {} seconds", 0, 600)
        if wave
        else Scale(1, "bands", 1, "Make spectrograms of {} bands", 8, 256)
    )
    turn = "Give the sounds as spectrograms" if wave else "Give the sounds as waves"
    way = Way(turn, (("sound", other.sound),), sample=sample_dims(other))
    return replace(known, sample=sample_dims(spec), word="sound", size=None, ways=(way,), scales=(scale,))


_READ_AS = {
    "classes": "Read the target as classes",
    "values": "Read the target as numbers",
    "labels": "Read the target as labels",
}


def _targets(spec: DataSpec, options: tuple[str, ...]) -> tuple[Way, ...]:
    """How else the target of a small table can be read."""
    file = Path(spec.source).expanduser()
    try:
        if "targets" not in options or not file.is_file() or file.stat().st_size > _TRIED:
            return ()
    except OSError:
        return ()
    own = _quick(spec)
    ways = []
    for kind in ("classes", "values", "labels"):
        found = _quick(spec.model_copy(update={"targets": kind}))
        if found is not None and own is not None and found.kind == kind != own.kind:
            classes = len(found.classes) if kind == "classes" else None
            width = None if kind == "classes" else len(found.classes)
            ways.append(Way(_READ_AS[kind], (("targets", kind),), found.kind, classes, found.classes, width))
    return tuple(ways)


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
