"""The learning-rate range test: a short training whose rate grows from tiny to huge, and the loss at each rate."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from designer.data.batches import Split as OurSplit
from designer.train.batches import EpochOrder, Inputs, Split, TrainingData, answers_of
from designer.train.failures import Blame, computing
from designer.train.learning import Learning
from designer.train.objective import Objective
from designer.train.parts import OPTIMIZERS
from designer.train.rate_curve import RateCurve, rate_at
from designer.train.spec import TrainSpec

__all__ = ["HIGHEST", "LOWEST", "POINTS", "RatePoint", "range_test"]

LOWEST, HIGHEST, POINTS = 1e-7, 10.0, 100
_SAMPLES = 32  # a point; of smaller batches there are more points, or chance would draw the curve
_FEWEST = 40  # points below which a curve says little


@dataclass(frozen=True)
class RatePoint:
    """One iteration of the test, counted from 1, of ``points`` if the loss does not soar before."""

    number: int
    points: int
    rate: float
    loss: float


def range_test(
    module: torch.nn.Module,
    learning: Learning,
    objective: Objective,
    data: TrainingData,
    spec: TrainSpec,
    curve: RateCurve,
    *,
    lowest: float = LOWEST,
    highest: float = HIGHEST,
    points: int = POINTS,
    seconds: float | None = None,
    heard: Callable[[], None] = lambda: None,
    blame: Blame | None = None,
) -> Iterator[RatePoint]:
    """Train ``module`` (a copy: it is ruined) where it is, filling ``curve``; ends when the loss soars.

    ``points`` are those of batches of 32 and more; of smaller ones there are more points. With ``seconds`` there are as
    many as fit into them, but not below 40. ``heard`` is called between
    iterations and may raise. Raises TrainError where nothing learns, and BlockFailed where the network cannot run.
    """
    learning.enter(1)
    optimizer = OPTIMIZERS[spec.optimizer].build(learning.groups(), spec)
    device = next(module.parameters()).device
    batch = max(1, min(spec.batch_size, len(data.train)))
    points *= min(8, max(1, _SAMPLES // batch))
    ended, first = False, time.perf_counter()
    module.train()
    for layer in learning.still:
        layer.eval()
    for number, indices in enumerate(_batches(EpochOrder(len(data.train), batch, spec.seed))):
        if number >= points or ended:
            return
        heard()
        if seconds is not None and number == 3:  # at the lowest rates, where nothing moves yet
            points = _points(points, seconds, (time.perf_counter() - first) / 3)
        rate = rate_at(number, points, lowest, highest)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        x, target = learned_from(data.train, indices, device)
        with computing(blame, number + 1, len(indices), str(device)):
            loss = objective(answers_of(module, x), target)[0]
            value = float(loss.detach())
            ended = not curve.add(rate, value)
            if not ended:
                optimizer.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                if spec.clip_norm:
                    torch.nn.utils.clip_grad_norm_(module.parameters(), spec.clip_norm)
                optimizer.step()
        if math.isfinite(value):
            yield RatePoint(number + 1, points, rate, value)


def learned_from(split: Split, indices: torch.Tensor, device: torch.device) -> tuple[Inputs, torch.Tensor]:
    """A batch as a training gets it: with its augmentation, where there is one."""
    return split.augmented(indices, device) if isinstance(split, OurSplit) else split.batch(indices, device)


def _points(points: int, seconds: float, each: float) -> int:
    return max(min(points, int(seconds / max(each, 1e-6))), min(points, _FEWEST))


def _batches(order: EpochOrder) -> Iterator[torch.Tensor]:
    """Epoch after epoch, in the order in which the training will go through them."""
    epoch = 0
    while True:
        yield from order.batches(epoch)
        epoch += 1
