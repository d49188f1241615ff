"""The training loop: a generator that trains while it is iterated and yields what happens. Reads top to bottom."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from designer.errors import LayerloomError
from designer.train.batches import TrainingData
from designer.train.control import Control
from designer.train.events import Event
from designer.train.failures import Blame, failed, memory_error, out_of_memory
from designer.train.health.listening import Whose
from designer.train.learning import Learning
from designer.train.offers import offers_after
from designer.train.readings import Pending
from designer.train.session import Session
from designer.train.spec import TrainSpec
from designer.train.speed import process_settings
from designer.train.world import current

if TYPE_CHECKING:
    from designer.codegen.program import OutputInfo

__all__ = ["train"]


def train(
    module: torch.nn.Module,
    data: TrainingData,
    spec: TrainSpec,
    outputs: Sequence[OutputInfo],
    *,
    control: Control | None = None,
    resume: Path | None = None,
    folder: Path | None = None,
    blame: Blame | None = None,
    frozen: Collection[str] = (),
    rates: Mapping[str, float] | None = None,
    begins: Mapping[str, int] | None = None,
    whose: Whose | None = None,
) -> Iterator[Event]:
    """Train ``module`` in place, yielding events; it moves to the chosen device and ends with the weights to keep.

    ``folder`` is the run folder that weights and checkpoints are written to; None writes nothing. ``resume`` is the
    folder of a run (or its state file) to go on from. ``blame`` names the block an exception came from,
    ``whose`` the one that a line of code belongs to.
    ``frozen`` are the paths of layers whose weights and running statistics stay as they are, ``rates`` factors of the
    learning rate by path, and ``begins`` the epochs from which on layers learn; see learning.py.

    A run that fails yields Failed as its last event and raises nothing; a defect of this program does raise.
    """
    set_back, run = process_settings(), None
    try:
        current().prepare(module, spec)
        learning = Learning(module, spec, frozen, rates, begins)
        run = Session(module, data, spec, outputs, control or Control(), resume, folder, blame, learning, whose)
        yield from _events(run)
    except Exception as exc:
        error = _explain(exc, run)
        if error is None:
            raise
        error = run.care.inquire(error, run.keeper.proved_good) if run is not None else error
        kept = run.rescue(error) if run is not None else ""
        yield failed(error, kept, run.batch if run is not None else None, offers_after(error, run))
    finally:
        if run is not None:
            run.feeding.close()
        set_back()


def _events(run: Session) -> Iterator[Event]:
    """The run itself, from its first to its last iteration."""
    progress, per_epoch = run.progress, run.order.per_epoch
    yield from run.begin()
    run.keeper.weights_proved_good(progress)  # what there is to go back to if the first batch is bad
    verdict = "early" if run.watch.over else "run"
    if run.owes_validation():
        verdict = yield from run.round_off()
    for epoch in range(progress.iteration // per_epoch, run.spec.epochs):
        if verdict != "run":
            break
        first = progress.iteration % per_epoch  # above 0 when a run goes on in mid-epoch
        if first == 0:
            progress.begin_epoch(run.pace.elapsed())
        yield from run.enter(epoch + 1)
        for batch, indices in enumerate(run.feeding.batches(epoch, first), start=first + 1):
            # Commands are heard here, between two iterations, and once in every batch of a validation.
            verdict = yield from run.obey()
            if verdict != "run":
                break

            run.batch, number = batch, progress.iteration + 1
            rate = run.use_rate()
            x, target = yield from run.feeding(indices, number)
            answers = target.numel()
            x, target = run.mixing(x, target)
            with run.computing(), run.care.watching(number, epoch + 1, batch, indices, x, target):
                loss, told = run.objective(run.forward(x), target, run.measures.each)
            run.readings.add(Pending(number, epoch + 1, batch, len(indices), rate, answers, loss.detach(), *told))
            # Reading before the backward pass keeps a NaN out of the weights (on a GPU, where not every
            # iteration is read, out of the copy that is restored then).
            steps, trouble = run.read() if run.readings.due() else ([], None)
            if trouble is not None:
                yield from steps
                raise trouble
            if steps:
                run.keeper.weights_proved_good(progress)
            with run.computing():
                run.stepping(loss, batch)  # backward pass, optimiser, average
            progress.iteration = number
            yield from steps

            verdict = yield from run.round_off()
            if verdict != "run":
                break
    yield from run.finish("completed" if verdict == "run" else verdict)


def _explain(exc: Exception, run: Session | None) -> LayerloomError | None:
    """The error a person is told about; None for what is a defect of this program."""
    if isinstance(exc, LayerloomError):
        return exc
    if out_of_memory(exc):
        return memory_error(run.where.title, run.spec.batch_size) if run is not None else memory_error("the device", 1)
    return None
