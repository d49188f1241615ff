"""Choose for me: tries the switches of how a run computes on real steps, and says which of them won."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import torch

from designer.errors import TrainError
from designer.train.batches import Inputs, Split, TrainingData
from designer.train.device import choose
from designer.train.events import Failed, Step
from designer.train.loop import train
from designer.train.spec import TrainSpec
from designer.train.speed import precision_of

if TYPE_CHECKING:
    from designer.codegen.program import OutputInfo

__all__ = ["Row", "sentence", "tune"]

_ROUNDS, _STRETCH = 7, 0.12  # two settings run turn about, so often and for so many seconds each time
_WARM = 3  # steps before that: the first ones make room and choose kernels
_WINS = 1.03  # times as fast, below which a setting is left as it is
_LONG = {"cuda": 180.0}  # seconds that a run must take for a compilation to be worth trying
_LONG_ELSEWHERE = 900.0
_HELD = 8  # batches that are read once, where reading them again would be what is measured


@dataclass(frozen=True)
class Row:
    """One setting that was tried: how fast it is, beside the best before it. ``speed`` is in samples a second."""

    title: str
    change: Mapping[str, Any]
    speed: float | None
    gain: float | None
    chosen: bool
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


class _Nothing:
    """A split without samples."""

    def __len__(self) -> int:
        return 0


class _Held:
    """A split whose first batches are in memory."""

    def __init__(self, split: Split, count: int) -> None:
        self._x, self._y = split.batch(slice(0, min(count, len(split))), torch.device("cpu"))

    def __len__(self) -> int:
        return len(self._y)

    def batch(self, indices: torch.Tensor | slice, device: torch.device) -> tuple[Inputs, torch.Tensor]:
        x = tuple(part[indices].to(device) for part in self._x) if isinstance(self._x, tuple) else self._x[indices]
        return x.to(device) if isinstance(x, torch.Tensor) else x, self._y[indices].to(device)


class _NoValidation:
    """Data to train on only; what is read from files is read once, as it is not the files that are measured."""

    def __init__(self, data: TrainingData, batch_size: int) -> None:
        self._data, self.validation = data, _Nothing()
        from_files = getattr(data.train, "loader", None) is not None
        self.train: Any = _Held(data.train, _HELD * batch_size) if from_files else data.train

    def __getattr__(self, name: str) -> Any:
        return getattr(self._data, name)


def tune(
    make: Callable[[], torch.nn.Module],
    data: TrainingData,
    spec: TrainSpec,
    outputs: Sequence[OutputInfo],
    learns: Mapping[str, Any],
    *,
    samples: int | None = None,
    heard: Callable[[float, str], None] = lambda share, text: None,
) -> Iterator[Row]:
    """Time one setting after the other, turn about with the best so far; yields a row for each, the first as it is set.

    ``make`` gives a network with fresh weights, ``samples`` is how many a whole run trains on, where
    that is known. ``heard`` is told how
    far it is, between steps, and may raise. Raises TrainError for settings that fail as they are.
    """
    device = torch.device(choose(spec.device).name)
    threads = torch.get_num_threads()

    def contender(settings: TrainSpec, share: float, title: str) -> _Contender:
        return _Contender(make(), kept, settings, outputs, learns, lambda: heard(share, f"Measuring: {title}"))

    kept = _NoValidation(data, spec.batch_size)
    tries, best, shown = _tries(spec, device), spec, False
    try:
        for number, (title, change) in enumerate(tries):
            share = number / len(tries)
            if not shown:  # as it is, by itself
                with contender(best, 0.0, "as it is") as alone:
                    now, shown = alone.alone(), True
                yield Row("As it is set", {}, now, None, False)
            whole = 0.0 if samples is None else samples / now
            if "compile" in change and whole < _LONG.get(device.type, _LONG_ELSEWHERE):
                yield Row(title, change, None, None, False, f"Not tried: the run is too short, {whole:.0f} s.")
                continue
            changed = best.model_copy(update=change)
            with contender(best, share, title) as first, contender(changed, share, title) as other:
                try:
                    now, speed, gain = _duel(first, other)
                except _Refused as error:
                    if error.args[1] is first:
                        raise TrainError(error.args[0]) from None
                    yield Row(title, change, None, None, False, error.args[0])
                    continue
            wins, note = gain >= _WINS, ""
            if "compile" in change:
                wins = wins and whole - whole / gain > other.start
                note = f"Takes {other.start:.0f} s at the start."
            yield Row(title, change, speed, gain, wins, note)
            if wins:
                best, now = changed, speed
    finally:
        torch.set_num_threads(threads)


def sentence(rows: Sequence[Row]) -> str:
    """What was won, in one sentence."""
    chosen = [row for row in rows if row.chosen]
    if not chosen:
        return f"Nothing was faster than it is set: {rows[0].speed or 0:,.0f} samples/s."
    gain = 1.0
    for row in chosen:
        gain *= row.gain or 1.0
    names = [row.title for row in chosen]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{gain:.1f} times as fast as before: {listed}."


def _tries(spec: TrainSpec, device: torch.device) -> list[tuple[str, dict[str, Any]]]:
    """What is tried, in this order, leaving out what is set already."""
    found: list[tuple[str, dict[str, Any]]] = []
    if device.type == "cpu":
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        now = spec.threads or torch.get_num_threads()
        counts = sorted({1, cores, *(1 << n for n in range(cores.bit_length()) if 1 << n <= cores)} - {now})
        found += [("1 thread" if count == 1 else f"{count} threads", {"threads": count}) for count in counts]
    current = precision_of(spec, device)
    if current == "float32" and torch.amp.is_autocast_available(device.type):
        half = "bf16" if device.type != "cuda" or torch.cuda.is_bf16_supported(False) else "fp16"
        found.append((half, {"precision": half}))
    elif current != "float32":
        found.append(("float32", {"precision": "float32"}))
    if spec.channels_last != "on":
        found.append(("channels last", {"channels_last": "on"}))
    if device.type == "cuda" and spec.channels_last == "auto":
        found.append(("channels first", {"channels_last": "off"}))
    if spec.fused != "on" and device.type == "cpu" and spec.optimizer in ("sgd", "adam", "adamw", "adagrad"):
        found.append(("fused optimiser", {"fused": "on"}))
    if spec.checkpoint_activations:
        found.append(("keeping activations", {"checkpoint_activations": False}))
    if spec.compile == "off":
        found.append(("compiled", {"compile": "on"}))
        if device.type == "cuda":
            found.append(("CUDA graphs", {"compile": "graphs"}))
    return found


class _Refused(Exception):
    """A setting cannot be run: the sentence, and the contender."""


class _Contender:
    """The training loop itself with one setting, on weights that are thrown away; it runs when it is its turn."""

    def __init__(
        self,
        module: torch.nn.Module,
        data: Any,
        spec: TrainSpec,
        outputs: Sequence[OutputInfo],
        learns: Mapping[str, Any],
        heard: Callable[[], None],
    ) -> None:
        spec = spec.model_copy(
            update={
                "epochs": 100_000, "early_stop": "off", "validate_every": 0, "schedule": "constant", "unfreeze": (),
                "warmup_length": 0, "learning_rate": 1e-12, "metrics": (),
            }
        )  # fmt: skip
        self._threads = spec.threads or torch.get_num_threads()
        self._events = train(module, data, spec, outputs, **learns)
        self._heard = heard
        count = len(data.train)
        self._each = [min(spec.batch_size, count)] * -(-count // spec.batch_size)
        self._each[-1] = count - sum(self._each[:-1])
        self.start = 0.0

    def __enter__(self) -> _Contender:
        return self

    def __exit__(self, *error: object) -> None:
        self._events.close()  # type: ignore[attr-defined]

    def warm_up(self) -> None:
        """Take the first steps."""
        began = time.perf_counter()
        self._steps(lambda count, seconds: count >= 1)
        self.start = time.perf_counter() - began
        self._steps(lambda count, seconds: count >= _WARM)

    def turn(self) -> float:
        """Samples a second over a short stretch."""
        began = time.perf_counter()
        samples = self._steps(lambda count, seconds: seconds >= _STRETCH)
        return samples / (time.perf_counter() - began)

    def alone(self) -> float:
        """Samples a second without anything beside. Raises TrainError."""
        try:
            self.warm_up()
            return statistics.median(self.turn() for _ in range(3))
        except _Refused as error:
            raise TrainError(error.args[0]) from None

    def _steps(self, enough: Callable[[int, float], bool]) -> int:
        """Train until it is enough; how many samples that were."""
        torch.set_num_threads(self._threads)
        began, count, samples = time.perf_counter(), 0, 0
        for event in self._events:
            self._heard()
            if isinstance(event, Failed):
                raise _Refused(event.message, self)
            if isinstance(event, Step):
                count += 1
                samples += self._each[(event.iteration - 1) % len(self._each)]
                # Of a GPU several steps are told at once, so that time says nothing in between them.
                if enough(count, time.perf_counter() - began):
                    break
        return samples


def _duel(first: _Contender, other: _Contender) -> tuple[float, float, float]:
    """Samples a second of both, and how many times as fast the other is: the median over rounds side by side."""
    for one in (first, other):
        one.warm_up()
    rounds = [(first.turn(), other.turn()) for _ in range(_ROUNDS)]
    gain = statistics.median(b / a for a, b in rounds)
    now = statistics.median(a for a, _ in rounds)
    return now, now * gain, gain
