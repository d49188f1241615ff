"""``open_data``: from a DataSpec to batches: read, split, fit to the network's Input, measure mean and deviation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import overload

import numpy as np
import numpy.typing as npt
import psutil
import torch

from designer.data.augment.apply import Augmentation, augmentation
from designer.data.augment.compute.draws import About
from designer.data.batches import LazySplit, Look, MemorySplit, Split
from designer.data.decode import Damaged, Fit
from designer.data.dividing import Division, divide
from designer.data.fitting import Histogram, target_for
from designer.data.loading import Together, cores
from designer.data.numbers import Numbers
from designer.data.open_numbers import open_numbers
from designer.data.opened import Opened, check_channels
from designer.data.pictures import ArrayPictures, Dims, FilePictures, Pictures
from designer.data.skipped import Skipped, SkippedList
from designer.data.source import Kind, Loaded, Progress, nothing, source_for
from designer.data.spec import DataSpec, Normalisation
from designer.data.twins import same_in_memory
from designer.errors import DataError

__all__ = ["Data", "Skipped", "check_classes", "open_data"]

_MAX_MEMORY = 8 << 30
_CHUNK = 64  # pictures between two calls of progress, at most; fewer when they are large
_CHUNK_BYTES = 16 << 20
_MEASURED = 5000


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
    kind: Kind = "classes"

    @property
    def mean(self) -> tuple[float, ...]:
        """Mean per channel, of pixels from 0 to 1."""
        return self.normalisation.mean

    @property
    def lost(self) -> tuple[Skipped, ...]:
        """Samples that could be read when the data were opened and could not later; others took their places."""
        return tuple(
            one for split in (self.train, self.validation) if split.loader is not None for one in split.loader.lost
        )

    @property
    def std(self) -> tuple[float, ...]:
        """Standard deviation per channel, of pixels from 0 to 1."""
        return self.normalisation.std


_OUTPUTS = {"classes": "Classification", "values": "Regression", "labels": "Multi-label"}


def check_classes(data: Data, classes: int | None, kind: str | None = None) -> None:
    """Raise DataError when an output with ``classes`` classes, for targets of ``kind``, does not fit the data."""
    if kind is not None and kind != data.kind and "values" not in (kind, data.kind):
        have = "one class a sample" if data.kind == "classes" else "several labels a sample, each yes or no"
        raise DataError(f"{data.source} has {have}. End the network with a {_OUTPUTS[data.kind]} output.")
    if classes is None:
        return
    if data.kind == "values":
        raise DataError(
            f"The network tells {classes} classes apart; the targets of {data.source} are numbers. End the network "
            f"with a Regression output of {len(data.classes)}."
        )
    if classes != len(data.classes):
        word = "labels" if data.kind == "labels" else "classes"
        raise DataError(
            f"The network tells {classes} {word} apart; {data.source} has {len(data.classes)}. "
            f"Set the {word} of the output block to {len(data.classes)}."
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
    division = divide(spec, loaded, progress)
    limit = memory if memory is not None else min(_MAX_MEMORY, psutil.virtual_memory().available // 3)
    if isinstance(loaded.train.samples, Numbers):
        opened = open_numbers(spec, loaded, division, input_dims, normalisation, limit, progress)
    else:
        opened = _open_pictures(spec, loaded, division, input_dims, normalisation, limit, progress)
    progress(1.0, "The data are ready")
    train, validation = opened.train, opened.validation
    return Data(
        train=train,
        validation=validation,
        classes=loaded.classes,
        sample_dims=opened.sample_dims,
        normalisation=opened.normalisation,
        source=spec.source,
        note=_note(
            source.title,
            opened.words,
            loaded,
            division,
            (len(train), len(validation)),
            opened.skipped.count,
            opened.in_memory,
        )
        + _twice(same_in_memory(train.in_memory(), validation.in_memory()), opened.words),
        in_memory=opened.in_memory,
        skipped=opened.skipped.count,
        skipped_list=tuple(opened.skipped.listed),
        kind=loaded.kind,
    )


def _open_pictures(
    spec: DataSpec,
    loaded: Loaded,
    division: Division,
    input_dims: tuple[int | None, ...] | None,
    normalisation: Normalisation | None,
    limit: int,
    progress: Progress,
) -> Opened:
    pictures, held = loaded.train.samples, division.held_part.samples
    assert not isinstance(pictures, Numbers) and not isinstance(held, Numbers)
    try:
        target = target_for(input_dims, pictures.natural())
    except Damaged as error:
        raise DataError(f"In {spec.source} {error}. Check the files.") from error
    parts = (
        _Rows(pictures, loaded.train.targets, division.train),
        _Rows(held, division.held_part.targets, division.held),
    )
    keep = sum(len(part.rows) for part in parts) * int(np.prod(target.dims)) <= limit
    check_channels(normalisation, target.dims[0], "pictures")

    histogram = Histogram(target.dims[0])
    reader = _Reader(target.dims, spec.fit, keep, progress, sum(len(part.rows) for part in parts))
    train = reader.read(parts[0], None if normalisation else histogram)
    validation = reader.read(parts[1], None)
    reader.skipped.check(spec.source, reader.total, len(train.rows), len(validation.rows), "pictures")
    look = Look(normalisation or histogram.normalisation(), target.sample_dims)
    changes = augmentation(spec.augment, About("pictures"))
    return Opened(
        train=train.split(look, target.dims, spec.fit, changes),
        validation=validation.split(look, target.dims, spec.fit),
        sample_dims=target.sample_dims,
        normalisation=look.normalisation,
        in_memory=train.pixels is not None,
        skipped=reader.skipped,
        words="pictures",
    )


@dataclass
class _Rows:
    """The rows of a part that are used; ``pixels`` once they were read into memory."""

    pictures: Pictures
    labels: npt.NDArray[np.int64] | npt.NDArray[np.float32]
    rows: npt.NDArray[np.int64]
    pixels: npt.NDArray[np.uint8] | None = None

    def split(self, look: Look, dims: Dims, fit: Fit, changes: Augmentation | None = None) -> Split:
        labels = torch.from_numpy(self.labels[self.rows])
        if self.pixels is None:
            return LazySplit(self.pictures, self.rows, labels, dims, fit, look, changes)
        # Arrays have no names worth keeping, and asking them would keep the whole array alive.
        files = isinstance(self.pictures, FilePictures)
        names = _Names(self.pictures, self.rows) if files else ()
        return MemorySplit(torch.from_numpy(self.pixels), labels, look, names, changes)


class _Names(Sequence[str]):
    """What files are called, said when somebody asks: the paths of a million take a gigabyte."""

    def __init__(self, pictures: Pictures, rows: npt.NDArray[np.int64]) -> None:
        self._pictures = pictures
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        if isinstance(index, slice):
            return tuple(self._pictures.name(row) for row in self._rows[index].tolist())
        return self._pictures.name(int(self._rows[index]))


class _Reader:
    """Reads parts, skipping what is damaged, and tells how far it has come."""

    def __init__(self, dims: Dims, fit: Fit, keep: bool, progress: Progress, total: int) -> None:
        self.dims = dims
        self.fit: Fit = fit
        self.keep = keep
        self.total = total
        self.skipped = SkippedList()
        self._progress = progress
        self._done = 0

    def read(self, part: _Rows, histogram: Histogram | None) -> _Rows:
        """``part`` without its damaged pictures, with pixels if they are kept."""
        whole = part.pictures.array(self.dims)
        if whole is not None:
            return self._gather(part, whole, histogram)
        if not self.keep and isinstance(part.pictures, ArrayPictures):
            return self._sample(part, histogram)
        workers = cores() if isinstance(part.pictures, FilePictures) else 1
        with Together(lambda row: part.pictures.one(row, self.dims, self.fit), workers) as together:
            return self._decode(part, histogram, together)

    def _decode(self, part: _Rows, histogram: Histogram | None, together: Together) -> _Rows:
        """Every picture once."""
        kept: list[npt.NDArray[np.int64]] = []
        chunk = max(1, min(_CHUNK, _CHUNK_BYTES // int(np.prod(self.dims))))
        pixels = np.empty((len(part.rows) if self.keep else chunk, *self.dims), dtype=np.uint8)
        filled = 0
        for start in range(0, len(part.rows), chunk):
            rows = part.rows[start : start + chunk]
            first = filled if self.keep else 0
            good: list[int] = []
            for row, found in zip(rows.tolist(), together.read(rows.tolist()), strict=True):
                if isinstance(found, Damaged):
                    self.skipped.add(part.pictures.name(row), str(found))
                else:
                    pixels[first + len(good)] = found
                    good.append(row)
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

    def _step(self, count: int) -> None:
        self._done += count
        self._progress(self._done / max(1, self.total), f"Reading pictures: {self._done:,} of {self.total:,}")


def _twice(count: int, words: str) -> str:
    if not count:
        return ""
    return (
        f" {count:,} of the {words} for validation are exactly like one for training, so the figures look better than "
        "they are; a split by content keeps the same on one side."
    )


def _note(
    title: str, words: str, loaded: Loaded, division: Division, sizes: tuple[int, int], skipped: int, kept: bool
) -> str:
    sentences = [f"{title}: {sizes[0]:,} {words} for training, {sizes[1]:,} for validation ({division.how})."]
    if skipped:
        sentences.append(f"{skipped:,} cannot be read and are left out.")
    sentences.append("They stay in memory." if kept else "They do not fit in memory and are read for each batch.")
    return " ".join([*sentences, *loaded.notes])
