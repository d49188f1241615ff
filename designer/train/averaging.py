"""A moving average of the weights, beside those that learn (torch.optim.swa_utils)."""

from __future__ import annotations

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

__all__ = ["Averaging"]

_Tensors = tuple[torch.Tensor, ...] | list[torch.Tensor]


class Averaging:
    """``module`` is the averaged network: validated, and the result of the run.

    At step n, counted from 0, min(decay, (1 + n) / (10 + n)) of the average stays, so that a short run does not end
    with the weights of its beginning. Running statistics are those of the learning network.
    """

    def __init__(self, module: torch.nn.Module, decay: float) -> None:
        self.steps = 0
        self._decay = decay
        self._averaged = AveragedModel(module, multi_avg_fn=self._mix)
        self._averaged.requires_grad_(False)

    @property
    def module(self) -> torch.nn.Module:
        """The averaged network."""
        found: torch.nn.Module = self._averaged.module
        return found

    def update(self, module: torch.nn.Module) -> None:
        """Take in the weights after a step."""
        self._averaged.update_parameters(module)
        self.steps += 1

    def restore(self, weights: dict[str, torch.Tensor], steps: int) -> None:
        """Go on where a run was. Raises RuntimeError where the weights do not fit."""
        self.module.load_state_dict(weights)
        self.steps = steps
        self._averaged.n_averaged.fill_(steps)

    def _mix(self, averaged: _Tensors, latest: _Tensors, count: torch.Tensor | int) -> None:
        # ``count`` lies on the device, and reading it would wait for that: our own number is the same.
        decay = min(self._decay, (1 + self.steps) / (10 + self.steps))
        get_ema_multi_avg_fn(decay)(averaged, latest, count)  # type: ignore[no-untyped-call]
