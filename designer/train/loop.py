"""The training loop: a generator that trains while it is iterated and yields what happens. Reads top to bottom."""

from __future__ import annotations

import math
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from designer.errors import LayerloomError, NonFiniteLoss
from designer.train import randomness
from designer.train.batches import EpochOrder, TrainingData, answers_of
from designer.train.control import Control
from designer.train.device import choose
from designer.train.events import (
    EpochEnded,
    Event,
    Finished,
    Paused,
    Resumed,
    Started,
    Step,
    Unfrozen,
    Validated,
)
from designer.train.failures import Blame, computing, failed, memory_error, out_of_memory
from designer.train.keep import Keeper
from designer.train.learning import Learning, regroup
from designer.train.objective import Objective
from designer.train.parts import OPTIMIZERS
from designer.train.readings import Pace, Pending, Readings
from designer.train.spec import TrainSpec
from designer.train.state import Progress, find_state, read_state
from designer.train.validate import validate

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
) -> Iterator[Event]:
    """Train ``module`` in place, yielding events; it moves to the chosen device and ends with its latest weights.

    ``folder`` is the run folder that weights and checkpoints are written to; None writes nothing. ``resume`` is the
    folder of a run (or its state file) to go on from. ``blame`` names the block an exception came from.
    ``frozen`` are the paths of layers whose weights and running statistics stay as they are, ``rates`` factors of the
    learning rate by path, and ``begins`` the epochs from which on layers learn; see learning.py.

    A run that fails yields Failed as its last event and raises nothing; a defect of this program does raise.
    """
    threads = torch.get_num_threads()
    run = None
    try:
        learning = Learning(module, spec, frozen, rates, begins)
        run = _Run(module, data, spec, outputs, control or Control(), resume, folder, blame, learning)
        yield from run.events()
    except Exception as exc:
        error = _explain(exc, run)
        if error is None:
            raise
        kept = run.rescue(error) if run is not None else ""
        yield failed(error, kept, run.batch if run is not None else None)
    finally:
        torch.set_num_threads(threads)


