"""The models of torchvision that the import is tried on, each at a size that is quick and that it takes."""

from __future__ import annotations

import torch
import torchvision
from torch import nn
from torchvision import models

__all__ = ["CLASSIFIERS", "SAMPLE", "SEGMENTATION", "VIDEO", "made"]

CLASSIFIERS = tuple(models.list_models(module=torchvision.models))
SEGMENTATION = tuple(models.list_models(module=models.segmentation))
VIDEO = tuple(models.list_models(module=models.video))
SAMPLE = (
    "alexnet",
    "densenet121",
    "efficientnet_b0",
    "googlenet",
    "inception_v3",
    "mobilenet_v3_small",
    "regnet_y_400mf",
    "resnet18",
    "shufflenet_v2_x0_5",
    "swin_t",
    "vgg11",
    "vit_b_32",
    "lraspp_mobilenet_v3_large",
    "r3d_18",
)
_FIXED = ("alexnet", "maxvit", "swin_", "swin_v2", "vgg", "vit")  # their own size, or nearly


def _size(name: str) -> tuple[int, ...]:
    if name in VIDEO:
        side = 224 if name.startswith(("mvit", "s3d")) else 112 if name.startswith("swin") else 64
        return (3, 8 if side == 64 else 16, side, side)
    if name == "inception_v3":
        return (3, 299, 299)
    if name in SEGMENTATION:
        return (3, 96, 96)
    return (3, 224, 224) if name.startswith(_FIXED) else (3, 64, 64)


def made(name: str) -> tuple[nn.Module, dict[str, torch.Tensor]]:
    """The model with random weights, and three samples."""
    options: dict[str, object] = {}
    if name in ("googlenet", "inception_v3"):
        options["init_weights"] = False  # which takes a minute
    if name in SEGMENTATION:
        options["weights_backbone"] = None
        if not name.startswith("lraspp"):
            options["aux_loss"] = True
    random = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    return models.get_model(name, weights=None, **options), {"input": torch.rand(3, *_size(name), generator=random)}
