"""Running a network without leaving traces in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

__all__ = ["buffers_spared"]


@contextmanager
def buffers_spared(module: torch.nn.Module) -> Iterator[None]:
    """Within it a module writes into copies of its buffers: running statistics stay as they were."""
    before = [(layer, dict(layer._buffers)) for layer in module.modules() if layer._buffers]
    try:
        for layer, buffers in before:
            for name, tensor in buffers.items():
                layer._buffers[name] = None if tensor is None else tensor.clone()
        yield
    finally:
        for layer, buffers in before:
            layer._buffers.update(buffers)
