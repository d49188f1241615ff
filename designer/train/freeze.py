"""Layers that training leaves as they are."""

from __future__ import annotations

from collections.abc import Iterable

import torch

__all__ = ["freeze", "frozen_weights"]


def freeze(module: torch.nn.Module, names: Iterable[str]) -> list[torch.nn.Module]:
    """Take the gradients from the layers at these paths; paths that the module does not have are passed over.

    The result are the layers to keep in evaluation mode: those with running statistics, which would otherwise go on
    changing (batch normalisation). Dropout in a frozen block still drops, as it has no weights to keep.
    """
    layers, weights = dict(module.named_modules()), dict(module.named_parameters())
    still = []
    for name in names:
        if name in weights:  # a learnable tensor that stands by itself
            weights[name].requires_grad_(False)
        if name in layers:
            layers[name].requires_grad_(False)
            still += [part for part in layers[name].modules() if any(True for _ in part.buffers(recurse=False))]
    return still


def frozen_weights(module: torch.nn.Module) -> tuple[str, ...]:
    """The weights that do not train, by their paths."""
    return tuple(sorted(name for name, parameter in module.named_parameters() if not parameter.requires_grad))
