"""IDX files (the MNIST family), plain or .gz: everything is checked before memory is taken. No torch.

The format: two zero bytes, a type byte (8: unsigned byte), the number of dimensions, each dimension as a
big-endian 32-bit number, then the values.
"""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from designer.errors import DataError

__all__ = ["MAX_BYTES", "find_pair", "read_idx", "read_pair"]

MAX_BYTES = 2 << 30
"""No IDX file may unfold to more than this (MNIST: 47 MB)."""

_MAX_SIDE = 8192
_CHUNK = 1 << 20
_BEST_RATIO = 1032  # deflate cannot shrink more than 1032 to 1


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def read_idx(path: Path, ndim: int) -> npt.NDArray[np.uint8]:
    """The values of an IDX file of unsigned bytes with ``ndim`` dimensions.

    Raises DataError for another type or number of dimensions, sizes beyond the bounds, a file that is
    shorter or longer than its header says, or damaged compression.
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            if packed:
                with gzip.GzipFile(fileobj=raw, mode="rb") as file:
                    return _read(file, path, ndim, path.stat().st_size * _BEST_RATIO)
            return _read(raw, path, ndim, path.stat().st_size)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"The file {path} cannot be read: {error}. It is damaged or not readable; fetch it again."
        ) from error


def _read(file: _Readable, path: Path, ndim: int, room: int) -> npt.NDArray[np.uint8]:
    """Read header and values; ``room`` is the most bytes that the file can hold."""
    head = file.read(4)
    if len(head) < 4 or head[:2] != b"\0\0":
        raise DataError(f"The file {path} is not an IDX file: it must begin with two zero bytes. Choose another.")
    if head[2] != 8:
        raise DataError(f"The IDX file {path} holds values of type {head[2]}; expected 8, unsigned bytes.")
    if head[3] != ndim:
        raise DataError(f"The IDX file {path} has {head[3]} dimensions; expected {ndim}. Is it another kind of file?")
    sizes = file.read(4 * ndim)
    if len(sizes) < 4 * ndim:
        raise DataError(f"The IDX file {path} ends within its header. Fetch it again.")
    shape = tuple(int.from_bytes(sizes[4 * i : 4 * i + 4], "big") for i in range(ndim))
    total = math.prod(shape)
    if 0 in shape or max(shape[1:], default=1) > _MAX_SIDE or total > MAX_BYTES:
        raise DataError(
            f"The IDX file {path} says it holds {'×'.join(map(str, shape))} values, which is out of bounds "
            f"(1 to {MAX_BYTES:,} bytes). It is damaged; fetch it again."
        )
    if total + 4 + 4 * ndim > room:
        raise DataError(f"The IDX file {path} is too short for the {total:,} values that its header names.")
    # Grown as the bytes really arrive: a small hostile file never costs more than it holds.
    values = bytearray()
    while len(values) < total:
        chunk = file.read(min(_CHUNK, total - len(values)))
        if not chunk:
            raise DataError(f"The IDX file {path} ends after {len(values):,} of {total:,} values. Fetch it again.")
        values += chunk
    if file.read(1):
        raise DataError(f"The IDX file {path} goes on after its {total:,} values. It is damaged; fetch it again.")
    return np.frombuffer(values, dtype=np.uint8).reshape(shape)


def find_pair(folder: Path, train: bool) -> tuple[Path, Path] | None:
    """The image and label file of the training or the test set in ``folder``, or None."""
    stems = ("train",) if train else ("t10k", "test")
    for stem in stems:
        images = _find(folder, f"{stem}-images", "idx3")
        labels = _find(folder, f"{stem}-labels", "idx1")
        if images is not None and labels is not None:
            return images, labels
    return None


def _find(folder: Path, start: str, kind: str) -> Path | None:
    for joint in ("-", "."):
        for end in ("", ".gz"):
            path = folder / f"{start}{joint}{kind}-ubyte{end}"
            if path.is_file():
                return path
    return None


def read_pair(images: Path, labels: Path) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Pictures uint8 [N, 1, H, W] and classes int64 [N]. Raises DataError when they do not belong together."""
    pixels = read_idx(images, 3)
    classes = read_idx(labels, 1)
    if len(pixels) != len(classes):
        raise DataError(
            f"{images} holds {len(pixels):,} pictures and {labels} {len(classes):,} labels; "
            "the numbers must be equal. The files do not belong together."
        )
    return pixels[:, None], classes.astype(np.int64)
