"""Pictures by number, fitted on demand: from one array in memory, or from files decoded when asked. No torch."""

from __future__ import annotations

import os
import zlib
from collections import Counter
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Protocol
from zipfile import BadZipFile, ZipFile

import numpy as np
import numpy.typing as npt
from PIL import Image

from designer.data.decode import (
    MAX_FILE,
    Damaged,
    Fit,
    decode,
    fit_picture,
    picture_dims,
    quiet_pillow,
    read_file,
)
from designer.data.listing import PathList

__all__ = ["ArrayPictures", "FilePictures", "Pictures", "ZipPictures", "natural_of", "whole"]

Dims = tuple[int, int, int]
Pixels = npt.NDArray[np.uint8]

_LOOK_AT = 500  # headers that decide the natural size of a folder
_FINER = 2  # a large picture is decoded to so many times the size that it will have, at least
_LARGEST = 256  # natural size of a folder of mixed pictures, at most


class Pictures(Protocol):
    """N pictures of any size."""

    def __len__(self) -> int:
        """How many."""
        ...

    def natural(self) -> Dims:
        """(channels, height, width) to use when the network does not say. Raises Damaged if none can be read."""
        ...

    def one(self, index: int, dims: Dims, fit: Fit) -> Pixels:
        """Picture ``index`` as uint8 [C, H, W] of exactly ``dims``. Raises Damaged."""
        ...

    def array(self, dims: Dims) -> Pixels | None:
        """All pictures, uint8 [N, C, H, W], if they lie in memory in just these dims."""
        ...

    def name(self, index: int) -> str:
        """What to call picture ``index`` in a message."""
        ...

    def content(self, index: int) -> bytes:
        """What decides whether two pictures are the same, as it lies on the disk."""
        ...

    def key(self, index: int) -> str:
        """What stays the same when pictures are added, or the whole folder is moved."""
        ...


class ArrayPictures:
    """Pictures in one array, uint8 [N, C, H, W] with C 1 or 3."""

    def __init__(self, pixels: Pixels) -> None:
        if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[1] not in (1, 3):
            raise ValueError(f"expected uint8 [N, 1 or 3, H, W], got {pixels.dtype} {pixels.shape}")
        self._pixels = pixels

    def __len__(self) -> int:
        return len(self._pixels)

    def natural(self) -> Dims:
        """The dims of every picture."""
        _, channels, height, width = self._pixels.shape
        return (channels, height, width)

    def one(self, index: int, dims: Dims, fit: Fit) -> Pixels:
        """As Pictures.one; never Damaged."""
        pixels: Pixels = self._pixels[index]
        if pixels.shape == dims:
            return pixels
        image = Image.fromarray(pixels[0] if len(pixels) == 1 else np.ascontiguousarray(pixels.transpose(1, 2, 0)))
        return fit_picture(image, dims, fit)

    def array(self, dims: Dims) -> Pixels | None:
        """As Pictures.array."""
        return self._pixels if self.natural() == dims else None

    def name(self, index: int) -> str:
        """The number, counted from 0."""
        return f"picture {index}"

    def content(self, index: int) -> bytes:
        """The pixels."""
        pixels: Pixels = self._pixels[index]
        return pixels.tobytes()

    def key(self, index: int) -> str:
        """The number."""
        return str(index)


