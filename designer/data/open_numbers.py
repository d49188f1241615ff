"""From numbers of any kind (tables, signals, sounds) to batches: read, normalise, fit to the network's Input."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch

from designer.data.augment.apply import Augmentation, augmentation
from designer.data.augment.compute.draws import About
from designer.data.augment.declare import Sort
from designer.data.batches import Held, Indices, Split
from designer.data.decode import Damaged
from designer.data.dividing import Division
from designer.data.fitting import Rows
from designer.data.loading import Loader
from designer.data.numbers import Floats, Numbers, drawn, numbers_target
from designer.data.opened import Opened, check_channels
from designer.data.skipped import SkippedList
from designer.data.source import Loaded, Progress
from designer.data.spec import DataSpec, Normalisation
from designer.errors import DataError

__all__ = ["NumberSplit", "open_numbers", "sort_of"]

_CHUNK = 64
_MEASURED = 20_000  # samples that mean and deviation are measured on, where not all of them are kept
_FLAT = 1e-12  # a channel whose numbers differ by less (beside their size) is constant


class Scale:
    """Subtract the mean and divide by the deviation of each channel (of each column where samples are rows)."""

    def __init__(self, normalisation: Normalisation, dims: tuple[int, ...], sample_dims: tuple[int, ...]) -> None:
        self.normalisation = normalisation
        self.sample_dims = sample_dims
        self._turned = len(dims) == 2 and sample_dims == dims[::-1] and sample_dims != dims
        shape = (1, -1, *([1] * (len(dims) - 1)))
        self._mean = torch.tensor(normalisation.mean, dtype=torch.float32).view(shape)
        self._std = torch.tensor(normalisation.std, dtype=torch.float32).view(shape)

    def even(self, x: torch.Tensor) -> torch.Tensor:
        """Samples [n, *dims] with mean 0 and deviation 1."""
        if self._mean.device != x.device:
            self._mean, self._std = self._mean.to(x.device), self._std.to(x.device)
        # In this order: a mean that is large beside the deviation would cost digits if it were divided first.
        return (x - self._mean).div_(self._std)

    def back(self, x: torch.Tensor) -> torch.Tensor:
        """As they were before `even`."""
        return x * self._std + self._mean

    def shaped(self, x: torch.Tensor) -> torch.Tensor:
        """As the network takes them; contiguous."""
        return x.transpose(1, 2).contiguous() if self._turned else x.reshape(len(x), *self.sample_dims)


class NumberSplit(Split):
    """Samples that are numbers: all in memory (``values`` [N, *dims]), or read for each batch."""

    def __init__(
        self,
        samples: Numbers,
        where: Rows,
        labels: torch.Tensor,
        scale: Scale,
        values: torch.Tensor | None,
        augmentation: Augmentation | None = None,
    ) -> None:
        self._one: Callable[[int], Floats] = lambda index: samples.one(int(where[index]))
        self._name: Callable[[int], str] = lambda index: samples.name(int(where[index]))
        self._source: Held | Loader = (
            Loader(self._one, self._name, len(labels), samples.dims, torch.float32)
            if values is None
            else Held(values, labels)
        )
        super().__init__(labels, self._source if isinstance(self._source, Loader) else None, augmentation)
        self._word = samples.word
        self._scale = scale

    def raw(self, index: int) -> npt.NDArray[np.uint8]:
        """A drawing of sample ``index``: curves, or a map of what has two axes.

        Raises DataError when a file has gone or broken since the data were opened.
        """
        try:
            return drawn(self._one(index))
        except Damaged as error:
            raise DataError(f"{self.name(index)} could be read before and cannot now: {error}.") from error

    def in_memory(self) -> npt.NDArray[np.generic] | None:
        """As Split.in_memory."""
        return self._source.values.numpy() if isinstance(self._source, Held) else None

    def shown(self, indices: Indices) -> npt.NDArray[np.uint8]:
        """As Split.shown: drawings."""
        x, _ = self._gather(indices, torch.device("cpu"))
        if self.augmentation is not None:
            x = self._scale.back(self.augmentation(self._scale.even(x)))
        return np.stack([drawn(one) for one in x.numpy()])

    def name(self, index: int) -> str:
        """As Split.name."""
        return self._name(index)

    def told(self, device: torch.device) -> str:
        """As Split.told."""
        words = f"{self._word}s"
        if isinstance(self._source, Held):
            return self._source.told(device, words)
        return f"The {words} do not fit in memory: each is read when it is needed."

    def _gather(self, indices: Indices, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        if isinstance(self._source, Held):
            return self._source.gather(indices, device)
        return self._load(self._source, indices, device)

    def _finish(self, x: torch.Tensor, changes: Augmentation | None) -> torch.Tensor:
        x = self._scale.even(x)
        return self._scale.shaped(x if changes is None else changes(x))


def open_numbers(
    spec: DataSpec,
    loaded: Loaded,
    division: Division,
    input_dims: tuple[int | None, ...] | None,
    normalisation: Normalisation | None,
    memory: int,
    progress: Progress,
) -> Opened:
    """Both splits of numbers. Raises DataError."""
    samples, held = loaded.train.samples, division.held_part.samples
    assert isinstance(samples, Numbers) and isinstance(held, Numbers)
    if held.dims != samples.dims:
        sizes = " and ".join("×".join(map(str, one.dims)) for one in (samples, held))
        raise DataError(f"In {spec.source} the samples for training and for validation differ in size: {sizes}.")
    sample_dims = numbers_target(input_dims, samples.dims)
    words = f"{samples.word}s"
    check_channels(normalisation, samples.dims[0], words)
    total = len(division.train) + len(division.held)
    keep = total * int(np.prod(samples.dims)) * 4 <= memory
    reader = _Reader(keep, progress, total, words)
    moments = _Moments(samples.dims[0]) if normalisation is None else None
    train_rows, train_values = reader.read(samples, division.train, moments)
    held_rows, held_values = reader.read(held, division.held, None)
    reader.skipped.check(spec.source, total, len(train_rows), len(held_rows), words)
    normalisation = normalisation or (moments.normalisation() if moments is not None else None)
    assert normalisation is not None
    scale = Scale(normalisation, samples.dims, sample_dims)
    changes = augmentation(spec.augment, About(sort_of(samples), normalisation.mean, normalisation.std))
    labels = _labels(loaded.train.targets, train_rows)
    return Opened(
        train=NumberSplit(samples, train_rows, labels, scale, train_values, changes),
        validation=NumberSplit(held, held_rows, _labels(division.held_part.targets, held_rows), scale, held_values),
        sample_dims=sample_dims,
        normalisation=normalisation,
        in_memory=keep,
        skipped=reader.skipped,
        words=words,
    )


def sort_of(samples: Numbers) -> Sort:
    """What augmentation may do to them."""
    if len(samples.dims) == 3:
        return "spectrograms" if samples.word == "sound" else "maps"
    return "signals" if len(samples.dims) == 2 else "rows" if len(samples.dims) == 1 else "maps"


def _labels(targets: npt.NDArray[np.int64] | npt.NDArray[np.float32], rows: Rows) -> torch.Tensor:
    return torch.from_numpy(targets[rows])


class _Moments:
    """Mean and deviation of each channel, chunk by chunk, without the loss of digits that sums of squares bring."""

    def __init__(self, channels: int) -> None:
        self._count = 0
        self._mean = np.zeros(channels)
        self._spread = np.zeros(channels)

    def add(self, values: Floats) -> None:
        """Count in samples [n, C, ...]."""
        if not len(values):
            return
        rows = np.moveaxis(values, 1, 0).reshape(values.shape[1], -1).astype(np.float64)
        count, mean = rows.shape[1], rows.mean(axis=1)
        apart, whole = mean - self._mean, self._count + count
        self._spread += ((rows - mean[:, None]) ** 2).sum(axis=1) + apart**2 * self._count * count / whole
        self._mean += apart * count / whole
        self._count = whole

    def normalisation(self) -> Normalisation:
        """A channel without any spread is divided by 1."""
        std = np.sqrt(self._spread / max(1, self._count))
        std = np.where(std <= _FLAT * np.maximum(1.0, np.abs(self._mean)), 1.0, std)
        return Normalisation(mean=tuple(self._mean.tolist()), std=tuple(std.tolist()), of="numbers")


class _Reader:
    """Reads samples, leaving out what is damaged or not finite, and tells how far it has come."""

    def __init__(self, keep: bool, progress: Progress, total: int, words: str) -> None:
        self.skipped = SkippedList()
        self._keep = keep
        self._progress = progress
        self._total = total
        self._words = words
        self._done = 0

    def read(self, samples: Numbers, rows: Rows, moments: _Moments | None) -> tuple[Rows, torch.Tensor | None]:
        """The rows that can be used, and their numbers if they are kept."""
        values = np.empty((len(rows) if self._keep else min(_CHUNK, len(rows)), *samples.dims), dtype=np.float32)
        measured = rows[:: max(1, len(rows) // _MEASURED)] if not self._keep else rows
        good: list[int] = []
        for start in range(0, len(rows), _CHUNK):
            first = len(good) if self._keep else 0
            filled = first
            chunk = rows[start : start + _CHUNK]
            for row in chunk.tolist():
                if self._fill(samples, row, values, filled):
                    good.append(row)
                    filled += 1
            if moments is not None and np.isin(chunk, measured).any():
                moments.add(values[first:filled])
            self._done += len(chunk)
            self._progress(
                self._done / max(1, self._total), f"Reading: {self._done:,} of {self._total:,} {self._words}"
            )
        return np.asarray(good, dtype=np.int64), torch.from_numpy(values[: len(good)]) if self._keep else None

    def _fill(self, samples: Numbers, row: int, values: Floats, place: int) -> bool:
        try:
            one = samples.one(row)
        except Damaged as error:
            self.skipped.add(samples.name(row), str(error))
            return False
        if not np.isfinite(one).all():
            self.skipped.add(samples.name(row), "it holds numbers that are not finite")
            return False
        values[place] = one
        return True
