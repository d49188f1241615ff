"""A short probe of a training: a few real steps on stand-ins for the data, timed, with the memory that they took.

It draws random numbers (dropout), so nothing else that must be repeatable may run beside it in this process.
"""

from __future__ import annotations

import statistics
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import torch

from designer.data.batches import Look, MemorySplit
from designer.data.spec import Normalisation
from designer.errors import OutOfMemory
from designer.train.batches import answers_of
from designer.train.device import choose, free_memory, release
from designer.train.failures import Blame, computing, out_of_memory
from designer.train.forecast import (
    SHARE,
    Forecast,
    Memory,
    Point,
    at_batch,
    epoch_of,
    fitting_batch,
    largest_batch,
    seconds_of,
)
from designer.train.learning import Learning
from designer.train.objective import Objective
from designer.train.parts import OPTIMIZERS
from designer.train.spec import TrainSpec
from designer.train.speed import Speed, kept_share
from designer.train.validate import evaluating

if TYPE_CHECKING:
    from designer.codegen.program import OutputInfo
    from designer.data.counts import Samples

__all__ = ["largest_fitting", "memory_of", "probe"]

_STRETCH, _STRETCHES = 0.03, 6  # seconds of steps that are timed together, and how often, of which the median counts
_PATIENCE = 0.3  # seconds after which one stretch more is not begun
_SLOW = 0.7  # seconds: a batch whose step takes longer is not tried, but forecast from smaller ones
_STILL = 1e-12  # a learning rate with which numbers stay as they are, and finite


class _Full(Exception):
    """The memory of the device ran out."""


def largest_fitting(
    module: torch.nn.Module,
    learning: Learning,
    outputs: Sequence[OutputInfo],
    spec: TrainSpec,
    sample: Sequence[int],
    most: int,
    activations: Callable[[int], int],
    *,
    heard: Callable[[], None] = lambda: None,
    blame: Blame | None = None,
) -> int | None:
    """The largest batch of up to ``most`` samples that fits, a power of two or ``most`` itself; None where none does.

    On a GPU every size is tried; elsewhere memory is counted, as a computer that runs out of it kills programs. The
    rest is as of `probe`.
    """
    device = torch.device(choose(spec.device).name)
    share, room = kept_share(spec, device), SHARE * _room(device)
    memory = memory_of(module, learning, spec, 0).total
    trial = _Trial(module, learning, outputs, spec, sample, device, heard, blame)

    def peaks(batch: int) -> bool:
        try:
            return trial.point(batch, careful=False).peak <= room
        except _Full:
            return False

    try:
        counted = device.type != "cuda"
        return largest_batch(most, lambda n: memory + share * activations(n) <= room if counted else peaks(n))
    finally:
        trial.close()


