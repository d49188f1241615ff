"""Choose the settings of how a training computes, by measuring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from designer.codegen.module import build
from designer.data.counts import sample_counts
from designer.data.open import open_data
from designer.jobs.specs import TuneJob
from designer.jobs.tasks.common import input_dims, what_learns
from designer.jobs.work import Job
from designer.train.tune import sentence, tune

__all__ = ["choose_settings"]

_ENOUGH = 8192  # samples to measure with, of larger data sets


def choose_settings(job: Job) -> Iterator[Mapping[str, Any]]:
    """Yields `progress`, `tried`, `tuned` and `result`: ``rows`` that were tried, fields of ``train`` that won, and a
    ``sentence``.
    """
    spec = cast(TuneJob, job.spec)
    program = job.program()
    counts = sample_counts(spec.data, patience=None)
    few = spec.data if (spec.data.limit or _ENOUGH + 1) <= _ENOUGH else spec.data.model_copy(update={"limit": _ENOUGH})
    data = open_data(few, input_dims(program), job.progress)
    rows = []
    for row in tune(
        lambda: build(program, spec.train.seed),
        data,
        spec.train,
        program.outputs,
        what_learns(job, spec.train),
        samples=None if counts is None else counts.train * spec.train.epochs,
        heard=job.progress,
    ):
        rows.append(row)
        yield {"type": "tried", **row.to_dict()}
    chosen: dict[str, Any] = {}
    for row in rows:
        chosen |= row.change if row.chosen else {}
    job.progress(1.0, "Measured")
    yield {"type": "tuned", "train": chosen, "sentence": sentence(rows)}
    yield job.folder.keep_result({"rows": [row.to_dict() for row in rows], "train": chosen, "sentence": sentence(rows)})
