"""Grad-CAM and Grad-CAM++: which places of a block's output speak for a class."""

from __future__ import annotations

import torch

from designer.errors import DataError
from designer.evaluate.heat.asking import Asked, grid_of, scores

__all__ = ["cam"]


def cam(asked: Asked, plus: bool = False) -> tuple[torch.Tensor, str]:
    """The map [h, w] of the block's own size, nothing below 0, and the block that it is of.

    Without a chosen block it is the last one that still knows places, and where its places matter for the score.
    Raises DataError where there is none.
    """
    heard: dict[str, torch.Tensor] = {}

    def note(block: str, output: torch.Tensor) -> None:
        heard.pop(block, None)  # of one that runs several times the last counts, in its order
        heard[block] = output

    x = asked.x.detach().clone().requires_grad_()  # so that there are gradients where no weight has any
    with torch.enable_grad(), asked.watch(note):
        score = scores(asked, x).sum()
    if asked.block:
        found = _of(score, heard.get(asked.block), asked.block)
        if found is None:
            raise DataError(
                f"{asked.block} puts out no map of features for this picture, or none that the class depends on. "
                "Choose a block before the Flatten or the pooling at the end."
            )
        return _weighed(*found, plus), asked.block
    for block in reversed(heard):
        found = _of(score, heard[block], block)
        if found is not None and bool(found[1].any()):
            return _weighed(*found, plus), block
    raise DataError(
        "No block of the network knows places in the picture, so there is nothing for Grad-CAM to look at. Choose "
        "Occlusion or Integrated gradients, which look at the picture itself."
    )


def _of(score: torch.Tensor, output: torch.Tensor | None, block: str) -> tuple[torch.Tensor, torch.Tensor] | None:
    """Features and the score's gradients by them, both [C, H, W]."""
    if output is None or not output.requires_grad or grid_of(output) is None:
        return None
    (slope,) = torch.autograd.grad(score, output, retain_graph=True, allow_unused=True)
    if slope is None:
        return None
    features, slopes = grid_of(output.detach()), grid_of(slope)
    assert features is not None and slopes is not None
    return features, slopes


def _weighed(features: torch.Tensor, slopes: torch.Tensor, plus: bool) -> torch.Tensor:
    if plus:
        # Chattopadhay et al.: of exp(score) the second and third derivative are powers of the first.
        square, cube = slopes**2, slopes**3
        below = 2 * square + (features * cube).sum((1, 2), keepdim=True)
        alpha = torch.where(below != 0, square / torch.where(below != 0, below, torch.ones_like(below)), 0.0)
        weights = (alpha * slopes.relu()).sum((1, 2), keepdim=True)
    else:
        weights = slopes.mean((1, 2), keepdim=True)
    return (weights * features).sum(0).relu()
