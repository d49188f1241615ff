"""The objective of a training, opened up: what each trained output says, and what is asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

from designer.train.objective import Head, Objective

__all__ = ["Heads", "Said"]


class Said(NamedTuple):
    """What an output says to a batch, and the target as its loss takes it."""

    head: Head
    answers: torch.Tensor
    target: torch.Tensor


class Heads(Objective):
    """As `Objective`, with its outputs to look at."""

    @property
    def heads(self) -> Sequence[Head]:
        """Those that are trained."""
        return self._heads

    def answers(self, result: torch.Tensor | Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """What each of ``heads`` says."""
        found = [result[head.index] if self._several else result for head in self._heads]
        return [part for part in found if isinstance(part, torch.Tensor)]

    def said(self, result: torch.Tensor | Sequence[torch.Tensor], target: torch.Tensor) -> list[Said]:
        """The same, with the targets. Raises DataError where they do not fit."""
        return [Said(head, *self._compare(head, result, target)[:2]) for head in self._heads]

    def loss(self, said: Sequence[Said]) -> torch.Tensor:
        """All losses, by the weights of their outputs."""
        parts = [head.weight * head.loss(answers, target) for head, answers, target in said]
        return torch.stack(parts).sum()
