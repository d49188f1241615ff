"""Real hand-written digits, and pictures that are put together of them: several in one, or turned."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from designer.errors import DataError
from designer.resources import resource

__all__ = ["LARGEST_TURN", "digits", "several_digits", "turned_digits"]

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

LARGEST_TURN = 60.0
"""Degrees to either side."""

_PICTURES = 4000
_GROUPS = 40  # of digits; a picture is made of digits of one group, so that a split can keep them apart
_CELL, _ROOM = 10, 3  # a quarter of a picture, and the places that a digit can have in it
_FILLED = 0.6  # the share of the quarters that hold a digit
_TURNS = 2  # of each digit
_SIDE = 16


def digits() -> tuple[Pixels, npt.NDArray[np.int64]]:
    """The 1,797 digits: uint8 [N, 8, 8], bright on black, and what they are. Raises DataError."""
    try:
        with np.load(resource("data", "digits.npz"), allow_pickle=False) as file:
            images, labels = file["images"], file["labels"]
    except (OSError, ValueError, KeyError) as error:
        raise DataError("The bundled digits are missing or damaged. Install Layerloom again.") from error
    # 0..16 -> 0..255, so that they look right in pictures and share the scale of other data sets.
    return ((images.astype(np.uint16) * 255 + 8) // 16).astype(np.uint8), labels.astype(np.int64)


@cache
def several_digits() -> tuple[Pixels, Floats, list[str]]:
    """Pictures uint8 [N, 1, 20, 20] of one to four digits, which digits are there [N, 10], and their groups."""
    shapes, labels = digits()
    draw = np.random.default_rng(20)
    groups = np.array_split(draw.permutation(len(shapes)), _GROUPS)
    pictures = np.zeros((_PICTURES, 1, 2 * _CELL, 2 * _CELL), dtype=np.uint8)
    there = np.zeros((_PICTURES, 10), dtype=np.float32)
    for number in range(_PICTURES):
        members = groups[number % _GROUPS]
        filled = draw.random(4) < _FILLED
        filled[draw.integers(4)] = True
        for quarter in np.flatnonzero(filled).tolist():
            one = draw.choice(members)
            top, left = draw.integers(0, _ROOM, 2) + _CELL * np.array(divmod(quarter, 2))
            pictures[number, 0, top : top + 8, left : left + 8] = shapes[one]
            there[number, labels[one]] = 1.0
    return pictures, there, [f"digits {number % _GROUPS}" for number in range(_PICTURES)]


@cache
def turned_digits() -> tuple[Pixels, Floats, list[str]]:
    """Digits turned by an angle, uint8 [N, 1, 16, 16], that angle in degrees [N, 1], and which digit each is."""
    shapes, _ = digits()
    angles = np.random.default_rng(21).uniform(-LARGEST_TURN, LARGEST_TURN, (len(shapes), _TURNS)).round(1)
    pictures = np.empty((len(shapes) * _TURNS, 1, _SIDE, _SIDE), dtype=np.uint8)
    for number, shape in enumerate(shapes):
        large = Image.fromarray(np.pad(shape, 2)).resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)
        for turn, angle in enumerate(angles[number].tolist()):
            pictures[number * _TURNS + turn, 0] = np.asarray(large.rotate(angle, Image.Resampling.BICUBIC))
    groups = [f"digit {number}" for number in range(len(shapes)) for _ in range(_TURNS)]
    return pictures, angles.reshape(-1, 1).astype(np.float32), groups
