"""Sounds by number: read, brought to one rate and one length, and made spectrograms on demand. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from designer.data.decode import Damaged, read_file
from designer.data.listing import PathList
from designer.data.numbers import Floats, Numbers
from designer.data.spec import DataSpec
from designer.data.waves import fit_length, log_mel, read_sound, resample

__all__ = ["Shape", "SoundFiles", "sample_dims"]

_MOST = 10_000_000  # numbers of one sound


@dataclass(frozen=True)
class Shape:
    """What every sound becomes: ``length`` numbers at ``rate``, or a spectrogram of so many bands."""

    rate: int
    length: int
    bands: int | None

    def __call__(self, wave: Floats, rate: int) -> Floats:
        """Float32 [1, length] or [1, bands, frames]."""
        wave = fit_length(resample(wave, rate, self.rate), self.length)
        return wave[None] if self.bands is None else log_mel(wave, self.rate, self.bands)[None]

    def dims(self) -> tuple[int, ...]:
        """The size of what comes out."""
        return self(np.zeros(self.length, dtype=np.float32), self.rate).shape


def sample_dims(spec: DataSpec) -> tuple[int, ...]:
    """The size of every sound that is read as the spec says."""
    length = round(spec.rate * spec.seconds)
    if not 2 <= length <= _MOST:  # refused when the data are opened
        return (1, length)
    return Shape(spec.rate, length, spec.bands if spec.sound == "spectrogram" else None).dims()


class SoundFiles(Numbers):
    """Sounds in files; only the paths are kept in memory."""

    word = "sound"

    def __init__(self, paths: Sequence[Path], root: Path, shape: Shape) -> None:
        super().__init__(shape.dims())
        self._paths = paths if isinstance(paths, PathList) else list(paths)
        self._root = root
        self._shape = shape

    def __len__(self) -> int:
        return len(self._paths)

    def one(self, index: int) -> Floats:
        """As Numbers.one: reads the file."""
        return self._shape(*read_sound(self._paths[index]))

    def name(self, index: int) -> str:
        """The path of the file."""
        return str(self._paths[index])

    def content(self, index: int) -> bytes:
        """The bytes of the file; of one that cannot be read its name, for it is left out later."""
        try:
            return read_file(self._paths[index])
        except (Damaged, OSError):
            return self.key(index).encode("utf-8", "surrogateescape")

    def key(self, index: int) -> str:
        """The path inside of the folder."""
        path = self._paths[index]
        return (path.relative_to(self._root) if path.is_relative_to(self._root) else path).as_posix()
