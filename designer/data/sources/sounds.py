"""A folder of sounds with one sub-folder per class."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from designer.data.class_folders import Grouped, held_in, read_classes
from designer.data.source import Loaded, Part, Progress, Source
from designer.data.spec import DataSpec
from designer.errors import DataError

if TYPE_CHECKING:
    from designer.data.sounds import Shape

__all__ = ["SOURCES"]

_MAX_LENGTH = 10_000_000  # numbers of one sound


def _part(files: Grouped, root: Path, shape: Shape) -> Part:
    from designer.data.sounds import SoundFiles

    return Part(SoundFiles(files.paths, root, shape), files.numbers)


def _open(spec: DataSpec, progress: Progress) -> Loaded:
    from designer.data.sounds import Shape
    from designer.data.waves import SUFFIXES

    folder = Path(spec.source).expanduser()
    shape = Shape(spec.rate, round(spec.rate * spec.seconds), spec.bands if spec.sound == "spectrogram" else None)
    if not 2 <= shape.length <= _MAX_LENGTH:
        raise DataError(
            f"{spec.seconds:g} seconds at {spec.rate:,} a second are {shape.length:,} numbers; from 2 to "
            f"{_MAX_LENGTH:,} can be taken. Change the seconds or the sample rate."
        )
    found = read_classes(folder, SUFFIXES, progress, "sounds")
    notes = [*found.notes, f"Each sound is {spec.seconds:g} s at {spec.rate:,} Hz, one channel."]
    held_out = _part(found.held_out, folder, shape) if found.held_out is not None else None
    return Loaded(_part(found.train, folder, shape), found.classes, held_out, tuple(notes))


def _sniff(folder: Path) -> bool:
    from designer.data.waves import SUFFIXES

    return held_in(folder, SUFFIXES)


SOURCES = (
    Source(
        name="sounds",
        title="Folder of sounds",
        help="One sub-folder per class with WAV, FLAC, Ogg, MP3 or AIFF files of any rate: as waves, "
        "1×length, or as spectrograms, 1×bands×frames.",
        open=_open,
        sniff=_sniff,
        order=57,
        options=("rate", "seconds", "sound", "bands"),
        pictures=False,
    ),
)
