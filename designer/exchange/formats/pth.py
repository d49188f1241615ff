"""PyTorch checkpoints (.pth, .pt): tensors only, never objects; see checkpoint.py."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from designer.exchange.format import Bundle, Format, Inputs, Outputs

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


def _write(bundle: Bundle, path: Path) -> None:
    import torch

    from designer.exchange.formats.safetensors_file import state_of

    torch.save(state_of(bundle.module), path)


def _run(bundle: Bundle, path: Path, batches: Sequence[Inputs]) -> list[Outputs]:
    from designer.exchange.formats.safetensors_file import run_from

    return run_from(bundle, _read(path), batches)


FORMAT = Format(
    name="pth",
    title="PyTorch checkpoint",
    suffix=".pth",
    help="The state dict as torch.save writes it, for programs that know no safetensors. Read as weights only.",
    write=_write,
    run=_run,
    read=_read,
    engine="the network, filled from the file alone",
    exact=True,
    order=15,
)
