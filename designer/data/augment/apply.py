"""The steps of a spec, ready to change batches of training samples where they lie: on the CPU or on a GPU."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from functools import partial

import torch

from designer.data.augment.compute.draws import About
from designer.data.augment.declare import step_called
from designer.data.augment.spec import Augment
from designer.errors import DataError

__all__ = ["Augmentation", "augmentation"]

Change = Callable[[torch.Tensor], torch.Tensor]


class Augmentation:
    """Changes a batch, one step after the other, each sample by its own draw."""

    def __init__(self, steps: Sequence[Augment], about: About) -> None:
        self.steps = tuple(step for step in steps if not step.off)
        self._changes = [_change(step, about) for step in self.steps]

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Pictures uint8 [n, C, H, W] to others, or numbers of mean 0 and deviation 1 to others."""
        for change in self._changes:
            x = change(x)
        return x


def augmentation(steps: Sequence[Augment], about: About) -> Augmentation | None:
    """Ready for samples of one sort; None where there is nothing to do. Raises DataError."""
    return Augmentation(steps, about) if any(not step.off for step in steps) else None


def _change(augment: Augment, about: About) -> Change:
    step = step_called(augment.name)
    if about.sort not in step.works:
        works = " and ".join(", ".join(step.works).rsplit(", ", 1))
        raise DataError(
            f"“{step.title}” ({step.name}) changes {works}; the samples are {about.sort}. Take it "
            "out of the augmentation."
        )
    module, _, name = step.run.partition(":")
    function = getattr(importlib.import_module(f"designer.data.augment.compute.{module}"), name)
    return partial(function, about=about, **augment.params)
