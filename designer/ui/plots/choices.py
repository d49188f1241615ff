"""What a person may choose of plots: what the x axis counts, and what the band of several runs is. Nothing heavy."""

from __future__ import annotations

from typing import Literal

__all__ = ["AXES", "SPREADS", "Axis", "Spread"]

Axis = Literal["iteration", "epoch", "time"]
AXES: dict[Axis, str] = {"iteration": "Iterations", "epoch": "Epochs", "time": "Time of training"}

Spread = Literal["range", "deviation"]
SPREADS: dict[Spread, str] = {"range": "Smallest to largest", "deviation": "Standard deviation"}
