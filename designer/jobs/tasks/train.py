"""Train the drawn network on real data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

from torch import nn

from designer.codegen.module import block_of, build
from designer.data.open import check_classes, open_data
from designer.errors import TrainError
from designer.exchange.weights import load_weights
from designer.jobs.specs import TrainJob
from designer.jobs.tasks.common import data_facts, input_dims, kept_normalisation, what_learns
from designer.jobs.work import Job
from designer.train.events import to_dict
from designer.train.loop import train
from designer.train.parts import LOSSES

__all__ = ["train_network"]


def train_network(job: Job) -> Iterator[Mapping[str, Any]]:
    """Yields `progress` while the data are read, `data` with what they are, then the events of the training."""
    spec = cast(TrainJob, job.spec)
    program = job.program()
    dims = input_dims(program)
    resume = None if spec.resume is None else Path(spec.resume)
    # A run that goes on sees its pictures exactly as before, even if the data set grew.
    normalisation = spec.normalisation if resume is None else kept_normalisation(resume)
    data = open_data(spec.data, dims, job.progress, normalisation=normalisation)
    for output in program.outputs:
        check_classes(data, output.classes, LOSSES[output.loss].target if output.loss in LOSSES else None)
    facts = data_facts(data)
    job.folder.keep_data_facts(facts)
    yield {"type": "data", **facts}

    module = build(program, spec.train.seed)
    if resume is None and job.folder.initial.exists():
        yield _start_from(module, job.folder.initial)
    for event in train(
        module,
        data,
        spec.train,
        program.outputs,
        control=job.control,
        resume=resume,
        folder=job.folder.path,
        blame=partial(block_of, program),
        **what_learns(job, spec.train),
    ):
        yield to_dict(event)


def _start_from(module: nn.Module, initial: Path) -> Mapping[str, Any]:
    """Take over what fits of the weights; the event that tells what was carried over and what starts anew."""
    match = load_weights(module, initial, partial=True)
    if not match.matched:
        raise TrainError(f"None of the weights fit this network: {match.sentence} Choose others, or start fresh.")
    new = [*match.missing, *(item.name for item in match.wrong_shape)]
    anew = [name for name in new if not name.endswith("num_batches_tracked")]
    return {"type": "carried", "matched": len(match.matched), "anew": anew[:100], "sentence": match.sentence}
