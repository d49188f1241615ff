"""Batch normalisation by the statistics of a whole batch that several processes share, on any device."""

from __future__ import annotations

from collections.abc import Iterable
from types import MethodType
from typing import Any

import torch
import torch.distributed as dist
from torch.nn.modules.batchnorm import _BatchNorm

__all__ = ["synchronise"]


def synchronise(layers: Iterable[_BatchNorm]) -> None:
    """Let layers use whole batches while they train. (torch's own SyncBatchNorm works on GPUs only.)

    The layers stay the same objects with the same weights. Parts may be of different sizes.
    """
    for layer in layers:
        layer.forward = MethodType(_forward, layer)  # type: ignore[method-assign]


def _forward(layer: _BatchNorm, x: torch.Tensor) -> torch.Tensor:
    if not layer.training:
        return type(layer).forward(layer, x)
    layer._check_input_dim(x)  # type: ignore[no-untyped-call]
    dims = [0, *range(2, x.dim())]
    count = x.new_tensor([x.numel() / x.shape[1]])
    # Mean first, then the spread around it: the difference of two large sums would lose digits.
    total = _Sum.apply(torch.cat([x.sum(dims), count]))
    mean, whole = total[:-1] / total[-1], total[-1].detach()
    centred = x - mean.reshape(_shape(x))
    variance = _Sum.apply((centred * centred).sum(dims)) / whole
    _remember(layer, mean.detach(), variance.detach(), whole)
    y: torch.Tensor = centred * torch.rsqrt(variance + layer.eps).reshape(_shape(x))
    if layer.affine:
        y = y * layer.weight.reshape(_shape(x)) + layer.bias.reshape(_shape(x))
    return y


def _shape(x: torch.Tensor) -> tuple[int, ...]:
    return (1, -1, *[1] * (x.dim() - 2))


@torch.no_grad()
def _remember(layer: _BatchNorm, mean: torch.Tensor, variance: torch.Tensor, count: torch.Tensor) -> None:
    """Move the running statistics as torch's own layers do: with the unbiased variance."""
    if not layer.track_running_stats or layer.running_mean is None or layer.running_var is None:
        return
    assert layer.num_batches_tracked is not None
    layer.num_batches_tracked.add_(1)
    share: Any = layer.momentum if layer.momentum is not None else 1.0 / layer.num_batches_tracked.to(mean.dtype)
    layer.running_mean.lerp_(mean, torch.as_tensor(share, dtype=mean.dtype, device=mean.device))
    unbiased = variance * (count / (count - 1))
    layer.running_var.lerp_(unbiased, torch.as_tensor(share, dtype=mean.dtype, device=mean.device))


class _Sum(torch.autograd.Function):
    """The sum over all processes. Each one's gradient is the sum of the gradients, for each used the sum."""

    @staticmethod
    def forward(ctx: Any, tensor: torch.Tensor) -> torch.Tensor:
        """Sum up."""
        found = tensor.clone()
        dist.all_reduce(found)
        return found

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        """Sum up what all say about it."""
        found = gradient.clone()
        dist.all_reduce(found)
        return found
