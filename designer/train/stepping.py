"""From a loss to new weights: gradients, added up over batches, made shorter, followed by the optimiser."""

from __future__ import annotations

import torch

from designer.train.batches import EpochOrder
from designer.train.spec import TrainSpec
from designer.train.state import Moving

__all__ = ["Stepping"]


class Stepping:
    """Moves the weights, after each batch or after several.

    The loss of a batch counts by its share of the samples of all that belong to the same step, so that several
    batches act as one large batch. A step never reaches over the end of an epoch.
    """

    def __init__(self, moving: Moving, spec: TrainSpec, order: EpochOrder) -> None:
        self._moving, self._optimizer, self._order = moving, moving.optimizer, order
        self._every, self._longest = spec.accumulate, spec.clip_norm
        self._scaler = moving.scaler

    def __call__(self, loss: torch.Tensor, batch: int) -> None:
        """Take in the loss of a batch, counted from 1 in its epoch."""
        share, first, last = self._place(batch)
        share *= self._order.weight(batch)
        if first:
            self._optimizer.zero_grad(set_to_none=True)
        loss = loss * share if share != 1.0 else loss
        # The gradients of 16-bit floats would vanish unless they are made larger.
        (loss if self._scaler is None else self._scaler.scale(loss)).backward()  # type: ignore[no-untyped-call]
        self._moving.adding = not last
        if not last:
            return
        if self._longest:
            if self._scaler is not None:
                self._scaler.unscale_(self._optimizer)
            torch.nn.utils.clip_grad_norm_(self._moving.module.parameters(), self._longest)
        if self._scaler is None:
            self._optimizer.step()
        else:
            self._scaler.step(self._optimizer)
            self._scaler.update()
        if self._moving.averaging is not None:
            self._moving.averaging.update(self._moving.module)

    def _place(self, batch: int) -> tuple[float, bool, bool]:
        """The batch's share of its step, and whether it is the first and the last of it."""
        if self._every == 1:
            return 1.0, True, True
        start = (batch - 1) // self._every * self._every + 1
        end = min(start + self._every - 1, self._order.per_epoch)
        share = self._order.samples_in(batch, batch) / self._order.samples_in(start, end)
        return share, batch == start, batch == end