class _Run:
    """One run from its first to its last iteration."""

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
    ) -> None:
        self.module, self.data, self.spec, self.control, self.blame = module, data, spec, control, blame
        self.learning = learning
        self.where = choose(spec.device)
        self.device = torch.device(self.where.name)
        self.objective = Objective(outputs, spec.output_weights)
        self.objective.check(data)
        if spec.threads:
            torch.set_num_threads(spec.threads)
        randomness.seed_all(spec.seed)
        module.to(self.device)
        learning.enter(1)
        self.optimizer = OPTIMIZERS[spec.optimizer].build(learning.groups(), spec)
        self.order = EpochOrder(len(data.train), spec.batch_size, spec.seed)
        self.total = self.order.per_epoch * spec.epochs
        self.progress = Progress()
        self.keeper = Keeper(folder, module, self.optimizer, spec, len(data.train), self.device)
        if resume is not None:
            self._go_on(find_state(resume))
        self.readings = Readings(self.device)
        self.pace = Pace(self.progress.elapsed, self.progress.iteration, self.total)
        self.batch = 0

    def _go_on(self, path: Path) -> None:
        """Be where a run was when it wrote its state."""
        state = read_state(path)
        if self.learning.enter(max(1, -(-state.progress.iteration // self.order.per_epoch))):
            regroup(self.optimizer, self.learning.groups())
        state.restore(self.module, self.optimizer, self.spec, len(self.data.train), self.device)
        self.progress = state.progress
        self.keeper.adopt_best(path)

    def events(self) -> Iterator[Event]:
        """The run itself."""
        spec, progress, per_epoch = self.spec, self.progress, self.order.per_epoch
        yield self._started()
        self.keeper.weights_proved_good(progress)  # what there is to go back to if the first batch is bad
        for epoch in range(progress.iteration // per_epoch, spec.epochs):
            first = progress.iteration % per_epoch  # above 0 when a run goes on in mid-epoch
            if first == 0:
                progress.begin_epoch(self.pace.elapsed())
            yield from self._wake(epoch + 1)
            self.module.train()
            for layer in self.learning.still:
                layer.eval()
            for batch, indices in enumerate(self.order.batches(epoch, first), start=first + 1):
                # Commands are heard here, between two iterations, and once in every batch of a validation.
                if (yield from self._obey()) == "stop":
                    yield from self._finish("stopped")
                    return

                self.batch = batch
                rate = spec.learning_rate_at(progress.iteration, self.total, per_epoch)
                for group in self.optimizer.param_groups:
                    group["lr"] = rate * group["factor"]
                x, target = self.data.train.batch(indices, self.device)
                with self._computing():
                    loss, hits = self.objective(answers_of(self.module, x), target)
                samples = len(indices)
                number = progress.iteration + 1
                self.readings.add(Pending(number, epoch + 1, batch, samples, rate, target.numel(), loss.detach(), hits))
                # Reading before the backward pass keeps a NaN out of the weights (on a GPU, where not every
                # iteration is read, out of the copy that is restored then).
                steps, trouble = self._read() if self.readings.due() else ([], None)
                if trouble is not None:
                    yield from steps
                    raise trouble
                if steps:
                    self.keeper.weights_proved_good(progress)
                with self._computing():
                    self.optimizer.zero_grad(set_to_none=True)
                    loss.backward()  # type: ignore[no-untyped-call]
                    self.optimizer.step()
                progress.iteration = number
                yield from steps

                ended = number % per_epoch == 0
                if self._validation_due(ended) and (yield from self._validate(epoch + 1)) == "stop":
                    yield from self._finish("stopped")
                    return
                if ended:
                    yield from self._flush()
                    yield self._epoch_ended(epoch + 1)
                if self.keeper.due(progress, ended):
                    yield from self._checkpoint()
        yield from self._finish("completed")

    def rescue(self, error: LayerloomError) -> str:
        """Keep good weights after ``error``; returns a sentence about them, or about why that failed too."""
        try:
            self.optimizer.zero_grad(set_to_none=True)  # memory to work with
            return self.keeper.rescue(self.progress, poisoned=isinstance(error, NonFiniteLoss))
        except (LayerloomError, RuntimeError, MemoryError) as second:  # a GPU may be past answering
            return f"The weights could not be kept: {second}"

    # ------------------------------------------------------------- the parts of an iteration

    def _wake(self, epoch: int) -> Iterator[Event]:
        """Let learn what learns from this epoch on."""
        if self.learning.enter(epoch):
            regroup(self.optimizer, self.learning.groups())
            parts = tuple(row.part for row in self.spec.unfreeze if row.epoch == epoch)
            yield Unfrozen(self.progress.iteration, epoch, parts, self.learning.count())

    def _obey(self) -> Generator[Event, None, str]:
        """Wait while paused; "run" or "stop"."""
        command = self.control.wanted()
        if command == "pause":
            yield from self._flush()
            self.pace.pause()
            yield Paused(self.progress.iteration)
            command = self.control.wait_while_paused()
            self.pace.go_on()
            if command == "run":
                yield Resumed(self.progress.iteration)
        return command

    def _read(self) -> tuple[list[Step], NonFiniteLoss | None]:
        """Read what the device has ready; the steps to tell, and the error if a loss is NaN or infinite."""
        progress = self.progress
        readings, error = self.readings.read()
        steps = []
        for one in readings:
            progress.loss_sum += one.loss * one.samples
            progress.hits += (one.accuracy or 0.0) * one.samples
            progress.samples += one.samples
            elapsed, speed = self.pace.count(one.samples)
            left = self.pace.left(one.iteration, elapsed)
            steps.append(
                Step(one.iteration, one.epoch, one.loss, one.accuracy, one.learning_rate, speed, elapsed, left)
            )
        return steps, error

    def _flush(self) -> Iterator[Event]:
        """Tell all steps done so far; raises NonFiniteLoss."""
        steps, error = self._read()
        yield from steps
        if error is not None:
            raise error

    def _validation_due(self, ended: bool) -> bool:
        if len(self.data.validation) == 0:
            return False
        iteration, every = self.progress.iteration, self.spec.validate_every
        return (iteration % every == 0 if every else ended) or iteration == self.total

    def _validate(self, epoch: int) -> Generator[Event, None, str]:
        """Measure the network on the validation samples and remember it if it is the best yet; "run" or "stop"."""
        yield from self._flush()
        progress = self.progress
        result = yield from validate(
            self.module,
            self.data.validation,
            self.objective,
            self.spec.batch_size,
            self.device,
            self._obey,
            self._computing,
        )
        if result is None:
            return "stop"
        loss, accuracy = result.loss, result.accuracy
        if not math.isfinite(loss):
            raise NonFiniteLoss(
                f"The validation loss became NaN or infinite after iteration {progress.iteration}. "
                "Lower the learning rate.",
                progress.iteration,
                self.batch,
            )
        if progress.better(loss, accuracy):
            progress.best_loss, progress.best_accuracy = loss, accuracy
            self.keeper.weights_are_best(progress)
        progress.loss, progress.accuracy, progress.validated_at = loss, accuracy, progress.iteration
        yield Validated(progress.iteration, epoch, loss, accuracy, result.outputs)
        return "run"

    def _checkpoint(self) -> Iterator[Event]:
        yield from self._flush()
        self.progress.elapsed = self.pace.elapsed()
        yield from self.keeper.checkpoint(self.progress, self._epoch())

    def _finish(self, reason: str) -> Iterator[Event]:
        yield from self._checkpoint()
        weights = self.keeper.finish(self.progress)
        p = self.progress
        yield Finished(
            reason, p.iteration, self._epoch(), p.best_accuracy, p.accuracy, p.loss, self.pace.elapsed(), weights
        )

    # ------------------------------------------------------------- small things

    def _computing(self) -> AbstractContextManager[None]:
        return computing(self.blame, self.batch, self.spec.batch_size, self.where.title)

    def _epoch(self) -> int:
        return -(-self.progress.iteration // self.order.per_epoch)

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

    def _epoch_ended(self, epoch: int) -> EpochEnded:
        p = self.progress
        samples = max(p.samples, 1)
        accuracy = p.hits / samples if self.objective.counts else None
        return EpochEnded(
            epoch, p.loss_sum / samples, accuracy, p.loss, p.accuracy, self.pace.elapsed() - p.epoch_began
        )


def _explain(exc: Exception, run: _Run | None) -> LayerloomError | None:
    """The error a person is told about; None for what is a defect of this program."""
    if isinstance(exc, LayerloomError):
        return exc
    if out_of_memory(exc):
        return memory_error(run.where.title, run.spec.batch_size) if run is not None else memory_error("the device", 1)
    return None
