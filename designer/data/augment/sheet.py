"""What `Samples.seen` gives, made small enough to be shown: pictures, curves or maps of one scale. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

__all__ = ["Look", "Sheet", "condensed"]

Look = Literal["pictures", "curves", "maps"]

_EDGE = 320  # pixels of a picture, at most
_COLUMNS, _CURVES = 480, 4
_MAP = (128, 320)


@dataclass(frozen=True)
class Sheet:
    """Cells of one kind, the plain one first.

    Pictures are uint8 [n, H, W, C], C 1 or 3. Curves are float32 [n, channels, columns, 2]: the lowest and the highest
    number that a column stands for. Maps are uint8 [n, H, W], low frequencies at the bottom, all of one scale.
    """

    look: Look
    cells: npt.NDArray[np.uint8] | npt.NDArray[np.float32]


def condensed(values: npt.NDArray[np.uint8] | npt.NDArray[np.float32]) -> Sheet:
    """The samples [n, ...] as a sheet."""
    if values.dtype == np.uint8:
        return Sheet("pictures", _pictures(values))
    if values.ndim <= 3:
        return Sheet("curves", _curves(values.reshape(len(values), -1, values.shape[-1]).astype(np.float32)))
    return Sheet("maps", _maps(values.astype(np.float32)))


def _pictures(values: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    pictures = values.astype(np.uint8)
    height, width = pictures.shape[1:3]
    factor = max(height, width) / _EDGE
    if factor <= 1:
        return pictures
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    grey = pictures.shape[3] == 1
    small = [
        np.asarray(Image.fromarray(one[..., 0] if grey else one).resize(size, Image.Resampling.BOX)) for one in pictures
    ]
    return np.stack(small).reshape(len(small), size[1], size[0], pictures.shape[3])


def _curves(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    values = values[:, :_CURVES]
    steps = values.shape[-1]
    edges = np.linspace(0, steps, min(steps, _COLUMNS) + 1).astype(int)[:-1]
    low, high = (function.reduceat(values, edges, axis=-1) for function in (np.minimum, np.maximum))
    return np.stack([low, high], axis=-1)


def _maps(values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """The first channel; neighbours become their mean where there are too many."""
    flat = values.reshape(len(values), -1, *values.shape[-2:])[:, 0, ::-1]
    for axis, most in ((1, _MAP[0]), (2, _MAP[1])):
        size = flat.shape[axis]
        if size > most:
            edges = np.linspace(0, size, most + 1).astype(int)
            shape = [1, 1, 1]
            shape[axis] = most
            counts = np.diff(edges).reshape(shape).astype(np.float32)
            flat = (np.add.reduceat(flat, edges[:-1], axis=axis) / counts).astype(np.float32)
    low, high = (float(value) for value in np.percentile(flat[0], (1, 99.5)))  # a few extremes hide the rest
    scaled = (flat - low) * (255 / (high - low) if high > low else 0.0)
    whole: npt.NDArray[np.uint8] = np.clip(scaled, 0, 255).astype(np.uint8)
    return whole
