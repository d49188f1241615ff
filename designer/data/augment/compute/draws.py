"""Random numbers, one for each sample of a batch, from torch's own generators, whose state is part of a checkpoint."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from designer.data.augment.declare import Sort

__all__ = ["About", "boxes", "either", "happens", "spread"]


@dataclass(frozen=True)
class About:
    """What is known about the samples: their sort, and mean and deviation of the numbers by channel."""

    sort: Sort
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()


def happens(x: torch.Tensor, share: float) -> torch.Tensor:
    """For each sample whether it is meant, bool [n, 1, 1, ...]."""
    return (torch.rand(len(x), device=x.device) < share).view(-1, *([1] * (x.dim() - 1)))


def spread(x: torch.Tensor, low: float, high: float) -> torch.Tensor:
    """A number between ``low`` and ``high`` for each sample, float32 [n]."""
    return torch.rand(len(x), device=x.device).mul_(high - low).add_(low)


def either(x: torch.Tensor, most: float) -> torch.Tensor:
    """A number from ``-most`` to ``most`` for each sample."""
    return spread(x, -most, most)


def boxes(x: torch.Tensor, smallest: float, largest: float, ratio: float) -> tuple[torch.Tensor, ...]:
    """A rectangle in each picture: top, left, height, width as shares of the picture, each [n].

    The area is drawn between ``smallest`` and ``largest``, width to height between 1/ratio and ratio of the picture's.
    """
    area, shape = spread(x, smallest, largest), either(x, math.log(ratio)).exp_()
    height = (area / shape).sqrt_().clamp_(max=1)
    width = (area * shape).sqrt_().clamp_(max=1)
    return spread(x, 0, 1) * (1 - height), spread(x, 0, 1) * (1 - width), height, width
