"""Measuring a network on the validation samples while it is being trained."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager

import torch

from designer.train.batches import Split
from designer.train.events import Event
from designer.train.objective import Objective

__all__ = ["evaluating", "validate"]


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
) -> Generator[Event, None, tuple[float, float | None] | None]:
    """Mean loss, and accuracy (None for regression), over ``split``; None when a stop came in between.

    ``obey`` is asked before each batch. Random generators are not used, so validating more or less often
    does not change what is learned.
    """
    losses: list[torch.Tensor] = []
    hits: list[torch.Tensor] = []
    sizes: list[int] = []
    answers = 0
    with evaluating(module):
        for start in range(0, len(split), batch_size):
            if (yield from obey()) == "stop":
                return None
            # Outside of inference mode: a split may keep what it moved to the device for training.
            x, target = split.batch(slice(start, min(start + batch_size, len(split))), device)
            # Inside, and never across a yield, which would put the mode on whoever iterates.
            with computing(), torch.inference_mode():
                loss, hit = objective(module(x), target)
            losses.append(loss)
            sizes.append(len(x))
            answers += target.numel()
            if hit is not None:
                hits.append(hit)
    # One wait for the device, at the end.
    means = torch.stack(losses).tolist()
    loss_mean = sum(mean * size for mean, size in zip(means, sizes, strict=True)) / sum(sizes)
    return loss_mean, int(torch.stack(hits).sum().item()) / answers if hits else None
