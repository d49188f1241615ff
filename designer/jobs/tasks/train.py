"""Train the drawn network on real data."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

from torch import nn

from designer.codegen.module import block_of, build, finder
from designer.codegen.program import Program
from designer.data.open import Data, open_data
from designer.errors import LayerloomError, TrainError
from designer.exchange.weights import load_weights
from designer.jobs.logs.writing import Logs
from designer.jobs.specs import TrainJob
from designer.jobs.tasks.changing import catch_up, take_change
from designer.jobs.tasks.common import check_outputs, data_facts, input_dims, kept_normalisation, what_learns
from designer.jobs.tasks.environment import environment
from designer.jobs.work import Job
from designer.train.events import Changing, Noted, Started, to_dict
from designer.train.loop import train
from designer.train.state import has_state
from designer.train.world import current

__all__ = ["train_network"]


def train_network(job: Job) -> Iterator[Mapping[str, Any]]:
    """Yields `progress` while the data are read, `data` with what they are, then the events of the training.

    Where a person changes the network on the way, the training goes on with that one (changing.py).
    """
    spec = cast(TrainJob, job.spec)
    resume = None if spec.resume is None else Path(spec.resume)
    # A run that goes on sees its pictures exactly as before, even if the data set grew.
    normalisation = spec.normalisation if resume is None else kept_normalisation(resume)
    if resume is not None and job.folder.path.samefile(resume):
        catch_up(job, resume)
        if not has_state(resume):
            resume = None
            yield to_dict(Noted(0, "older", "The run ended before its first checkpoint. It begins again."))
    sizes, data = None, None
    while True:
        program = job.program()
        if data is None or sizes != input_dims(program):
            sizes = input_dims(program)
            data = open_data(spec.data, sizes, job.progress, normalisation=normalisation)
            facts = data_facts(data)
            job.folder.keep_data_facts(facts)
            yield {"type": "data", **facts}
        change = yield from _train(job, program, data, resume)
        if change is None:
            return
        yield take_change(job, change.number, data, change.iteration)
        resume = job.folder.path


def _train(
    job: Job, program: Program, data: Data, resume: Path | None
) -> Generator[Mapping[str, Any], None, Changing | None]:
    """Train until the end, or until the network is to be another one."""
    spec = cast(TrainJob, job.spec).train
    check_outputs(program, data)
    module = build(program, spec.seed)
    if resume is None and job.folder.initial.exists():
        yield _start_from(module, job.folder.initial)
    event = None
    with Logs(job.folder.path, spec, job.folder.note) as logs:
        for event in train(
            module,
            data,
            spec,
            program.outputs,
            control=job.control,
            resume=resume,
            folder=current().keeps(job.folder.path),
            blame=partial(block_of, program),
            whose=finder(program),
            **what_learns(job, spec),
        ):
            told = to_dict(event)
            if isinstance(event, Started):
                yield from _keep_environment(job, module, told)
            yield told
            yield from logs.take(told)
    if data.lost:
        job.folder.keep_data_facts(data_facts(data))
    return event if isinstance(event, Changing) else None


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
