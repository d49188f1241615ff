"""Pictures by number, fitted on demand: from one array in memory, or from files decoded when asked. No torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from designer.data.decode import Damaged, Fit, decode, fit_picture, picture_dims, quiet_pillow

__all__ = ["ArrayPictures", "FilePictures", "Pictures"]

Dims = tuple[int, int, int]
Pixels = npt.NDArray[np.uint8]

_LOOK_AT = 500  # headers that decide the natural size of a folder
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


class FilePictures:
    """Pictures in files; only the paths are kept in memory."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = list(paths)

    def __len__(self) -> int:
        return len(self._paths)

    def natural(self) -> Dims:
        """The size of all pictures if it is one; else the middle height and width, at most 256.

        Decided by the headers of up to 500 files, spread evenly.
        """
        seen: Counter[Dims] = Counter()
        with quiet_pillow():
            for index in np.linspace(0, len(self) - 1, min(len(self), _LOOK_AT)).astype(int):
                try:
                    seen[picture_dims(self._paths[index])] += 1
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
            return fit_picture(decode(self._paths[index]), dims, fit)

    def array(self, dims: Dims) -> Pixels | None:
        """Never in memory."""
        return None

    def name(self, index: int) -> str:
        """The path of the file."""
        return str(self._paths[index])
