"""The health of the blocks, sampled: one iteration now and then is listened to, so seldom that it costs little.

Nothing here changes what is learned: no random number is drawn, nothing is written to the network, and on a GPU
nothing waits before the figures are there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from designer.train.batches import Inputs
from designer.train.events import Health
from designer.train.health.figures import Subset, count_bins, measure_output
from designer.train.health.histograms import BINS, HistogramFile
from designer.train.health.listening import Listening, Whose, owner_of, whose_modules
from designer.train.validate import evaluating

__all__ = ["Sampling"]

_SHARE = 0.025  # of the time that sampling may take
_LEAST = 0.5  # seconds between two samples
_SPARSER = 100  # the gap is at least this part of the time since the start, so that the log of a long run stays short
_MOST_BLOCKS = 400  # in an event; those with weights come first
_PROBE = 32  # samples of a batch that a compiled network is measured on

_OUTPUT, _WEIGHT = 5, 3  # figures of an output; gradient norm, weight norm, update ratio


@dataclass
class _Sample:
    """One iteration that is listened to."""

    iteration: int
    epoch: int
    outputs: dict[str, list[torch.Tensor]] = field(default_factory=dict)  # figures, counts
    weights: dict[str, list[torch.nn.Parameter]] = field(default_factory=dict)
    before: dict[str, Subset] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True)
class _Pending:
    """A sample whose numbers are on their way from the device."""

    sample: _Sample
    numbers: torch.Tensor
    layout: list[tuple[str, bool, bool]]  # block, whether it was heard, whether it has weights
    arrived: torch.cuda.Event | None


class Sampling:
    """Listens to a run: `watching` around the forward pass, `told` after the step."""

    def __init__(
        self,
        module: torch.nn.Module,
        device: torch.device,
        folder: Path | None,
        whose: Whose | None = None,
        answers: Callable[[torch.nn.Module, Inputs], Any] | None = None,
        accumulate: int = 1,
        per_epoch: int = 1,
    ) -> None:
        """``folder`` is the run's; without one nothing is sampled. ``answers``: the network is compiled, and is asked
        like this, apart from the training, what it says to a few samples."""
        self._module, self._device, self._answers = module, device, answers
        self._on = folder is not None
        self._file = HistogramFile(folder) if folder is not None else None
        self._whose = whose or whose_modules(module)
        self._accumulate, self._per_epoch = accumulate, per_epoch
        self._began = time.monotonic()
        self._next = 0.0
        self._sample: _Sample | None = None
        self._pending: list[_Pending] = []

    def watching(self, iteration: int, epoch: int, batch: int, x: Inputs) -> AbstractContextManager[None]:
        """Around the forward pass of an iteration; costs nothing where it is not its turn."""
        if not self._on or time.monotonic() < self._next or not self._moves(batch):
            return _NOTHING
        return self._listen(_Sample(iteration, epoch), x)

    def told(self) -> Iterator[Health]:
        """After the optimiser's step: finish the sample that is under way, and tell what has arrived."""
        if self._sample is not None:
            sample, self._sample = self._sample, None
            self._finish(sample)
        while self._pending and _there(self._pending[0]):
            yield self._tell(self._pending.pop(0))

    def _moves(self, batch: int) -> bool:
        """Whether the weights move after this batch."""
        return self._accumulate == 1 or batch % self._accumulate == 0 or batch == self._per_epoch

    @contextmanager
    def _listen(self, sample: _Sample, x: Inputs) -> Iterator[None]:
        began = time.perf_counter()
        took = 0.0

        def heard(block: str, output: torch.Tensor) -> None:
            nonlocal took
            start = time.perf_counter()
            with torch.no_grad():
                sample.outputs[block] = [measure_output(output), count_bins(output)]
            took += time.perf_counter() - start

        if self._answers is None:
            with Listening(self._whose, heard):
                yield
            began = time.perf_counter() - took
        else:
            forked = torch.random.fork_rng(_cards(self._device))
            with torch.no_grad(), forked, evaluating(self._module), Listening(self._whose, heard):
                self._answers(self._module, _first(x, _PROBE))
            began, rest = time.perf_counter(), time.perf_counter() - began
            yield
            began = time.perf_counter() - rest
        with torch.no_grad():
            for name, weight in self._module.named_parameters():
                if weight.requires_grad and not hasattr(weight, "placements"):  # not one spread over processes
                    sample.weights.setdefault(owner_of(name, sample.outputs), []).append(weight)
            sample.before = {block: Subset(weights) for block, weights in sample.weights.items()}
        sample.seconds = time.perf_counter() - began
        self._sample = sample

    def _finish(self, sample: _Sample) -> None:
        """Measure gradients and the step, and send all numbers on their way in one piece."""
        began = time.perf_counter()
        parts: list[torch.Tensor] = []
        layout = []
        for block in _chosen(sample):
            output, weights = sample.outputs.get(block), sample.weights.get(block)
            gradients = [w.grad for w in weights or () if w.grad is not None]
            layout.append((block, output is not None, bool(weights and gradients)))
            parts += output or ()
            if weights and gradients:
                with torch.no_grad():
                    parts += _of_weights(weights, gradients, sample.before[block])
        sample.outputs, sample.weights, sample.before = {}, {}, {}
        if parts:
            numbers, arrived = torch.cat([part.to(torch.float32).reshape(-1) for part in parts]), None
            if self._device.type == "cuda":
                numbers = numbers.to("cpu", non_blocking=True)
                arrived = torch.cuda.Event()  # type: ignore[no-untyped-call]
                arrived.record()
            self._pending.append(_Pending(sample, numbers, layout, arrived))
        sample.seconds += time.perf_counter() - began
        self._wait(sample.seconds)

    def _wait(self, seconds: float) -> None:
        now = time.monotonic()
        self._next = now + max(seconds / _SHARE, _LEAST, (now - self._began) / _SPARSER)

    def _tell(self, pending: _Pending) -> Health:
        began = time.perf_counter()
        numbers: list[float] = pending.numbers.tolist()
        blocks: dict[str, tuple[float | None, ...]] = {}
        counts: dict[str, list[list[int]]] = {}
        at = 0

        def take(count: int) -> list[float]:
            nonlocal at
            at += count
            return numbers[at - count : at]

        for block, heard, learns in pending.layout:
            bins: list[list[int]] = [[], [], []]
            figures: list[float | None] = [None] * (_OUTPUT + _WEIGHT)
            if heard:
                figures[:_OUTPUT] = map(_short, take(_OUTPUT))
                bins[0] = [int(count) for count in take(BINS)]
            if learns:
                figures[_OUTPUT:] = map(_short, take(_WEIGHT))
                bins[1:] = [[int(count) for count in take(BINS)] for _ in range(2)]
            blocks[block] = tuple(figures)
            counts[block] = bins
        sample = pending.sample
        if self._file is not None:
            self._file.add(sample.iteration, counts)
        seconds = sample.seconds + time.perf_counter() - began
        self._wait(seconds)
        return Health(sample.iteration, sample.epoch, blocks, round(seconds, 6))


