"""Grey pictures in the manner of a microscope, few of them with an ill cell. Synthetic: no patient is in them."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

__all__ = ["CLASSES", "COUNT", "SIDE", "cells"]

CLASSES = ("healthy", "ill")
COUNT = 2500
SIDE = 32
_ILL = 0.08  # the share of pictures with an ill cell
_CELLS = (3, 7)  # in a picture
_Y, _X = np.mgrid[0:SIDE, 0:SIDE].astype(np.float64)


@cache
def cells() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Pictures uint8 [N, 1, 32, 32] and whether one of the cells is ill, int64 [N]: 8 in 100 are."""
    draw = np.random.default_rng(50)
    ill = np.zeros(COUNT, dtype=np.int64)
    ill[draw.permutation(COUNT)[: round(_ILL * COUNT)]] = 1
    pictures = np.stack([_picture(draw, bool(sick)) for sick in ill])
    return pictures[:, None], ill


def _picture(draw: np.random.Generator, ill: bool) -> npt.NDArray[np.uint8]:
    number = int(draw.integers(*_CELLS))
    sick = int(draw.integers(number)) if ill else -1
    ground = draw.uniform(175, 215) + _slope(draw) + draw.normal(0, 6, (SIDE, SIDE))
    for cell in range(number):
        ground = _with_cell(ground, draw, cell == sick)
    return np.clip(ground, 0, 255).astype(np.uint8)


def _slope(draw: np.random.Generator) -> npt.NDArray[np.float64]:
    """Light that falls in from one side."""
    angle = draw.uniform(0, 2 * np.pi)
    found: npt.NDArray[np.float64] = (np.cos(angle) * _X + np.sin(angle) * _Y) / SIDE * draw.uniform(0, 25)
    return found


def _with_cell(ground: npt.NDArray[np.float64], draw: np.random.Generator, ill: bool) -> npt.NDArray[np.float64]:
    """A body with a nucleus. That of an ill one is larger, darker and ragged; healthy ones vary, too."""
    y, x = draw.uniform(4, SIDE - 4, 2)
    body = draw.uniform(3.5, 5.5)
    nucleus = body * (draw.uniform(0.6, 0.8) if ill else draw.uniform(0.3, 0.58))
    ragged = draw.uniform(0.15, 0.3) if ill else draw.uniform(0.0, 0.08)
    angle = np.arctan2(_Y - y, _X - x)
    far = np.hypot(_Y - y, _X - x)
    edge = nucleus * (1 + ragged * np.sin(int(draw.integers(3, 7)) * angle + draw.uniform(0, 2 * np.pi)))
    depth = draw.uniform(65, 105) if ill else draw.uniform(45, 90)
    return ground - _inside(body - far) * draw.uniform(15, 35) - _inside(edge - far) * depth


def _inside(distance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """1 inside, 0 outside, soft at the edge."""
    found: npt.NDArray[np.float64] = 1 / (1 + np.exp(-2.0 * distance))
    return found
