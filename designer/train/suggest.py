"""Settings to begin with, by what is to be trained. No torch."""

from __future__ import annotations

from typing import Any

from designer.graph.adapt import Body

__all__ = ["for_fine_tuning"]

_RATES: dict[Body, float] = {"frozen": 1e-3, "slow": 1e-3, "whole": 1e-4}  # with AdamW; a new head bears more
_EPOCHS: dict[Body, int] = {"frozen": 5, "slow": 10, "whole": 10}


def for_fine_tuning(body: Body, learned: bool = True) -> dict[str, Any]:
    """Fields of TrainSpec for a network on new data. Source: torchvision's and timm's fine-tuning recipes.

    A network that has not ``learned`` anything yet needs more epochs and larger steps than one that is tuned.
    """
    scratch = {} if learned else {"epochs": 30, "learning_rate": 1e-3, "start": "fresh"}
    return {
        "epochs": _EPOCHS[body],
        "batch_size": 32,
        "learning_rate": _RATES[body],
        "optimizer": "adamw",
        "weight_decay": 1e-4,
        "schedule": "cosine",
        "start": "weights",
    } | scratch
