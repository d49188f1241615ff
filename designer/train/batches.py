"""What training needs of data, and the order in which an epoch goes through it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import torch

from designer.train.world import ALONE, World

__all__ = ["EpochOrder", "Inputs", "Split", "TrainingData", "answers_of"]

Inputs = torch.Tensor | tuple[torch.Tensor, ...]


class Split(Protocol):
    """Samples that can be asked for in batches."""

    def __len__(self) -> int: ...

    def batch(self, indices: torch.Tensor | slice, device: torch.device) -> tuple[Inputs, torch.Tensor]:
        """Inputs float32 [N, ...] and targets [N, ...] (int64 class numbers, or floats) on ``device``.

        For a network with several inputs a tuple of tensors, in the order of the compiled program's inputs.
        """
        ...


def answers_of(module: torch.nn.Module, x: Inputs) -> Any:
    """What a network says to a batch: its output, or a tuple of them."""
    return module(*x) if isinstance(x, tuple) else module(x)


class TrainingData(Protocol):
    """Samples to learn from and samples to measure on. ``classes`` is empty for regression."""

    @property
    def train(self) -> Split: ...  # noqa: D102

    @property
    def validation(self) -> Split: ...  # noqa: D102

    @property
    def classes(self) -> Sequence[str]: ...  # noqa: D102


class EpochOrder:
    """Shuffled batches. The order of an epoch depends on nothing but the seed and the epoch's number,
    so a run can go on anywhere without replaying what came before. Of each batch a process gets its own part."""

    def __init__(self, samples: int, batch_size: int, seed: int, world: World = ALONE) -> None:
        # A batch of one sample breaks batch normalisation; it is left out, another one in each epoch.
        lone = samples > batch_size > 1 and samples % batch_size == 1
        self._samples = samples
        self._used = samples - 1 if lone else samples
        self._batch_size = batch_size
        self._seed = seed
        self._world = world
        self.per_epoch = -(-self._used // batch_size)

    def samples_in(self, first: int, last: int) -> int:
        """How many samples the batches from ``first`` to ``last`` of an epoch have together; both count from 1."""
        return min(last * self._batch_size, self._used) - (first - 1) * self._batch_size

    def weight(self, batch: int) -> float:
        """How much the loss of this process's part of a batch, counted from 1, counts: 1 where it is the whole."""
        return self._world.weight(self.samples_in(batch, batch))

    def batches(self, epoch: int, first: int = 0) -> Iterator[torch.Tensor]:
        """The sample numbers (int64) of each batch of ``epoch``, from batch ``first`` on; both count from 0."""
        generator = torch.Generator().manual_seed((self._seed << 20) + epoch)
        order = torch.randperm(self._samples, generator=generator)
        for start in range(first * self._batch_size, self._used, self._batch_size):
            batch = order[start : min(start + self._batch_size, self._used)]
            yield batch[self._world.part(len(batch))]