_NOTHING: AbstractContextManager[None] = nullcontext()


def _chosen(sample: _Sample) -> list[str]:
    """The blocks to tell of, in the order of the network; of very many those with weights first."""
    every = [*sample.outputs, *(block for block in sample.weights if block not in sample.outputs)]
    if len(every) <= _MOST_BLOCKS:
        return every
    kept = {*sorted(every, key=lambda block: block not in sample.weights)[:_MOST_BLOCKS]}
    return [block for block in every if block in kept]


def _of_weights(
    weights: list[torch.nn.Parameter], gradients: list[torch.Tensor], before: Subset
) -> tuple[torch.Tensor, ...]:
    """Norms of gradients and weights, how far the step went, and the histograms of the largest weight."""
    values: list[torch.Tensor] = [*weights]
    far = [torch.stack(torch._foreach_norm(some)).to(torch.float32).norm() for some in (gradients, values)]
    main = max(weights, key=lambda weight: (weight.grad is not None, weight.numel()))
    assert main.grad is not None
    return (*far, before.update_ratio(), count_bins(main), count_bins(main.grad))


def _there(pending: _Pending) -> bool:
    return pending.arrived is None or bool(pending.arrived.query())  # type: ignore[no-untyped-call]


def _short(value: float) -> float:
    """Four digits are enough, and keep the log short."""
    return float(f"{value:.4g}")


def _first(x: Inputs, count: int) -> Inputs:
    return tuple(one[:count] for one in x) if isinstance(x, tuple) else x[:count]


def _cards(device: torch.device) -> list[torch.device]:
    return [device] if device.type == "cuda" else []
