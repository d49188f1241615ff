"""``open_data``: from a DataSpec to batches: read, split, fit to the network's Input, measure mean and deviation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import psutil
import torch

from designer.data.batches import LazySplit, Look, MemorySplit, Split
from designer.data.decode import Damaged, Fit
from designer.data.fitting import Histogram, Target, choose, split_rows, target_for
from designer.data.pictures import ArrayPictures, Dims, FilePictures, Pictures
from designer.data.source import Loaded, Progress, nothing, source_for
from designer.data.spec import DataSpec, Normalisation
from designer.errors import DataError

__all__ = ["Data", "Skipped", "check_classes", "open_data"]

_MAX_MEMORY = 8 << 30
_CHUNK = 64  # pictures between two calls of progress, at most; fewer when they are large
_CHUNK_BYTES = 16 << 20
_LISTED = 1000
_MEASURED = 5000


class Skipped(NamedTuple):
    """A picture that could not be read, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Data:
    """A data set that is ready for a network.

    ``sample_dims`` is what one sample of a batch has, (C, H, W) unless the Input asked for a vector or a
    sequence. ``skipped`` counts the pictures that could not be read, ``skipped_list`` names the first 1,000.
    ``note`` says in a sentence what there is and what is used for validation.
    """

    train: Split
    validation: Split
    classes: tuple[str, ...]
    sample_dims: tuple[int, ...]
    normalisation: Normalisation
    source: str
    note: str
    in_memory: bool
    skipped: int = 0
    skipped_list: tuple[Skipped, ...] = field(default=())

    @property
    def mean(self) -> tuple[float, ...]:
        """Mean per channel, of pixels from 0 to 1."""
        return self.normalisation.mean

    @property
    def std(self) -> tuple[float, ...]:
        """Standard deviation per channel, of pixels from 0 to 1."""
        return self.normalisation.std


def check_classes(data: Data, classes: int | None) -> None:
    """Raise DataError when a Classification output with ``classes`` classes does not fit the data."""
    if classes is not None and classes != len(data.classes):
        raise DataError(
            f"The network tells {classes} classes apart; {data.source} has {len(data.classes)}. "
            f"Set the classes of the output block to {len(data.classes)}."
        )


