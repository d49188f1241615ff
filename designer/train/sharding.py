"""Weights divided among processes: each keeps its part and sees the others only while it computes (torch's FSDP2)."""

from __future__ import annotations

from typing import Any

import torch
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor

__all__ = ["like", "shard", "whole"]


def shard(module: torch.nn.Module, device: torch.device, size: int) -> None:
    """Divide a module in place. Its parameters are other objects from then on, with the same names.

    Each part of it is brought together by itself, so that no process ever holds all.
    """
    mesh = init_device_mesh(device.type, (size,))
    module.to(device)
    names = [id(parameter) for _, parameter in module.named_parameters(remove_duplicate=False)]
    if len(names) == len(set(names)):  # weights that two parts share stay with the whole
        for part in module.children():
            called = type(part).forward is not torch.nn.Module.forward  # a mere list is never called
            if called and any(True for _ in part.parameters()):
                fully_shard(part, mesh=mesh)
    fully_shard(module, mesh=mesh)
    module.register_load_state_dict_pre_hook(_divide)  # type: ignore[no-untyped-call]


def whole(tensor: torch.Tensor) -> torch.Tensor:
    """All of a tensor, in the computer's memory. All processes must ask for it."""
    return tensor.full_tensor().cpu() if isinstance(tensor, DTensor) else tensor


def like(parameter: torch.Tensor, tensor: torch.Tensor) -> torch.Tensor:
    """Of a whole tensor the part that this process has of ``parameter``, laid out as that is."""
    if not isinstance(parameter, DTensor):
        return torch.empty_like(parameter, dtype=tensor.dtype).copy_(tensor)
    own = tensor.to(parameter.device)
    return distribute_tensor(own, parameter.device_mesh, parameter.placements, src_data_rank=None)


def _divide(module: torch.nn.Module, tensors: dict[str, Any], prefix: str, *rest: Any) -> None:
    """Weights from a file are whole."""
    for name, parameter in module.named_parameters():
        found = tensors.get(prefix + name)
        if isinstance(found, torch.Tensor) and not isinstance(found, DTensor):
            tensors[prefix + name] = like(parameter, found)
