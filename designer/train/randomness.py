"""The state of every random generator that a run uses: Python's, NumPy's, torch's and the device's."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch

__all__ = ["restore", "seed_all", "state"]


def seed_all(seed: int) -> None:
    """Start every generator from ``seed`` (0 to 2**32 - 1)."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)  # the CPU and all GPUs


def state(device: torch.device) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """What ``restore`` needs: tensors, and a few numbers that JSON can hold."""
    version, words, gauss = random.getstate()
    name, keys, position, has_gauss, cached = np.random.get_state(legacy=True)
    tensors = {
        "torch": torch.get_rng_state(),
        "python": torch.tensor(words, dtype=torch.int64),
        "numpy": torch.from_numpy(np.asarray(keys).astype(np.int64)),
    }
    if device.type == "cuda":
        tensors["device"] = torch.cuda.get_rng_state(device)
    elif device.type == "mps":
        tensors["device"] = torch.mps.get_rng_state()
    numbers = {"python": [version, gauss], "numpy": [str(name), int(position), int(has_gauss), float(cached)]}
    return tensors, numbers


def restore(tensors: dict[str, torch.Tensor], numbers: dict[str, Any], device: torch.device) -> None:
    """Put every generator back. Raises ValueError, TypeError, KeyError or RuntimeError on values of another kind."""
    version, gauss = numbers["python"]
    random.setstate((version, tuple(tensors["python"].tolist()), gauss))
    name, position, has_gauss, cached = numbers["numpy"]
    np.random.set_state((name, tensors["numpy"].numpy().astype(np.uint32), position, has_gauss, cached))
    torch.set_rng_state(tensors["torch"])
    if "device" in tensors and device.type == "cuda":
        torch.cuda.set_rng_state(tensors["device"], device)
    elif "device" in tensors and device.type == "mps":
        torch.mps.set_rng_state(tensors["device"])