def open_data(
    spec: DataSpec,
    input_dims: tuple[int | None, ...] | None = None,
    progress: Progress | None = None,
    *,
    normalisation: Normalisation | None = None,
    memory: int | None = None,
) -> Data:
    """Read the data set of ``spec`` and fit it to ``input_dims`` (the network's Input without the batch).

    ``normalisation`` is given to evaluate or export with what the network was trained with; otherwise it is
    measured on the training split. Pictures are kept as uint8 in memory when both splits fit into ``memory``
    bytes (usual: a third of what is free, at most 8 GB), else fitted for each batch; then opening still decodes
    every file once, to find the damaged ones and to measure (of a data set in one array, 5,000 are measured).

    Raises DataError (Offline for a download without a network).
    """
    progress = progress or nothing
    source = source_for(spec)
    loaded = source.open(spec, progress)
    try:
        target = target_for(input_dims, loaded.train.pictures.natural())
    except Damaged as error:
        raise DataError(f"In {spec.source} {error}. Check the files.") from error
    parts = _rows(spec, loaded)
    limit = memory if memory is not None else min(_MAX_MEMORY, psutil.virtual_memory().available // 3)
    keep = sum(len(part.rows) for part in parts) * int(np.prod(target.dims)) <= limit
    _check_channels(normalisation, target)

    histogram = Histogram(target.dims[0])
    reader = _Reader(target.dims, spec.fit, keep, progress, sum(len(part.rows) for part in parts))
    train = reader.read(parts[0], None if normalisation else histogram)
    validation = reader.read(parts[1], None)
    if not len(train.rows) or not len(validation.rows):
        raise DataError(
            f"Of {reader.total:,} pictures in {spec.source}, {reader.skipped:,} cannot be read and too few are "
            f"left. The first: {reader.listed[0].name}: {reader.listed[0].reason}."
        )
    look = Look(normalisation or histogram.normalisation(), target.sample_dims)
    progress(1.0, "The data are ready")
    return Data(
        train=train.split(look, target.dims, spec.fit),
        validation=validation.split(look, target.dims, spec.fit),
        classes=loaded.classes,
        sample_dims=target.sample_dims,
        normalisation=look.normalisation,
        source=spec.source,
        note=_note(source.title, spec, loaded, len(train.rows), len(validation.rows), reader.skipped),
        in_memory=train.pixels is not None,
        skipped=reader.skipped,
        skipped_list=tuple(reader.listed),
    )


@dataclass
class _Rows:
    """The rows of a part that are used; ``pixels`` once they were read into memory."""

    pictures: Pictures
    labels: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    pixels: npt.NDArray[np.uint8] | None = None

    def split(self, look: Look, dims: Dims, fit: Fit) -> Split:
        labels = torch.from_numpy(self.labels[self.rows])
        if self.pixels is None:
            return LazySplit(self.pictures, self.rows, labels, dims, fit, look)
        # Arrays have no names worth keeping, and asking them would keep the whole array alive.
        files = isinstance(self.pictures, FilePictures)
        names = tuple(self.pictures.name(row) for row in self.rows.tolist()) if files else ()
        return MemorySplit(torch.from_numpy(self.pixels), labels, look, names)


def _rows(spec: DataSpec, loaded: Loaded) -> tuple[_Rows, _Rows]:
    """The training and the validation part, chosen but not read yet."""
    train = loaded.train
    rows = choose(train.labels, spec.limit, spec.seed)
    if loaded.held_out is not None:
        held = loaded.held_out
        held_rows = choose(held.labels, spec.limit, spec.seed)
        return _Rows(train.pictures, train.labels, rows), _Rows(held.pictures, held.labels, held_rows)
    train_rows, held_rows = split_rows(train.labels, rows, spec.validation, spec.seed)
    return _Rows(train.pictures, train.labels, train_rows), _Rows(train.pictures, train.labels, held_rows)


def _check_channels(normalisation: Normalisation | None, target: Target) -> None:
    if normalisation is not None and len(normalisation.mean) != target.dims[0]:
        raise DataError(
            f"The network was trained on pictures with {len(normalisation.mean)} channels; its Input now takes "
            f"{target.dims[0]}. Train it again."
        )


class _Reader:
    """Reads parts, skipping what is damaged, and tells how far it has come."""

    def __init__(self, dims: Dims, fit: Fit, keep: bool, progress: Progress, total: int) -> None:
        self.dims = dims
        self.fit: Fit = fit
        self.keep = keep
        self.total = total
        self.skipped = 0
        self.listed: list[Skipped] = []
        self._progress = progress
        self._done = 0

    def read(self, part: _Rows, histogram: Histogram | None) -> _Rows:
        """``part`` without its damaged pictures, with pixels if they are kept."""
        whole = part.pictures.array(self.dims)
        if whole is not None:
            return self._gather(part, whole, histogram)
        if not self.keep and isinstance(part.pictures, ArrayPictures):
            return self._sample(part, histogram)
        kept: list[npt.NDArray[np.int64]] = []
        chunk = max(1, min(_CHUNK, _CHUNK_BYTES // int(np.prod(self.dims))))
        pixels = np.empty((len(part.rows) if self.keep else chunk, *self.dims), dtype=np.uint8)
        filled = 0
        for start in range(0, len(part.rows), chunk):
            rows = part.rows[start : start + chunk]
            first = filled if self.keep else 0
            good: list[int] = []
            for row in rows.tolist():
                try:
                    pixels[first + len(good)] = part.pictures.one(row, self.dims, self.fit)
                    good.append(row)
                except Damaged as error:
                    self._skip(part.pictures.name(row), str(error))
            filled += len(good)
            kept.append(np.asarray(good, dtype=np.int64))
            if histogram is not None:
                histogram.add(pixels[first : first + len(good)])
            self._step(len(rows))
        good_rows = np.concatenate(kept) if kept else part.rows[:0]
        return _Rows(part.pictures, part.labels, good_rows, pixels[:filled] if self.keep else None)

    def _gather(self, part: _Rows, whole: npt.NDArray[np.uint8], histogram: Histogram | None) -> _Rows:
        """The pictures lie in an array of the right dims already."""
        pixels = whole if len(part.rows) == len(whole) else whole[part.rows]
        if histogram is not None:
            histogram.add(pixels)
        self._step(len(part.rows))
        return _Rows(part.pictures, part.labels, part.rows, pixels)

    def _sample(self, part: _Rows, histogram: Histogram | None) -> _Rows:
        """Pictures of an array cannot be damaged: measuring some is enough, and opening takes seconds."""
        if histogram is not None:
            for row in part.rows[:: max(1, len(part.rows) // _MEASURED)].tolist():
                histogram.add(part.pictures.one(row, self.dims, self.fit)[None])
        self._step(len(part.rows))
        return part

    def _skip(self, name: str, reason: str) -> None:
        self.skipped += 1
        if len(self.listed) < _LISTED:
            self.listed.append(Skipped(name, reason))

    def _step(self, count: int) -> None:
        self._done += count
        self._progress(self._done / max(1, self.total), f"Reading pictures: {self._done:,} of {self.total:,}")


def _note(title: str, spec: DataSpec, loaded: Loaded, train: int, held: int, skipped: int) -> str:
    if loaded.held_out is not None:
        how = "the data set's own test set"
    else:
        how = f"kept aside, the same share of each class, seed {spec.seed}"
    sentences = [f"{title}: {train:,} pictures for training, {held:,} for validation ({how})."]
    if skipped:
        sentences.append(f"{skipped:,} cannot be read and are left out.")
    return " ".join([*sentences, *loaded.notes])