def probe(
    module: torch.nn.Module,
    learning: Learning,
    outputs: Sequence[OutputInfo],
    spec: TrainSpec,
    sample: Sequence[int],
    samples: Samples | None,
    activations: Callable[[int], int],
    *,
    heard: Callable[[], None] = lambda: None,
    blame: Blame | None = None,
) -> Forecast:
    """What a training of ``module`` by ``spec`` will take, on samples of this size, while that learns which learns now.

    ``samples`` are those of an epoch, None where that is unknown; ``activations`` gives the bytes that autograd keeps
    for a batch. ``heard`` is called between steps and may raise. Too little memory is an answer, not an error. Raises
    TrainError, BlockFailed and DataError as a training would.
    """
    where = choose(spec.device)
    device = torch.device(where.name)
    batch = max(1, min(spec.batch_size, samples.train)) if samples is not None else spec.batch_size
    room = _room(device)
    share = kept_share(spec, device)

    def kept(batch: int) -> int:
        return round(share * activations(batch))

    memory = memory_of(module, learning, spec, kept(batch))
    fixed = memory.total - memory.activations
    plain = Forecast(where.name, where.title, batch, memory, memory.total, room, True)

    def refused(fitting: int | None, peak: int = 0) -> Forecast:
        peak = max(peak, memory.total)
        return Forecast(where.name, where.title, batch, memory, peak, room, False, fitting=fitting)

    if memory.total > SHARE * room:
        return refused(fitting_batch(batch, lambda n: fixed + kept(n) <= SHARE * room))
    with _threads(spec.threads):
        trial = _Trial(module, learning, outputs, spec, sample, device, heard, blame)
        try:
            points, full = _measured(trial, batch)
            if full is not None:
                return refused(fitting_batch(full, trial.fits))
        finally:
            trial.close()
    point = at_batch(points, batch)
    if point.peak > SHARE * room:
        return refused(fitting_batch(batch, lambda n: at_batch(points, n).peak <= SHARE * room), point.peak)
    epoch = epoch_of(samples.train, samples.validation, batch) if samples is not None else None
    return Forecast(
        plain.device,
        plain.device_title,
        batch,
        memory,
        point.peak or memory.total,
        room,
        True,
        measured=point.peak > 0,
        iteration=point.seconds,
        epoch=None if epoch is None else seconds_of(epoch, point, spec),
        iterations=None if epoch is None else epoch.iterations,
        extrapolated=points[-1].batch != batch,
    )


def memory_of(module: torch.nn.Module, learning: Learning, spec: TrainSpec, activations: int) -> Memory:
    """What the tensors of a training take; those of the optimiser are there after its first step."""
    weights = [*module.parameters(), *module.buffers()]
    training = [parameter for group in learning.groups() for parameter in group["params"]]
    remembers, state = OPTIMIZERS[spec.optimizer].state, 0
    for parameter in training:
        numbers, single = remembers(spec, parameter.shape)
        state += numbers * parameter.element_size() + single * 4
    copies = 2 if spec.ema else 1
    return Memory(copies * sum(t.nbytes for t in weights), sum(p.nbytes for p in training), state, activations)


def _measured(trial: _Trial, batch: int) -> tuple[list[Point], int | None]:
    """Points up to the batch, or up to where a step takes too long; and the size at which memory ran out, if it did."""
    points: list[Point] = []
    size = min(2, batch)  # a batch normalisation does not train on one
    while True:
        try:
            points.append(trial.point(size, careful=size == batch))
        except _Full:
            return points, size
        last = points[-1]
        if size == batch:
            return points, None
        if last.seconds * batch / size <= _SLOW:  # a larger batch never takes more for each sample
            size = batch
        elif last.seconds * 4 <= _SLOW and size * 4 < batch:
            size *= 4
        elif len(points) == 1 and last.seconds < 3 * _SLOW and size * 2 <= batch:
            size *= 2
        else:
            return points, None


