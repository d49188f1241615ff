"""torchvision's detection models as what can be drawn of them: all layers that learn, from pictures to numbers a place.

What turns those numbers into boxes (anchors, suppression of overlapping boxes, cutting regions out) gives as many boxes
as it finds, so it is no part of a drawing; `Drawable.outside` says so. A model of two stages has inputs of its own for
the regions that its second stage looks at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

__all__ = ["Drawable", "drawable"]


@dataclass(frozen=True)
class Drawable:
    """A module whose state dict has the model's own keys, samples for its inputs, and what it leaves out."""

    model: nn.Module
    inputs: Mapping[str, torch.Tensor]
    outside: Sequence[str]


class _OneStage(nn.Module):
    """Backbone and head of RetinaNet, FCOS and SSD."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.backbone, self.head = model.backbone, model.head

    def forward(self, picture: torch.Tensor) -> dict[str, torch.Tensor]:
        found: dict[str, torch.Tensor] = self.head(_listed(self.backbone(picture)))
        return found


class _TwoStages(nn.Module):
    """Backbone and region proposal of the R-CNN family, and its heads on regions that are given."""

    rpn: Any
    roi_heads: Any

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.backbone = model.backbone
        self.rpn, self.roi_heads = nn.Module(), nn.Module()
        self.rpn.head = model.rpn.head
        for name, part in model.roi_heads.named_children():
            if name.endswith(("_head", "_predictor")):
                setattr(self.roi_heads, name, part)
        self.kinds = [kind for kind in ("box", "keypoint", "mask") if hasattr(self.roi_heads, f"{kind}_head")]

    def forward(self, picture: torch.Tensor, *regions: torch.Tensor) -> dict[str, torch.Tensor]:
        scores, shifts = self.rpn.head(_listed(self.backbone(picture)))
        found = {f"objectness_{level}": score for level, score in enumerate(scores)}
        found |= {f"shifts_{level}": shift for level, shift in enumerate(shifts)}
        for kind, region in zip(self.kinds, regions, strict=True):
            head, predictor = (getattr(self.roi_heads, f"{kind}_{part}") for part in ("head", "predictor"))
            result = predictor(head(region))
            if isinstance(result, tuple):
                found["class_logits"], found["box_regression"] = result
            else:
                found[f"{kind}s"] = result
        return found


def _listed(features: Any) -> list[torch.Tensor]:
    return list(features.values()) if isinstance(features, Mapping) else [features]


def drawable(model: Any, size: Sequence[int]) -> Drawable | None:
    """What can be drawn of a detection model for pictures of this size; None for a model of another kind."""
    inputs = {"input": torch.empty(1, *size, device="meta")}
    if hasattr(model, "rpn") and hasattr(model, "roi_heads"):
        two = _TwoStages(model)
        for kind in two.kinds:
            side = getattr(model.roi_heads, f"{kind}_roi_pool").output_size[0]
            inputs[f"regions_{kind}"] = torch.empty(1, model.backbone.out_channels, side, side, device="meta")
        return Drawable(two, inputs, _OUTSIDE_TWO)
    if hasattr(model, "head") and hasattr(model, "backbone") and hasattr(model, "anchor_generator"):
        return Drawable(_OneStage(model), inputs, _OUTSIDE_ONE)
    return None


_BOXES = "Anchors and the suppression of overlapping boxes give as many boxes as they find"
_OUTSIDE_ONE = (f"{_BOXES}, so the drawing ends with the numbers of each place. They learn nothing.",)
_OUTSIDE_TWO = (
    f"{_BOXES}, so the drawing ends with the numbers of each place. They learn nothing.",
    "Cutting regions out (RoIAlign) depends on the boxes that were found: the second stage has an input for regions.",
)
