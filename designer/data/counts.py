"""How many samples a training will see, as far as that is known without reading the data. No torch."""

from __future__ import annotations

import contextlib
import gzip
import os
import struct
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from designer.data.idx import find_pair
from designer.data.source import sources
from designer.data.spec import DataSpec
from designer.errors import LayerloomError

__all__ = ["Samples", "sample_counts"]

_STANDARD = dict.fromkeys(("mnist", "fashion-mnist", "kmnist"), (60_000, 10_000)) | dict.fromkeys(
    ("cifar10", "cifar100"), (50_000, 10_000)
)
_LOOKED_AT = 20_000  # files of a folder that are counted while a person waits


class Samples(NamedTuple):
    """How many are learned from, and how many are kept to validate on."""

    train: int
    validation: int


def sample_counts(spec: DataSpec, patience: int | None = _LOOKED_AT) -> Samples | None:
    """The numbers of samples; None where only reading the data can tell, or where it takes more files than that."""
    with contextlib.suppress(LayerloomError, OSError, ValueError, EOFError, struct.error):
        if spec.source == "digits":
            return _digits(spec)
        if spec.source in _STANDARD:
            return _apart(*_STANDARD[spec.source], spec)
        named = sources().get(spec.source)
        if named is not None and named.named:
            return None if named.count is None else _parts(named.count, None, spec)
        folder = Path(spec.source).expanduser()
        if folder.is_file():
            return _of_file(spec)
        pair, test = find_pair(folder, train=True), find_pair(folder, train=False)
        if pair is not None:
            return _parts(_idx_count(pair[0]), _idx_count(test[0]) if test else None, spec)
        return _pictures(folder, spec, patience)
    return None


def _of_file(spec: DataSpec) -> Samples | None:
    from designer.data.recognise import quick_overview

    found = quick_overview(spec)
    return None if found is None else _parts(found.samples, found.held_out or None, spec)


def _digits(spec: DataSpec) -> Samples:
    import numpy as np

    from designer.data.fitting import choose, split_rows
    from designer.resources import resource

    with np.load(resource("data", "digits.npz"), allow_pickle=False) as file:
        labels = file["labels"].astype(np.int64)
    train, held_out = split_rows(labels, choose(labels, spec.limit, spec.seed), spec.validation, spec.seed)
    return Samples(len(train), len(held_out))


def _idx_count(path: Path) -> int:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        _, number = struct.unpack(">II", file.read(8))
    return int(number)


def _pictures(folder: Path, spec: DataSpec, patience: int | None) -> Samples | None:
    """Pictures in the class folders."""
    from designer.data.class_folders import halves

    train, held_out = halves(folder)
    number = _files(train, patience)
    kept = _files(held_out, patience) if held_out is not None else None
    if not number or (held_out is not None and kept is None):
        return None
    return _parts(number, kept, spec)


def _files(folder: Path, patience: int | None) -> int | None:
    from designer.data.decode import SUFFIXES

    files = (name for _, _, names in os.walk(folder) for name in names)
    number = sum(name.lower().endswith(SUFFIXES) for name in islice(files, None if patience is None else patience + 1))
    return number if patience is None or number <= patience else None


def _parts(number: int, held_out: int | None, spec: DataSpec) -> Samples:
    """With a test set of its own, or with a share that is kept aside."""
    if held_out is not None:
        return _apart(number, held_out, spec)
    used = number if spec.limit is None else min(number, spec.limit)
    kept = used // spec.folds if spec.folds else round(used * spec.validation)
    return Samples(used - kept, kept)


def _apart(train: int, held_out: int, spec: DataSpec) -> Samples:
    most = spec.limit if spec.limit is not None else max(train, held_out)
    return Samples(min(train, most), min(held_out, most))
