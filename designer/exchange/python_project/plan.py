"""What of a training goes along into a project of plain Python, and what cannot. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from designer.errors import ExportError

__all__ = ["MACHINE", "Plan", "refuse_what_stays"]

MACHINE = ("device", "precision", "channels_last", "fused", "compile", "tf32", "kernel_search", "threads")
"""Settings of the machine, not of what is learned: the project trains in plain 32-bit floats."""

_STAYS = {
    "class_weights": "none",
    "mixup": 0.0,
    "cutmix": 0.0,
    "ema": 0.0,
    "early_stop": "off",
    "unfreeze": (),
    "output_weights": {},
    "move_statistics": False,
    "shard": False,
}


@dataclass(frozen=True)
class Plan:
    """How the project trains: ``loss`` is a function of torch.nn.functional and what it is called with."""

    settings: Mapping[str, Any]
    loss: str
    loss_options: Mapping[str, Any]
    classifies: bool


def refuse_what_stays(settings: Mapping[str, Any], titles: Mapping[str, str], augments: bool) -> None:
    """Raises ExportError that names every setting which a project of plain Python cannot do yet."""
    stays = [titles.get(name, name) for name, plain in _STAYS.items() if settings.get(name, plain) != plain]
    if settings.get("schedule") == "plateau":
        stays.append("the plateau schedule")
    if augments:
        stays.append("augmentation of the data")
    if stays:
        raise ExportError(
            f"The plain project would train another way, as it cannot take along: {', '.join(stays)}. Switch that off, "
            "or export the network alone as Python source."
        )
