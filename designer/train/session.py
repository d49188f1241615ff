"""What a run is made of, and what it does beside an iteration: measuring, saving, telling (obeying.py: obeying)."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from designer.errors import LayerloomError, NonFiniteLoss
from designer.train import randomness
from designer.train.averaging import Averaging
from designer.train.batches import EpochOrder, TrainingData
from designer.train.control import Control
from designer.train.device import choose
from designer.train.events import (
    Changing,
    EpochEnded,
    Event,
    Finished,
    Machine,
    Noted,
    Started,
    Step,
    Unfrozen,
    Validated,
)
from designer.train.failures import Blame, computing
from designer.train.feeding import Feeding
from designer.train.health.care import Care
from designer.train.health.listening import Whose
from designer.train.keep import Keeper
from designer.train.learning import Learning, regroup
from designer.train.machine import Meter
from designer.train.measures import Measures, counts_labels
from designer.train.mixing import Mixing
from designer.train.obeying import Obeying
from designer.train.objective import Objective
from designer.train.parts import OPTIMIZERS
from designer.train.readings import Pace
from designer.train.saving import Saving
from designer.train.softening import training_objective
from designer.train.spec import TrainSpec
from designer.train.speed import Speed
from designer.train.state import Moving, Progress, newest_state
from designer.train.stepping import Stepping
from designer.train.validate import validate
from designer.train.watch import Watch
from designer.train.world import current

if TYPE_CHECKING:
    from designer.codegen.program import OutputInfo

__all__ = ["Session"]


class Session:
    """The parts of one run. Its generators yield events; those that can end the run return "run" or why it ends."""

    def __init__(
        self,
        module: torch.nn.Module,
        data: TrainingData,
        spec: TrainSpec,
        outputs: Sequence[OutputInfo],
        control: Control,
        resume: Path | None,
        folder: Path | None,
        blame: Blame | None,
        learning: Learning,
        whose: Whose | None = None,
    ) -> None:
        self.module, self.data, self.spec, self.blame = module, data, spec, blame
        self.learning, self.world = learning, current()
        self.control = self.world.hear(control)
        self.where = choose(self.world.device(spec.device))
        self.device = torch.device(self.where.name)
        self.plain = Objective(outputs, spec.output_weights, counts_labels=counts_labels(spec))
        self.plain.check(data)
        self.objective = training_objective(self.plain, outputs, data, spec, self.device)
        self.mixing = Mixing(spec, self.plain.classes and max(self.plain.classes, len(data.classes)))
        if spec.threads:
            torch.set_num_threads(spec.threads)
        randomness.seed_all((spec.seed + self.world.rank) % 2**32)
        module.to(self.device)
        learning.enter(1)
        self.speed = Speed(module, spec, self.device)
        self.optimizer = OPTIMIZERS[spec.optimizer].build(learning.groups(), spec)
        self.order = EpochOrder(len(data.train), spec.batch_size, spec.seed, self.world)
        self.feeding = Feeding(data, self.order, spec.epochs, self.device)
        self.total = self.order.per_epoch * spec.epochs
        self.progress = Progress()
        self.measures = Measures(spec, self.plain.main, self.plain.counts, data, self.device)
        self.watch = Watch(spec, len(data.validation) > 0, self.measures.watched)
        averaging = Averaging(module, spec.ema) if spec.ema else None
        self.moving = Moving(module, self.optimizer, self.watch, averaging, self.measures, scaler=self.speed.scaler)
        self.stepping = Stepping(self.moving, spec, self.order)
        self.keeper = Keeper(folder, self.moving, spec, len(data.train), self.device)
        self.saving = Saving(self.keeper, control)
        self._older = self._go_on(resume) if resume is not None else ""
        self.forward = self.world.wrap(module, self.speed)
        self.readings = self.world.readings(self.device, self.order)
        self.measures.each = self.world.measuring(self.measures.each, self._samples)
        self.pace = Pace(self.progress.elapsed, self.progress.iteration, self.total)
        self.meter = Meter(self.device)
        # What looks at blocks by itself would wait for the other parts of divided weights.
        self.care = Care(self, None if self.world.sharded else folder, whose)
        self.batch = 0
        self.obey = Obeying(self)

    def _go_on(self, path: Path) -> str:
        """Be where a run was when it wrote its state; a sentence where that is not the last it wrote."""
        state, older = newest_state(path)
        if self.learning.enter(max(1, -(-state.progress.iteration // self.order.per_epoch))):
            regroup(self.optimizer, self.learning.groups())
        state.restore(self.moving, self.spec, len(self.data.train), self.device)
        self.progress = state.progress
        self.measures.restore(state.tensors["measure"], begun=state.progress.iteration % self.order.per_epoch > 0)
        self.keeper.adopt_best(state.path, state.progress.best_iteration)
        return older

    # ------------------------------------------------------------- before an iteration

    def enter(self, epoch: int) -> Iterator[Event]:
        """Begin an epoch, or go on in it: what learns from here on, every layer in its mode."""
        if self.learning.enter(epoch):
            regroup(self.optimizer, self.learning.groups())
            parts = tuple(row.part for row in self.spec.unfreeze if row.epoch == epoch)
            yield Unfrozen(self.progress.iteration, epoch, parts, self.learning.count())
            self.forward = self.world.wrap(self.module, self.speed)
        self.module.train()
        for layer in self.learning.still:
            layer.eval()

    def use_rate(self) -> float:
        """Give the optimiser the learning rate of the coming iteration; that rate."""
        rate = self.planned_rate() * self.progress.rate_factor
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        return rate

    def planned_rate(self) -> float:
        """The learning rate of the coming iteration, before what a person made of it."""
        planned = self.spec.learning_rate_at(self.progress.iteration, self.total, self.order.per_epoch)
        return planned * self.watch.factor

    # ------------------------------------------------------------- after an iteration

    def round_off(self) -> Generator[Event, None, str]:
        """What follows an iteration where it is due: validation, end of the epoch, checkpoint."""
        ended, verdict = self._epoch_ends(), "run"
        yield from self.care.told()
        while self.speed.said:
            yield Noted(self.progress.iteration, "speed", self.speed.said.pop(0))
        if self._validation_due(ended):
            verdict = yield from self.measure(decides=True)
            if verdict in ("stopped", "changing"):
                return verdict
        if ended:
            yield from self.flush()
            yield self._epoch_ended()
        if verdict == "run" and self._checkpoint_due(ended):
            yield from self.checkpoint()
        return verdict

    def owes_validation(self) -> bool:
        """Whether a run that goes on was ended in the middle of a validation that it would have finished."""
        p = self.progress
        if not p.iteration or (p.loss is not None and p.validated_at == p.iteration):
            return False
        return self._validation_due(self._epoch_ends())

    def measure(self, decides: bool) -> Generator[Event, None, str]:
        """Measure the network on the validation samples and remember it if it is the best yet.

        Where it ``decides``, rates drop and runs end by it.
        """
        yield from self.flush()
        p, self.obey.measuring = self.progress, True
        self.world.level(self.moving.result)
        try:
            result = yield from validate(
                self.moving.result, self.data.validation, self.plain, self.spec.batch_size, self.device, self.obey,
                self.computing, self.speed.answers, self.world, self.measures.validation,
            )  # fmt: skip
        finally:
            self.obey.measuring = False
        if result is None:
            return "stopped" if self.obey.change is None else "changing"
        if not math.isfinite(result.loss):
            raise NonFiniteLoss(
                f"The validation loss became NaN or infinite after iteration {p.iteration}. Lower the learning rate.",
                p.iteration,
                self.batch,
            )
        figures, further = {**result.further, "loss": result.loss, "accuracy": result.accuracy}, dict(result.further)
        if self.watch.better(figures, {**p.best_figures, "loss": p.best_loss, "accuracy": p.best_accuracy}):
            p.best_loss, p.best_accuracy, p.best_iteration = result.loss, result.accuracy, p.iteration
            p.best_figures = further
            self.keeper.weights_are_best(p)
        p.loss, p.accuracy, p.figures, p.validated_at = result.loss, result.accuracy, further, p.iteration
        yield Validated(p.iteration, max(self._epoch(), 1), result.loss, result.accuracy, result.outputs, further)
        yield from self.care.after_validation()
        if not decides:
            return "run"
        said, ends = self.watch.hear(figures)
        if said:
            yield Noted(p.iteration, "plateau", said)
        if ends:
            yield Noted(p.iteration, "early_stop", self.watch.why_ended())
        return "early" if ends else "run"

    def checkpoint(self) -> Generator[Event, None, bool]:
        """Write where the run is, unless nothing has changed since the last time; whether it is on the disk."""
        yield from self.flush()
        self.progress.elapsed = self.pace.elapsed()
        self.moving.beside = self.world.gather(lambda: randomness.state(self.device))
        return (yield from self.saving.checkpoint(self.progress, self._epoch()))

    def finish(self, reason: str) -> Iterator[Event]:
        """Keep the weights that the run is to leave, and say how it ended."""
        if self.obey.change is not None:  # its state has just been saved, and it goes on at once
            yield Changing(self.progress.iteration, self.obey.change)
            return
        yield from self.checkpoint()
        p, wished = self.progress, self.spec.result
        # A person who stops says which weights to keep.
        best = self.control.best if reason == "stopped" else wished == "best" or (wished, reason) == ("auto", "early")
        kept = yield from self.saving.finish(p, best, reason == "stopped")
        yield Finished(
            reason, p.iteration, self._epoch(), p.best_accuracy, p.accuracy, p.loss, self.pace.elapsed(), kept.path,
            kept.which, kept.iteration, p.figures, p.best_figures,
        )  # fmt: skip

    def rescue(self, error: LayerloomError) -> str:
        """Keep good weights after ``error``; returns a sentence about them, or about why that failed too."""
        try:
            self.optimizer.zero_grad(set_to_none=True)  # memory to work with
            return self.keeper.rescue(self.progress, poisoned=isinstance(error, NonFiniteLoss))
        except (LayerloomError, RuntimeError, MemoryError) as second:  # a GPU may be past answering
            return f"The weights could not be kept: {second}"

    # ------------------------------------------------------------- telling

    def read(self) -> tuple[list[Step | Machine], NonFiniteLoss | None]:
        """Read what the device has ready; the steps to tell, and the error if a loss is NaN or infinite."""
        progress = self.progress
        readings, error = self.readings.read()
        steps: list[Step | Machine] = []
        for one in readings:
            progress.loss_sum += one.loss * one.samples
            progress.hits += (one.accuracy or 0.0) * one.samples
            progress.samples += one.samples
            elapsed, speed = self.pace.count(one.samples)
            left = self.pace.left(one.iteration, elapsed)
            steps.append(
                Step(
                    iteration=one.iteration,
                    epoch=one.epoch,
                    loss=one.loss,
                    accuracy=one.accuracy,
                    learning_rate=one.learning_rate,
                    samples_per_second=speed,
                    elapsed=elapsed,
                    left=left,
                    figures=one.figures,
                )
            )
        if steps:
            steps += self.meter.read(readings[-1].iteration, elapsed)
        return steps, error

    def flush(self) -> Iterator[Event]:
        """Tell all steps done so far; raises NonFiniteLoss."""
        steps, error = self.read()
        yield from steps
        if error is not None:
            raise error

    def begin(self) -> Iterator[Event]:
        """The first events of a run."""
        yield self._started()
        if self._older:
            yield Noted(self.progress.iteration, "older", self._older)
        yield from self.world.opening(self.module, self.spec, self.progress.iteration)
        yield from self.feeding.begin(self.progress.iteration)

    def _started(self) -> Started:
        return Started(
            device=self.where.name,
            device_name=self.where.title,
            threads=torch.get_num_threads(),
            epochs=self.spec.epochs,
            batch_size=self.spec.batch_size,
            iterations_per_epoch=self.order.per_epoch,
            total_iterations=self.total,
            train_samples=len(self.data.train),
            validation_samples=len(self.data.validation),
            start_iteration=self.progress.iteration,
        )

    def computing(self) -> AbstractContextManager[None]:
        """Within it, whatever the network raises becomes a sentence."""
        return computing(self.blame, self.batch, self.spec.batch_size, self.where.title)

    def _epoch(self) -> int:
        return -(-self.progress.iteration // self.order.per_epoch)

    def _samples(self) -> int:
        """In the batch under way, of all processes."""
        return self.order.samples_in(self.batch, self.batch)

    def _epoch_ends(self) -> bool:
        return self.progress.iteration % self.order.per_epoch == 0

    def _checkpoint_due(self, ended: bool) -> bool:
        if not (ended or self.spec.checkpoint_every or self.spec.checkpoint_minutes):
            return False
        return self.world.agree(self.keeper.due(self.progress, self._epoch() if ended else None))

    def _validation_due(self, ended: bool) -> bool:
        if len(self.data.validation) == 0:
            return False
        iteration, every = self.progress.iteration, self.spec.validate_every
        return (iteration % every == 0 if every else ended) or iteration == self.total

    def _epoch_ended(self) -> EpochEnded:
        p = self.progress
        samples = max(p.samples, 1)
        accuracy = p.hits / samples if self.plain.counts else None
        return EpochEnded(
            self._epoch(), p.loss_sum / samples, accuracy, p.loss, p.accuracy, self.pace.elapsed() - p.epoch_began,
            self.measures.epoch(), p.figures,
        )  # fmt: skip
