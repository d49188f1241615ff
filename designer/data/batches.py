"""Batches for training and pictures for people, from memory or decoded on demand.

Pixels stay uint8 until the batch is made: a quarter of the memory, and a gather of bytes is what makes a batch fast.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch

from designer.data.decode import Damaged, Fit
from designer.data.pictures import Dims, Pictures
from designer.data.spec import Normalisation
from designer.errors import DataError

__all__ = ["Indices", "LazySplit", "Look", "MemorySplit", "Split", "places"]

Indices = torch.Tensor | slice | Sequence[int]

_ON_DEVICE = 2 << 30  # a split of up to this many bytes is kept on the GPU once it is asked for there


class Split(Protocol):
    """The training or the validation part."""

    @property
    def labels(self) -> torch.Tensor:
        """The class of every picture, int64 [N], on the CPU."""
        ...

    def __len__(self) -> int:
        """How many pictures."""
        ...

    def batch(self, indices: Indices, device: torch.device | str = "cpu") -> tuple[torch.Tensor, torch.Tensor]:
        """Normalised pictures float32 [n, *sample_dims] and classes int64 [n], on ``device``."""
        ...

    def raw(self, index: int) -> npt.NDArray[np.uint8]:
        """Picture ``index`` as the network sees it, before normalising: uint8 [H, W, C], C 1 or 3."""
        ...

    def name(self, index: int) -> str:
        """What to call picture ``index``: a path, or a number."""
        ...


class Look:
    """From uint8 [n, C, H, W] to what the network takes: normalised float32 [n, *sample_dims]."""

    def __init__(self, normalisation: Normalisation, sample_dims: tuple[int, ...]) -> None:
        self.normalisation = normalisation
        self.sample_dims = sample_dims
        mean = torch.tensor(normalisation.mean, dtype=torch.float64)
        std = torch.tensor(normalisation.std, dtype=torch.float64)
        # (x/255 - mean)/std as one product and one sum
        self._factor = (1 / (255 * std)).to(torch.float32).view(1, -1, 1, 1)
        self._shift = (-mean / std).to(torch.float32).view(1, -1, 1, 1)

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        """Normalise; the result is contiguous."""
        if self._factor.device != pixels.device:
            self._factor = self._factor.to(pixels.device)
            self._shift = self._shift.to(pixels.device)
        x = pixels.to(torch.float32).mul_(self._factor).add_(self._shift)
        return x.view(len(x), *self.sample_dims)


class MemorySplit:
    """Pictures in memory: pixels uint8 [N, C, H, W], labels int64 [N], both on the CPU."""

    def __init__(self, pixels: torch.Tensor, labels: torch.Tensor, look: Look, names: Sequence[str] = ()) -> None:
        self._pixels = pixels
        self._labels = labels
        self._look = look
        self._names = names
        self._held: tuple[torch.device, torch.Tensor, torch.Tensor] | None = None

    @property
    def labels(self) -> torch.Tensor:
        """As Split.labels."""
        return self._labels

    def __len__(self) -> int:
        return len(self._labels)

    def batch(self, indices: Indices, device: torch.device | str = "cpu") -> tuple[torch.Tensor, torch.Tensor]:
        """As Split.batch."""
        device = torch.device(device)
        pixels, labels = self._on(device)
        if isinstance(indices, slice):
            x, y = pixels[indices], labels[indices]
        else:
            where = torch.as_tensor(indices, dtype=torch.int64).to(pixels.device)
            x, y = pixels.index_select(0, where), labels.index_select(0, where)
        return self._look(x.to(device)), y.to(device)

    def raw(self, index: int) -> npt.NDArray[np.uint8]:
        """As Split.raw."""
        picture: npt.NDArray[np.uint8] = self._pixels[index].permute(1, 2, 0).contiguous().numpy().copy()
        return picture

    def name(self, index: int) -> str:
        """As Split.name."""
        return self._names[index] if self._names else f"picture {range(len(self))[index]}"

    def _on(self, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        """Pixels and labels where the batch is gathered: on the GPU itself when they fit there."""
        if device.type == "cpu" or self._pixels.nbytes > _ON_DEVICE:
            return self._pixels, self._labels
        if self._held is None or self._held[0] != device:
            try:
                self._held = (device, self._pixels.to(device), self._labels.to(device))
            except torch.cuda.OutOfMemoryError:
                return self._pixels, self._labels  # the network fills the GPU: gather on the CPU
        return self._held[1], self._held[2]


def places(indices: Indices, count: int) -> torch.Tensor:
    """Which of ``count`` samples are meant, as int64 on the CPU."""
    chosen = range(count)[indices] if isinstance(indices, slice) else indices
    return torch.as_tensor(chosen, dtype=torch.int64, device="cpu")


class LazySplit:
    """Pictures that do not fit in memory: fitted (and decoded) for each batch."""

    def __init__(self, pictures: Pictures, where: npt.NDArray[np.int64], labels: torch.Tensor, dims: Dims, fit: Fit,
                 look: Look) -> None:  # fmt: skip
        self._pictures = pictures
        self._where = where
        self._labels = labels
        self._dims = dims
        self._fit = fit
        self._look = look

    @property
    def labels(self) -> torch.Tensor:
        """As Split.labels."""
        return self._labels

    def __len__(self) -> int:
        return len(self._labels)

    def batch(self, indices: Indices, device: torch.device | str = "cpu") -> tuple[torch.Tensor, torch.Tensor]:
        """As Split.batch; raises DataError when a file has gone or broken since the data were opened."""
        where = places(indices, len(self))
        pixels = torch.empty((len(where), *self._dims), dtype=torch.uint8)
        for row, index in enumerate(where.tolist()):
            pixels[row] = torch.from_numpy(self._one(index))
        return self._look(pixels.to(device)), self._labels[where].to(device)

    def raw(self, index: int) -> npt.NDArray[np.uint8]:
        """As Split.raw."""
        return np.ascontiguousarray(self._one(index).transpose(1, 2, 0))

    def name(self, index: int) -> str:
        """As Split.name."""
        return self._pictures.name(int(self._where[index]))

    def _one(self, index: int) -> npt.NDArray[np.uint8]:
        try:
            return self._pictures.one(int(self._where[index]), self._dims, self._fit).copy()
        except Damaged as error:
            raise DataError(f"{self.name(index)} could be read before and cannot now: {error}.") from error
