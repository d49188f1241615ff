"""Train the drawn network on real data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

from torch import nn

from designer.codegen.module import block_of, build
from designer.data.open import check_classes, open_data
from designer.errors import LayerloomError, TrainError
from designer.exchange.weights import load_weights
from designer.jobs.logs.writing import Logs
from designer.jobs.specs import TrainJob
from designer.jobs.tasks.common import data_facts, input_dims, kept_normalisation, what_learns
from designer.jobs.tasks.environment import environment
from designer.jobs.work import Job
from designer.train.events import Noted, Started, to_dict
from designer.train.loop import train
from designer.train.parts import LOSSES
from designer.train.state import has_state

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
    if resume is not None and job.folder.path.samefile(resume) and not has_state(resume):
        resume = None
        yield to_dict(Noted(0, "older", "The run ended before its first checkpoint. It begins again."))
    if resume is None and job.folder.initial.exists():
        yield _start_from(module, job.folder.initial)
    with Logs(job.folder.path, spec.train, job.folder.note) as logs:
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
            told = to_dict(event)
            if isinstance(event, Started):
                yield from _keep_environment(job, module, told)
            yield told
            yield from logs.take(told)


def _keep_environment(job: Job, module: nn.Module, started: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Write down what the run is made with; what to tell where the disk refuses, which stops no run."""
    spec = cast(TrainJob, job.spec).train
    try:
        job.folder.keep_environment(environment(spec, module, job.folder.network(), started))
    except LayerloomError as error:
        text = f"What the run is made with could not be written down: {error.message} The run goes on."
        yield {"type": "noted", "iteration": started["start_iteration"], "what": "log", "text": text}


def _start_from(module: nn.Module, initial: Path) -> Mapping[str, Any]:
    """Take over what fits of the weights; the event that tells what was carried over and what starts anew."""
    match = load_weights(module, initial, partial=True)
    if not match.matched:
        raise TrainError(f"None of the weights fit this network: {match.sentence} Choose others, or start fresh.")
    new = [*match.missing, *(item.name for item in match.wrong_shape)]
    anew = [name for name in new if not name.endswith("num_batches_tracked")]
    return {"type": "carried", "matched": len(match.matched), "anew": anew[:100], "sentence": match.sentence}
