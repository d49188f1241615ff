"""Signals made by a formula: five shapes of waves in noise, on a drifting ground. Synthetic."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["CLASSES", "COUNT", "STEPS", "waves"]

CLASSES = ("pulses", "sawtooth", "sine", "square", "triangle")
COUNT = 1500
STEPS = 128
_NOISE = 0.15


def waves() -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Signals float32 [N, 1, 128] and the shape of each, int64 [N]."""
    draw = np.random.default_rng(40)
    kinds = np.arange(COUNT, dtype=np.int64) % len(CLASSES)
    period, phase = draw.uniform(14, 48, (COUNT, 1)), draw.random((COUNT, 1))
    turn = (np.arange(STEPS) / period + phase) % 1.0  # where in its period each step is, from 0 to 1
    shapes = np.stack(
        [
            np.where(turn < draw.uniform(0.1, 0.2, (COUNT, 1)), 1.0, -0.2),
            2 * turn - 1,
            np.sin(2 * np.pi * turn),
            np.where(turn < 0.5, 1.0, -1.0),
            4 * np.abs(turn - 0.5) - 1,
        ]
    )
    clean = shapes[kinds, np.arange(COUNT)] * draw.uniform(0.6, 1.6, (COUNT, 1))
    drift = draw.normal(0, 0.8, (COUNT, 1)) * np.linspace(-1, 1, STEPS) + draw.normal(0, 0.5, (COUNT, 1))
    signals = clean + drift + draw.normal(0, _NOISE, clean.shape)
    return signals[:, None].astype(np.float32), kinds
