"""Batches for training and pictures for people, from memory or decoded on demand.

Pixels stay uint8 until the batch is made: a quarter of the memory, and a gather of bytes is what makes a batch fast.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import torch

from designer.data.augment.apply import Augmentation
from designer.data.decode import Damaged, Fit
from designer.data.loading import Loader
from designer.data.pictures import Dims, Pictures
from designer.data.spec import Normalisation
from designer.errors import DataError

__all__ = ["Held", "Indices", "LazySplit", "Look", "MemorySplit", "Split", "places"]

Indices = torch.Tensor | slice | Sequence[int]

_ON_DEVICE = 2 << 30  # on a device that does not say what is free, a split of up to this many bytes is kept there
_OF_FREE = 3  # elsewhere one that takes at most this part of what is free; the network needs the rest


class Split(ABC):
    """The training or the validation part.

    ``loader`` reads samples that are not in memory. ``augmentation`` is what is done to training samples, by
    `augmented` and `shown` alone.
    """

    def __init__(
        self, labels: torch.Tensor, loader: Loader | None = None, augmentation: Augmentation | None = None
    ) -> None:
        self._labels = labels
        self.loader = loader
        self.augmentation = augmentation

    @property
    def labels(self) -> torch.Tensor:
        """The class of every sample, int64 [N], on the CPU; of numbers float32 [N, V], of labels 0 and 1 [N, L]."""
        return self._labels

    def __len__(self) -> int:
        """How many samples."""
        return len(self._labels)

    def batch(self, indices: Indices, device: torch.device | str = "cpu") -> tuple[torch.Tensor, torch.Tensor]:
        """Normalised samples float32 [n, *sample_dims] and classes int64 [n], on ``device``.

        Raises DataError when files have gone since the data were opened.
        """
        x, y = self._gather(indices, torch.device(device))
        return self._finish(x, None), y

    def augmented(self, indices: Indices, device: torch.device | str = "cpu") -> tuple[torch.Tensor, torch.Tensor]:
        """As `batch`, with the augmentation: what is learned from."""
        x, y = self._gather(indices, torch.device(device))
        return self._finish(x, self.augmentation), y

    def expect(self, indices: torch.Tensor) -> None:
        """These will be asked for soon; what has to be read may be read by now."""
        if self.loader is not None:
            self.loader.expect(indices)

    @abstractmethod
    def raw(self, index: int) -> npt.NDArray[np.uint8]:
        """Picture ``index`` as the network sees it, before normalising: uint8 [H, W, C], C 1 or 3."""

    @abstractmethod
    def shown(self, indices: Indices) -> npt.NDArray[np.uint8]:
        """Pictures of samples as they are learned from, with the augmentation: uint8 [n, H, W, C], C 1 or 3."""

    @abstractmethod
    def name(self, index: int) -> str:
        """What to call picture ``index``: a path, or a number."""

    def in_memory(self) -> npt.NDArray[np.generic] | None:
        """All samples as they lie, where they do on the CPU."""
        return None

    @abstractmethod
    def told(self, device: torch.device) -> str:
        """A sentence about where the samples lie while they are used on ``device``."""

    @abstractmethod
    def _gather(self, indices: Indices, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        """Samples as they lie, and their classes, on ``device``."""

    @abstractmethod
    def _finish(self, x: torch.Tensor, changes: Augmentation | None) -> torch.Tensor:
        """What the network takes."""

    def _load(self, loader: Loader, indices: Indices, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        """Read for this batch."""
        x, where = loader.read(places(indices, len(self)))
        if isinstance(indices, slice):  # part of a walk through all samples
            first, last, _ = indices.indices(len(self))
            loader.expect(torch.arange(last, min(2 * last - first, len(self))))
        y = self._labels.index_select(0, where)
        return sent(x, device), sent(y, device)


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


class Held:
    """All samples and classes in memory; on the device itself once they are asked for there and fit."""

    def __init__(self, values: torch.Tensor, labels: torch.Tensor) -> None:
        self.values = values
        self._labels = labels
        self._there: tuple[torch.device, torch.Tensor, torch.Tensor] | None = None
        self._refused: torch.device | None = None

    def gather(self, indices: Indices, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        """Some of them, on ``device``."""
        values, labels = self.on(device)
        if isinstance(indices, slice):
            x, y = values[indices], labels[indices]
        else:
            where = sent(torch.as_tensor(indices, dtype=torch.int64), values.device)
            x, y = values.index_select(0, where), labels.index_select(0, where)
        if x.device.type == device.type:
            return x, y
        if device.type == "cuda":  # fetched by the GPU while the CPU goes on
            x, y = x.pin_memory(), y.pin_memory()
        return sent(x, device), sent(y, device)

    def on(self, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        """Everything, where batches are gathered."""
        if device.type == "cpu" or self._refused == device:
            return self.values, self._labels
        if self._there is None or self._there[0] != device:
            self._there = self._moved(device)
            if self._there is None:
                self._refused = device
                return self.values, self._labels
        return self._there[1], self._there[2]

    def _moved(self, device: torch.device) -> tuple[torch.device, torch.Tensor, torch.Tensor] | None:
        """None where the network fills the device: batches are gathered on the CPU then."""
        if not _fits(self.values.nbytes, device):
            return None
        try:
            return device, self.values.to(device), self._labels.to(device)
        except torch.OutOfMemoryError:
            return None

    def told(self, device: torch.device, word: str) -> str:
        """A sentence about where they are."""
        there = self.on(device)[0].device.type != "cpu"
        place = "on the device" if there else "in memory"
        apart = "" if there or device.type == "cpu" else ", as they leave the device too little"
        return f"All {len(self.values):,} {word} are {place} ({self.values.nbytes / 1e6:,.0f} MB){apart}."


def sent(x: torch.Tensor, device: torch.device) -> torch.Tensor:
    """On ``device``; a GPU fetches it by itself while the CPU goes on."""
    return x.to(device, non_blocking=device.type == "cuda")


def _fits(size: int, device: torch.device) -> bool:
    if device.type != "cuda":
        return size <= _ON_DEVICE
    return size <= torch.cuda.mem_get_info(device)[0] // _OF_FREE


class PictureSplit(Split):
    """What pictures from everywhere have in common."""

    def __init__(
        self, labels: torch.Tensor, look: Look, loader: Loader | None, augmentation: Augmentation | None
    ) -> None:
        super().__init__(labels, loader, augmentation)
        self._look = look

    def shown(self, indices: Indices) -> npt.NDArray[np.uint8]:
        """As Split.shown."""
        x, _ = self._gather(indices, torch.device("cpu"))
        x = x if self.augmentation is None else self.augmentation(x)
        return x.permute(0, 2, 3, 1).contiguous().numpy().copy()

    def _finish(self, x: torch.Tensor, changes: Augmentation | None) -> torch.Tensor:
        return self._look(x if changes is None else changes(x))


class MemorySplit(PictureSplit):
    """Pictures in memory: pixels uint8 [N, C, H, W], labels int64 [N], both on the CPU."""

    def __init__(
        self,
        pixels: torch.Tensor,
        labels: torch.Tensor,
        look: Look,
        names: Sequence[str] = (),
        augmentation: Augmentation | None = None,
    ) -> None:
        super().__init__(labels, look, None, augmentation)
        self._held = Held(pixels, labels)
        self._names = names

    def in_memory(self) -> npt.NDArray[np.generic] | None:
        """As Split.in_memory."""
        return self._held.values.numpy()

    def raw(self, index: int) -> npt.NDArray[np.uint8]:
        """As Split.raw."""
        picture: npt.NDArray[np.uint8] = self._held.values[index].permute(1, 2, 0).contiguous().numpy().copy()
        return picture

    def name(self, index: int) -> str:
        """As Split.name."""
        return self._names[index] if self._names else f"picture {range(len(self))[index]}"

    def told(self, device: torch.device) -> str:
        """As Split.told."""
        return self._held.told(device, "pictures")

    def _gather(self, indices: Indices, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        return self._held.gather(indices, device)


def places(indices: Indices, count: int) -> torch.Tensor:
    """Which of ``count`` samples are meant, as int64 on the CPU."""
    if isinstance(indices, slice):
        return torch.arange(*indices.indices(count))
    return torch.as_tensor(indices, dtype=torch.int64, device="cpu")


class LazySplit(PictureSplit):
    """Pictures that do not fit in memory: fitted (and decoded) for each batch."""

    def __init__(
        self,
        pictures: Pictures,
        where: npt.NDArray[np.int64],
        labels: torch.Tensor,
        dims: Dims,
        fit: Fit,
        look: Look,
        augmentation: Augmentation | None = None,
    ) -> None:
        # Functions without this split: a ring of the two would keep an archive open until it is found.
        self._one: Callable[[int], npt.NDArray[np.uint8]] = lambda index: pictures.one(int(where[index]), dims, fit)
        self._name: Callable[[int], str] = lambda index: pictures.name(int(where[index]))
        self._loads = Loader(self._one, self._name, len(labels), dims, torch.uint8)
        super().__init__(labels, look, self._loads, augmentation)

    def raw(self, index: int) -> npt.NDArray[np.uint8]:
        """As Split.raw. Raises DataError when the file has gone or broken since the data were opened."""
        try:
            return np.ascontiguousarray(self._one(index).transpose(1, 2, 0))
        except Damaged as error:
            raise DataError(f"{self.name(index)} could be read before and cannot now: {error}.") from error

    def name(self, index: int) -> str:
        """As Split.name."""
        return self._name(index)

    def told(self, device: torch.device) -> str:
        """As Split.told."""
        return "The pictures do not fit in memory: each is read when it is needed."

    def _gather(self, indices: Indices, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        return self._load(self._loads, indices, device)
