"""Random numbers of a seed for one thread alone, while a training beside it goes on with its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

__all__ = ["OwnDraws"]

_DRAWING = {
    torch.rand, torch.randn, torch.randint, torch.randperm, torch.rand_like, torch.randn_like, torch.randint_like,
    torch.normal, torch.bernoulli, torch.multinomial, torch._sample_dirichlet,
}  # fmt: skip


class OwnDraws(TorchFunctionMode):
    """Within this context torch draws on the CPU from a generator of its own; the process's is not touched.

    The numbers are those that ``torch.manual_seed(seed)`` would give.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._generator = torch.Generator().manual_seed(seed)

    def __torch_function__(
        self, func: Callable[..., Any], types: Sequence[type], args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """As torch calls every function."""
        given = dict(kwargs or {})
        if func in _DRAWING:
            given.setdefault("generator", self._generator)
        return func(*args, **given)