class _Trial:
    """The network on its device with an optimiser, ready to take steps as the training loop does."""

    def __init__(
        self,
        module: torch.nn.Module,
        learning: Learning,
        outputs: Sequence[OutputInfo],
        spec: TrainSpec,
        sample: Sequence[int],
        device: torch.device,
        heard: Callable[[], None],
        blame: Blame | None,
    ) -> None:
        self.module, self.spec, self.sample, self.device = module, spec, tuple(sample), device
        self.heard, self.blame = heard, blame
        self.before = _allocated(device)
        self.objective = Objective(outputs, spec.output_weights)
        self.learning = learning
        self.optimizer: torch.optim.Optimizer | None = None
        self.speed: Speed | None = None

    def point(self, batch: int, careful: bool) -> Point:
        """What a step takes with this batch. Raises _Full."""
        with self._watched():
            self._enter()
            data = _stand_ins(self.sample, batch)
            order = torch.randperm(batch)
            with torch.no_grad(), evaluating(self.module), self._computing(batch):
                target = self.objective.stand_in(answers_of(self.module, data.batch(order[:2], self.device)[0]))
                target = target[:1].expand(batch, *target.shape[1:]).contiguous()
            if self.device.type == "cuda":
                torch.cuda.reset_peak_memory_stats(self.device)

            def step() -> None:
                x, _ = data.batch(order, self.device)
                with self._computing(batch):
                    self._step(x, target)

            def look() -> None:
                x, _ = data.batch(order, self.device)
                with torch.inference_mode(), self._computing(batch):
                    self.objective(answers_of(self.module, x), target)

            self.module.train()
            for layer in self.learning.still:
                layer.eval()
            seconds = self._timed(step, careful)
            peak = _peak(self.device) - self.before if self.device.type == "cuda" else 0
            with evaluating(self.module):
                return Point(batch, seconds, self._timed(look, careful), peak)

    def fits(self, batch: int) -> bool:
        """Whether one step with this batch finds the memory that it needs."""
        try:
            self.point(batch, careful=False)
        except _Full:
            return False
        return True

    def close(self) -> None:
        """Give the memory back."""
        self.optimizer = None
        self.module.zero_grad(set_to_none=True)
        self.module.to("meta")
        release(self.device)

    def _enter(self) -> None:
        if self.optimizer is None:
            self.module.to(self.device)
            self.speed = Speed(self.module, self.spec, self.device)
            self.optimizer = OPTIMIZERS[self.spec.optimizer].build(self.learning.groups(), self.spec)
            for group in self.optimizer.param_groups:
                group["lr"] = _STILL

    def _step(self, x: torch.Tensor, target: torch.Tensor) -> None:
        assert self.optimizer is not None and self.speed is not None
        loss = self.objective(self.speed(x), target)[0]
        if self.device.type == "cpu":
            loss.item()  # as the loop reads it there
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()

    def _timed(self, step: Callable[[], None], careful: bool) -> float:
        """Seconds of a step: the median of a few stretches, so that a hiccup of the computer does not count."""
        for _ in range(2 if careful else 1):  # the first ones make room and choose kernels
            step()
        _wait(self.device)
        stretches: list[float] = []
        start = time.perf_counter()
        while not stretches or (careful and len(stretches) < _STRETCHES and time.perf_counter() - start < _PATIENCE):
            began, count = time.perf_counter(), 0
            while not count or (careful and time.perf_counter() - began < _STRETCH):
                self.heard()
                step()
                count += 1
            _wait(self.device)
            stretches.append((time.perf_counter() - began) / count)
        return statistics.median(stretches)

    def _computing(self, batch: int) -> AbstractContextManager[None]:
        return computing(self.blame, 1, batch, str(self.device))

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Too little memory becomes _Full, with all that the failed step held given back."""
        try:
            yield
        except Exception as error:
            if not (isinstance(error, OutOfMemory) or out_of_memory(error)):
                raise
            traceback.clear_frames(error.__traceback__)
            self.module.zero_grad(set_to_none=True)
            release(self.device)
            raise _Full from None


def _stand_ins(sample: tuple[int, ...], count: int) -> MemorySplit:
    """As many samples of this size, kept and made ready as real ones are."""
    channels = sample[0] if len(sample) == 3 else 1
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (count, *sample), dtype=torch.uint8, generator=generator)
    look = Look(Normalisation(mean=(0.5,) * channels, std=(0.25,) * channels), sample)
    return MemorySplit(pixels.view(count, channels, 1, -1), torch.zeros(count, dtype=torch.int64), look)


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    if count:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _room(device: torch.device) -> int:
    """The bytes that are free on a device, those that torch holds in reserve among them."""
    if device.type != "cuda":
        return free_memory()
    release(device)
    free, _ = torch.cuda.mem_get_info(device)
    return int(free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device))


def _allocated(device: torch.device) -> int:
    return int(torch.cuda.memory_allocated(device)) if device.type == "cuda" else 0


def _peak(device: torch.device) -> int:
    return int(torch.cuda.max_memory_allocated(device))


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
