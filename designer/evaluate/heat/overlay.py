"""Heat over a picture, as a picture. No torch, no Qt: the window paints with the same colours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["coloured", "over"]

_LEAST = 224  # px: pictures of a few pixels are written larger
_STOPS = (0.0, 0.25, 0.5, 0.75, 1.0)
# From dark to light as well as from cold to warm: readable in grey and by people who do not tell red from green.
_COLOURS = ((32, 12, 74), (120, 28, 109), (210, 62, 62), (250, 150, 30), (252, 244, 150))


def coloured(heat: npt.NDArray[np.uint8], strength: float = 0.75) -> npt.NDArray[np.uint8]:
    """Heat uint8 [H, W] as colour with its strength as what covers: uint8 [H, W, 4]."""
    share = heat.astype(np.float64) / 255
    colours = np.asarray(_COLOURS, np.float64)
    channels = [np.interp(share, _STOPS, colours[:, channel]) for channel in range(3)]
    cover = 255 * strength * np.sqrt(share)
    return np.stack([*channels, cover], axis=-1).round().astype(np.uint8)


def over(picture: Path, heat: Path, strength: float = 0.75) -> Image.Image:
    """The two files as one picture. Raises OSError."""
    from PIL import Image

    with Image.open(picture) as below, Image.open(heat) as grey:
        scale = max(1, -(-_LEAST // max(1, min(below.size))))
        size = (below.width * scale, below.height * scale)
        base = below.convert("RGBA").resize(size, Image.Resampling.NEAREST)
        values = np.asarray(grey.convert("L").resize(size, Image.Resampling.BILINEAR), dtype=np.uint8)
    cover = Image.fromarray(coloured(values, strength))
    return Image.alpha_composite(base, cover).convert("RGB")
