"""Mixup and cutmix (torchvision.transforms.v2): pictures of a batch laid over each other, with their labels."""

from __future__ import annotations

import torch

from designer.errors import TrainError
from designer.train.batches import Inputs
from designer.train.spec import TrainSpec

__all__ = ["Mixing"]


class Mixing:
    """Mixes batches as the spec says; with both kinds one of them is drawn for each batch.

    Random numbers come from torch's own generator, whose state is part of a checkpoint. Raises TrainError.
    """

    def __init__(self, spec: TrainSpec, classes: int | None) -> None:
        """``classes`` is what the main output tells apart, None where it does not."""
        self._mix = None
        if not spec.mixup and not spec.cutmix:
            return
        if classes is None:
            raise TrainError(
                "Mixup and cutmix need an output that chooses one of several classes for each picture. Set both to 0."
            )
        from torchvision.transforms import v2

        kinds: list[torch.nn.Module] = []
        if spec.mixup:
            kinds.append(v2.MixUp(alpha=spec.mixup, num_classes=classes))
        if spec.cutmix:
            kinds.append(v2.CutMix(alpha=spec.cutmix, num_classes=classes))
        self._mix = kinds[0] if len(kinds) == 1 else v2.RandomChoice(kinds)

    def __call__(self, x: Inputs, target: torch.Tensor) -> tuple[Inputs, torch.Tensor]:
        """The batch, and for each sample the shares of the classes; as they were where nothing is to be mixed."""
        if self._mix is None:
            return x, target
        if isinstance(x, tuple) or x.dim() != 4 or target.dim() != 1:
            raise TrainError(
                "Mixup and cutmix work on single pictures with one class each, and the network takes something else. "
                "Set both to 0."
            )
        mixed: tuple[torch.Tensor, torch.Tensor] = self._mix(x, target)
        return mixed
