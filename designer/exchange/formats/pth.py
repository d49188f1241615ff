"""Reads PyTorch checkpoints (.pth, .pt): tensors only, never objects; see checkpoint.py."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from designer.exchange.format import Format

if TYPE_CHECKING:
    import torch

__all__ = ["FORMAT"]

_PREFIXES = ("module.", "_orig_mod.")


def _read(path: Path) -> dict[str, torch.Tensor]:
    """The likeliest state dict in a checkpoint, as copies. Raises FileDamaged."""
    from designer.exchange.checkpoint import open_checkpoint

    found = dict(next(iter(open_checkpoint(path).values())))
    for prefix in _PREFIXES:  # DataParallel and torch.compile put these in front of every name
        if all(name.startswith(prefix) for name in found):
            found = {name.removeprefix(prefix): tensor for name, tensor in found.items()}
    return {name: tensor.detach().clone() for name, tensor in found.items()}


FORMAT = Format(
    name="pth",
    title="PyTorch checkpoint",
    suffix=".pth",
    help="A state dict as torch.save writes it (.pth, .pt). Read as weights only; Python objects are refused.",
    read=_read,
    order=90,
)
