"""Weights as safetensors: names and numbers, no code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from designer.errors import FileDamaged
from designer.exchange.format import Bundle, Format, Inputs, Outputs

if TYPE_CHECKING:
    import torch
    from torch import nn

__all__ = ["FORMAT", "run_from", "save_state", "state_of"]


def state_of(module: nn.Module) -> dict[str, torch.Tensor]:
    """The state dict as contiguous copies on the CPU (weights used under two names are stored twice)."""
    return {name: tensor.detach().cpu().contiguous().clone() for name, tensor in module.state_dict().items()}


def save_state(module: nn.Module, path: Path, metadata: dict[str, str]) -> None:
    """Write the state dict of ``module``; ``metadata`` is text that readers may show."""
    from safetensors.torch import save_file

    save_file(state_of(module), path, metadata={"format": "pt", **metadata})


def _write(bundle: Bundle, path: Path) -> None:
    save_state(bundle.module, path, bundle.metadata())


def _read(path: Path) -> dict[str, torch.Tensor]:
    """Raises FileDamaged."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from designer.exchange.header import read_header, too_large

    read_header(path)  # what lies about itself is told in our own words
    try:
        tensors: dict[str, torch.Tensor] = load_file(path, device="cpu")
    except MemoryError as error:
        raise too_large(path) from error
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise FileDamaged(f"The weights {path} cannot be read: {error}. The file is damaged or cut off.") from error
    return tensors


def _run(bundle: Bundle, path: Path, batches: Sequence[Inputs]) -> list[Outputs]:
    return run_from(bundle, _read(path), batches)


def run_from(bundle: Bundle, tensors: dict[str, torch.Tensor], batches: Sequence[Inputs]) -> list[Outputs]:
    """The outputs of a copy of the network that was emptied and then filled from ``tensors`` alone."""
    import copy

    import torch

    from designer.exchange.engine import run_module

    fresh = copy.deepcopy(bundle.module)
    with torch.no_grad():
        for tensor in fresh.state_dict().values():
            tensor.fill_(float("nan") if tensor.is_floating_point() else 0)
    fresh.load_state_dict(tensors, strict=True)
    return run_module(fresh.eval(), batches)


FORMAT = Format(
    name="safetensors",
    title="Weights (safetensors)",
    suffix=".safetensors",
    help="The state dict: each parameter by its name. Load it with load_state_dict in any PyTorch program.",
    write=_write,
    run=_run,
    read=_read,
    engine="the network, filled from the file alone",
    exact=True,
    order=10,
)
