"""Measuring a network on the validation samples while it is being trained."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from designer.train.batches import Inputs, Split, answers_of
from designer.train.events import Event
from designer.train.measures import Gathering
from designer.train.objective import Objective
from designer.train.world import ALONE, World

__all__ = ["Figures", "evaluating", "validate"]

Part = tuple[torch.Tensor, torch.Tensor | None]


@dataclass(frozen=True)
class Figures:
    """Mean loss and accuracy (None where answers are not right or wrong), of several outputs each by its name; and
    the ``further`` figures that were chosen."""

    loss: float
    accuracy: float | None
    outputs: Mapping[str, Mapping[str, float | None]]
    further: Mapping[str, float]


@contextmanager
def evaluating(module: torch.nn.Module) -> Iterator[None]:
    """Evaluation mode inside, the modes from before after it: each layer's own, for a frozen one may be in another."""
    before = [(layer, layer.training) for layer in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for layer, training in before:
            layer.training = training


def validate(
    module: torch.nn.Module,
    split: Split,
    objective: Objective,
    batch_size: int,
    device: torch.device,
    obey: Callable[[], Generator[Event, None, str]],
    computing: Callable[[], AbstractContextManager[None]],
    ask: Callable[[torch.nn.Module, Inputs], Any] = answers_of,
    world: World = ALONE,
    gathering: Gathering | None = None,
) -> Generator[Event, None, Figures | None]:
    """The figures over ``split``, those of ``gathering`` among them; None when a stop came in between.

    ``obey`` is asked before each batch. Random generators are not used, so validating more or less often
    does not change what is learned.
    """
    seen: list[Part] = []
    each: list[list[Part]] = []  # of several outputs, those of each batch
    sizes: list[int] = []
    answers = 0
    several = len(objective.names) > 1
    if gathering is not None:
        gathering.forget()  # a validation before may have been broken off
    measure = gathering.add_silently if gathering is not None else None
    with evaluating(module):
        for start in range(0, len(split), batch_size):
            if (yield from obey()) != "run":
                return None
            # Outside of inference mode: a split may keep what it moved to the device for training.
            stop = min(start + batch_size, len(split))
            x, target = split.batch(world.piece(start, stop), device)
            # Inside, and never across a yield, which would put the mode on whoever iterates.
            with computing(), torch.inference_mode():
                result = ask(module, x)
                result, target = world.whole(result, target, stop - start)
                part, told = objective(result, target, measure)
                seen.append((part, told.hits))
                if several:
                    each.append(objective.parts(result, target))
            sizes.append(len(target))
            answers += target.numel()
    loss, accuracy = _mean(seen, sizes, answers)
    outputs = {}
    for name, parts in zip(objective.names, zip(*each, strict=True), strict=True) if several else ():
        own = _mean(parts, sizes, answers)
        outputs[name] = {"loss": own[0], "accuracy": own[1]}
    return Figures(loss, accuracy, outputs, gathering.figures() if gathering is not None else {})


def _mean(parts: Sequence[Part], sizes: Sequence[int], answers: int) -> tuple[float, float | None]:
    """Over all samples. One wait for the device."""
    means = torch.stack([loss for loss, _ in parts]).tolist()
    hits = [right for _, right in parts if right is not None]
    loss_mean = sum(mean * size for mean, size in zip(means, sizes, strict=True)) / sum(sizes)
    return loss_mean, int(torch.stack(hits).sum().item()) / answers if hits else None