class FilePictures:
    """Pictures in files; only the paths are kept in memory. ``root`` is the folder that they lie in."""

    def __init__(self, paths: Sequence[Path], root: Path | None = None) -> None:
        self._paths = paths if isinstance(paths, PathList) else list(paths)
        self._root = root

    def __len__(self) -> int:
        return len(self._paths)

    def natural(self) -> Dims:
        """The size of all pictures if it is one; else the middle height and width, at most 256.

        Decided by the headers of up to 500 files, spread evenly.
        """
        seen: Counter[Dims] = Counter()
        with quiet_pillow():
            for index in self._looked():
                try:
                    seen[picture_dims(self._file(int(index)))] += 1
                except Damaged:
                    continue
        if not seen:
            raise Damaged("none of the pictures can be read")
        channels = max(dims[0] for dims in seen)
        if len({dims[1:] for dims in seen}) == 1:
            _, height, width = next(iter(seen))
            return (channels, height, width)
        height, width = (
            max(1, min(_LARGEST, int(np.median([dims[axis] for dims in seen.elements()])))) for axis in (1, 2)
        )
        return (channels, height, width)

    def one(self, index: int, dims: Dims, fit: Fit) -> Pixels:
        """As Pictures.one: reads and decodes the file."""
        with quiet_pillow():
            return fit_picture(decode(self._file(index), _FINER * max(dims[1:])), dims, fit)

    def array(self, dims: Dims) -> Pixels | None:
        """Never in memory."""
        return None

    def name(self, index: int) -> str:
        """The path of the file."""
        return str(self._paths[index])

    def content(self, index: int) -> bytes:
        """The bytes of the file; of one that cannot be read its name, for it is left out later."""
        try:
            file = self._file(index)
            return file.getvalue() if isinstance(file, BytesIO) else read_file(file)
        except (Damaged, OSError):
            return self.key(index).encode("utf-8", "surrogateescape")

    def key(self, index: int) -> str:
        """The path inside of the folder."""
        path = self._paths[index]
        if self._root is not None and path.is_relative_to(self._root):
            path = path.relative_to(self._root)
        return path.as_posix()

    def _looked(self) -> npt.NDArray[np.int64]:
        """The pictures that decide the natural size."""
        return np.linspace(0, len(self) - 1, min(len(self), _LOOK_AT)).astype(np.int64)

    def _file(self, index: int) -> Path | BytesIO:
        """Where the picture is read from. Raises Damaged."""
        return self._paths[index]


class ZipPictures(FilePictures):
    """Pictures in a .zip file, read where they lie: nothing is unpacked, so no name in it can lead anywhere."""

    def __init__(self, archive: Path, names: Sequence[str]) -> None:
        super().__init__([Path(name) for name in names])
        self._archive = archive
        self._names = list(names)
        self._open: tuple[int, ZipFile] | None = None

    def name(self, index: int) -> str:
        """The name inside of the archive, behind the archive's own."""
        return f"{self._archive.name}/{self._names[index]}"

    def key(self, index: int) -> str:
        """The name inside of the archive."""
        return self._names[index]

    def _file(self, index: int) -> Path | BytesIO:
        if self._open is None or self._open[0] != os.getpid():  # two processes must not share a place in a file
            self._open = (os.getpid(), ZipFile(self._archive))
        try:
            with self._open[1].open(self._names[index]) as file:
                content = file.read(MAX_FILE + 1)  # whatever size it says it has
        except (BadZipFile, KeyError, RuntimeError, NotImplementedError, OSError, EOFError, zlib.error) as error:
            raise Damaged(str(error)[:200] or type(error).__name__) from error
        if len(content) > MAX_FILE:
            raise Damaged(f"the file is larger than {MAX_FILE >> 20} MB")
        return BytesIO(content)


def natural_of(pictures: Pictures, index: int) -> Dims:
    """(channels, height, width) of one picture as it lies there. Raises Damaged."""
    if not isinstance(pictures, FilePictures):
        return pictures.natural()
    with quiet_pillow():
        return picture_dims(pictures._file(index))


def whole(pictures: Pictures, index: int, most: int) -> Pixels:
    """One picture in its own shape, uint8 [1 or 3, H, W], at most ``most`` pixels a side. Raises Damaged."""
    if not isinstance(pictures, FilePictures):
        channels, height, width = pictures.natural()
        return pictures.one(index, (channels, *_within(height, width, most)), "stretch")
    with quiet_pillow():
        image = decode(pictures._file(index), most)
        height, width = _within(image.height, image.width, most)
        return fit_picture(image, (1 if image.mode == "L" else 3, height, width), "stretch")


def _within(height: int, width: int, most: int) -> tuple[int, int]:
    shrink = min(1.0, most / max(height, width))
    return max(1, round(height * shrink)), max(1, round(width * shrink))
