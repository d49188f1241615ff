"""How many samples a training will see, as far as that is known without reading the data. No Qt, no torch."""

from __future__ import annotations

import contextlib
import gzip
import os
import struct
from itertools import islice
from pathlib import Path

from designer.data.idx import find_pair
from designer.data.spec import DataSpec
from designer.errors import LayerloomError

__all__ = ["training_samples"]

_STANDARD = {"mnist": 60_000, "fashion-mnist": 60_000, "cifar10": 50_000}
_LOOKED_AT = 20_000  # files of a folder that are counted while a person waits


def training_samples(spec: DataSpec) -> int | None:
    """The number of training samples; None where only reading the data can tell."""
    with contextlib.suppress(LayerloomError, OSError, ValueError, EOFError, struct.error):
        if spec.source == "digits":
            return _digits(spec)
        if spec.source in _STANDARD:
            return _limited(_STANDARD[spec.source], spec)
        folder = Path(spec.source).expanduser()
        pair = find_pair(folder, train=True)
        if pair is not None:
            number = _idx_count(pair[0])
            return _limited(number if find_pair(folder, train=False) else _kept(number, spec), spec)
        return _pictures(folder, spec)
    return None


def _digits(spec: DataSpec) -> int:
    import numpy as np

    from designer.data.fitting import choose, split_rows
    from designer.resources import resource

    with np.load(resource("data", "digits.npz"), allow_pickle=False) as file:
        labels = file["labels"].astype(np.int64)
    return len(split_rows(labels, choose(labels, spec.limit, spec.seed), spec.validation, spec.seed)[0])


def _idx_count(path: Path) -> int:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        _, number = struct.unpack(">II", file.read(8))
    return int(number)


def _pictures(folder: Path, spec: DataSpec) -> int | None:
    """Pictures in the class folders, if there are few enough to count at once."""
    from designer.data.decode import SUFFIXES
    from designer.data.sources.image_folder import halves

    train, held_out = halves(folder)
    files = (name for _, _, names in os.walk(train) for name in names)
    number = sum(name.lower().endswith(SUFFIXES) for name in islice(files, _LOOKED_AT + 1))
    if not 0 < number <= _LOOKED_AT:
        return None
    return _limited(number, spec) if held_out is not None else _kept(min(number, spec.limit or number), spec)


def _kept(number: int, spec: DataSpec) -> int:
    return number - round(number * spec.validation)


def _limited(number: int, spec: DataSpec) -> int:
    return min(number, spec.limit) if spec.limit is not None else number
