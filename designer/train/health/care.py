"""Looks after the blocks of one run: samples how they fare, shows what they see, and finds the first bad number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from designer.errors import LayerloomError, NonFiniteLoss
from designer.train.batches import Inputs
from designer.train.events import Event, Noted
from designer.train.health.listening import Whose
from designer.train.health.maps import FeatureMaps
from designer.train.health.nonfinite import Witness
from designer.train.health.sampling import Sampling

if TYPE_CHECKING:
    from designer.train.session import Session

__all__ = ["Care"]


class Care:
    """What the loop and the session of a run know of all this."""

    def __init__(self, run: Session, folder: Path | None, whose: Whose | None) -> None:
        """``whose`` says which block a line of the network's text is of; without it, its modules are the blocks."""
        spec, self._run = run.spec, run
        watched = folder if spec.health else None
        answers = run.speed.answers
        self.sampling = Sampling(
            run.module, run.device, watched, whose, answers if spec.compile != "off" else None, spec.accumulate,
            run.order.per_epoch,
        )  # fmt: skip
        self.maps = FeatureMaps(run.module, run.data.validation, run.device, watched, whose, answers)
        self.witness = Witness(
            run.module, run.data.train, run.data.validation, run.device, folder, whose, self._loss, self._plain_loss,
            alone=run.world.size == 1,
        )  # fmt: skip

    def watching(
        self, number: int, epoch: int, batch: int, indices: torch.Tensor, x: Inputs, target: torch.Tensor
    ) -> AbstractContextManager[None]:
        """Around the forward pass of an iteration: remember its batch, and listen where it is its turn."""
        self.witness.note(number, epoch, batch, indices, x, target)
        return self.sampling.watching(number, epoch, batch, x)

    def told(self) -> Iterator[Event]:
        """After the step of an iteration: what there is to tell of the blocks."""
        yield from self.sampling.told()

    def after_validation(self) -> Iterator[Event]:
        """New feature maps, where there is time for them."""
        event = self.maps.after_validation(self._run.progress.iteration)
        if event is not None:
            yield event

    def show(self, block: str) -> Iterator[Event]:
        """The feature maps of a block, now."""
        event, sentence = self.maps.ask(block, self._run.progress.iteration)
        if event is not None:
            yield event
        yield Noted(self._run.progress.iteration, "maps" if event is not None else "refused", sentence)

    def inquire(self, error: LayerloomError, good: Mapping[str, torch.Tensor]) -> LayerloomError:
        """The error, with the block where the first number arose that is none; ``good`` are weights of before."""
        if not isinstance(error, NonFiniteLoss):
            return error
        return self.witness.inquire(error, self._run.progress.iteration, good)

    def _loss(self, x: Inputs, target: torch.Tensor) -> torch.Tensor:
        return self._run.objective(self._answers(x), target)[0]

    def _plain_loss(self, x: Inputs, target: torch.Tensor) -> torch.Tensor:
        return self._run.plain(self._answers(x), target)[0]

    def _answers(self, x: Inputs) -> Any:
        return self._run.speed.answers(self._run.module, x)
