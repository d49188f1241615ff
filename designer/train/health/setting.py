"""The switch of all this in a TrainSpec. No torch."""

from __future__ import annotations

from typing import Any

from designer.train.declare import setting

__all__ = ["HEALTH"]

HEALTH: Any = setting(
    True,
    "Health of the blocks",
    "Look now and then how every block fares: activations, gradients, dead units, size of the steps. Takes a few "
    "percent of the time at most and changes nothing that is learned.",
    group="Logs",
    free=True,
)
