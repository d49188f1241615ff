"""Show what the network will see of one training sample, while a person still chooses the augmentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np

from designer.data.augment.declare import step_called
from designer.data.augment.plan import MIXES
from designer.data.augment.samples import Mix, Samples, Seen
from designer.data.augment.sheet import Sheet, condensed
from designer.data.source import Progress
from designer.data.spec import DataSpec
from designer.jobs.specs import ShowAugmentationJob
from designer.jobs.work import Job
from designer.train.mixing import Mixing
from designer.train.spec import TrainSpec

__all__ = ["CELLS", "look", "show_augmentation"]

CELLS = "cells.npy"
_NAMED = 1000  # classes that are told

_LAST: dict[tuple[object, ...], Samples] = {}  # the samples that were looked at last: the next look is at once


def show_augmentation(job: Job) -> Iterator[Mapping[str, Any]]:
    """Yields `progress`, then `result`: ``look``, ``sort``, ``name``, ``target``, ``shares``, ``count``, ``classes``, …

    The cells lie in cells.npy, as `Sheet` has them.
    """
    spec = cast(ShowAugmentationJob, job.spec)
    samples, seen, sheet = look(spec, job.progress)
    job.progress(1.0, "Drawn")
    with (job.folder.path / CELLS).open("wb") as file:
        np.save(file, sheet.cells, allow_pickle=False)
    yield job.folder.keep_result(
        {
            "look": sheet.look,
            "sort": seen.sort,
            "index": seen.index,
            "count": len(samples),
            "name": seen.name,
            "target": seen.target,
            "shares": seen.shares,
            "size": list(samples.dims),
            "classes": list(samples.classes[:_NAMED]),
            "targets": samples.kind,
        }
    )


def look(spec: ShowAugmentationJob, progress: Progress) -> tuple[Samples, Seen, Sheet]:
    """The same for whoever is in this process. Steps that cannot be done to such samples are left out."""
    samples = _samples(spec, progress)
    steps = [step for step in spec.data.augment if samples.sort in step_called(step.name).works]
    mix: Mix | None = None
    if (spec.mixup or spec.cutmix) and samples.kind == "classes" and samples.sort in MIXES["mixup"].works:
        mixing = Mixing(TrainSpec(mixup=spec.mixup, cutmix=spec.cutmix), len(samples.classes))
        mix = cast(Mix, mixing)
    seen = samples.seen(steps, spec.index, spec.seed, spec.times, mix)
    return samples, seen, condensed(seen.values)


def _samples(spec: ShowAugmentationJob, progress: Progress) -> Samples:
    bare = spec.data.model_copy(update={"augment": ()})
    dims = None if spec.size is None else tuple(spec.size)
    key = (bare, dims, _changed(bare))
    found = _LAST.get(key)
    if found is None:
        progress(None, "Opening the data")
        found = Samples(bare, dims, progress)
        _LAST.clear()
        _LAST[key] = found
    return found


def _changed(spec: DataSpec) -> int | None:
    """When the folder or file was changed last; None for a named data set."""
    try:
        return Path(spec.source).expanduser().stat().st_mtime_ns
    except (OSError, ValueError):
        return None
