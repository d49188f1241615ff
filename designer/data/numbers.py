"""Samples that are not pictures: rows of a table, windows of a signal, sounds. float32 of one size each. No torch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from designer.errors import DataError
from designer.graph.context import fits_input

__all__ = ["ArrayNumbers", "Floats", "Numbers", "Windows", "drawn", "numbers_target"]

Floats = npt.NDArray[np.float32]

_LOOK_HEIGHT, _LOOK_WIDTH = 96, 384  # of the picture of a signal


class Numbers(ABC):
    """N samples of one size. ``word`` is what people call one of them."""

    word = "sample"

    def __init__(self, dims: tuple[int, ...]) -> None:
        self.dims = dims

    @abstractmethod
    def __len__(self) -> int:
        """How many."""

    @abstractmethod
    def one(self, index: int) -> Floats:
        """Sample ``index`` as float32 of ``dims``. Raises decode.Damaged."""

    @abstractmethod
    def name(self, index: int) -> str:
        """What to call sample ``index`` in a message."""

    def natural(self) -> tuple[int, ...]:
        """The size of a sample."""
        return self.dims

    def content(self, index: int) -> bytes:
        """What decides whether two samples are the same."""
        return self.one(index).tobytes()

    def key(self, index: int) -> str:
        """What stays the same when samples are added behind."""
        return self.name(index)


class ArrayNumbers(Numbers):
    """Samples in one array, float32 [N, *dims], in memory or mapped from a file."""

    def __init__(self, values: npt.NDArray[np.generic], word: str = "sample", first: int = 0) -> None:
        if values.ndim < 2 or values.dtype.kind not in "fiub":
            raise ValueError(f"expected numbers of shape [N, ...], got {values.dtype} {values.shape}")
        super().__init__(tuple(values.shape[1:]))
        self._values = values
        self._first = first
        self.word = word

    def __len__(self) -> int:
        return len(self._values)

    def one(self, index: int) -> Floats:
        """As Numbers.one."""
        return np.asarray(self._values[index], dtype=np.float32)

    def name(self, index: int) -> str:
        """The number, counted from 0 (rows of a table as its file counts them)."""
        return f"{self.word} {self._first + index}"


class Windows(Numbers):
    """Windows cut from recordings, float32 [C, steps] each; only the recordings are kept."""

    word = "window"

    def __init__(
        self, recordings: Sequence[Floats], names: Sequence[str], starts: npt.NDArray[np.int64], steps: int
    ) -> None:
        """``starts`` [N, 2]: the recording and the first step of each window."""
        super().__init__((recordings[0].shape[0], steps))
        self._recordings = recordings
        self._names = names
        self._starts = starts

    def __len__(self) -> int:
        return len(self._starts)

    def one(self, index: int) -> Floats:
        """As Numbers.one."""
        recording, start = self._starts[index].tolist()
        part: Floats = self._recordings[recording][:, start : start + self.dims[1]]
        return part

    def name(self, index: int) -> str:
        """The recording, and from which step on."""
        recording, start = self._starts[index].tolist()
        return f"{self._names[recording]}, steps {start:,} to {start + self.dims[1] - 1:,}"


def numbers_target(input_dims: tuple[int | None, ...] | None, dims: tuple[int, ...]) -> tuple[int, ...]:
    """How samples of ``dims`` reach a network's Input of ``input_dims``. Raises DataError.

    As they are; as one long vector; with sizes of 1 put in or left out; or channels×steps as steps×channels, the way
    LSTM and attention take them. What the Input leaves open is as large as the data.
    """
    if input_dims is None:
        return dims
    found = fits_input(input_dims, dims)
    if found is not None:
        return found
    asked = "×".join("?" if size is None else str(size) for size in input_dims)
    have = "×".join(map(str, dims))
    raise DataError(f"The Input asks for {asked}; a sample of the data is {have}. Set the Input to {have}.")


def drawn(sample: Floats) -> npt.NDArray[np.uint8]:
    """A sample as people can look at it, uint8 [H, W, 1]: curves of signals and tables, a map of what has two axes."""
    if sample.ndim >= 3:
        return _map(sample.reshape(-1, sample.shape[-1])[::-1])
    rows = np.atleast_2d(sample)[:16]
    strip = max(12, _LOOK_HEIGHT // len(rows))
    return np.concatenate([_curve(row, strip) for row in rows])[..., None]


def _map(values: Floats) -> npt.NDArray[np.uint8]:
    low, high = float(values.min()), float(values.max())
    scaled = (values - low) * (255 / (high - low) if high > low else 0.0)
    return np.ascontiguousarray(scaled.astype(np.uint8)[..., None])


def _curve(row: Floats, height: int) -> npt.NDArray[np.uint8]:
    """Black on white; each column shows the lowest and the highest number that it stands for."""
    width = min(len(row), _LOOK_WIDTH)
    edges = np.linspace(0, len(row), width + 1).astype(int)
    low, high = float(row.min()), float(row.max())
    scale = (height - 1) / (high - low) if high > low else 0.0
    canvas = np.full((height, width), 255, dtype=np.uint8)
    last = None
    for x in range(width):
        part = row[edges[x] : max(edges[x] + 1, edges[x + 1])]
        top, bottom = (round((high - float(v)) * scale) for v in (part.max(), part.min()))
        if last is not None:  # joined with the column before
            top, bottom = min(top, last), max(bottom, last)
        canvas[top : bottom + 1, x] = 0
        last = round((high - float(part[-1])) * scale)
    return canvas
