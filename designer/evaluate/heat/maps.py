"""One call for every way to make a heat map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from designer.errors import DataError
from designer.evaluate.heat.asking import Asked
from designer.evaluate.heat.cam import cam
from designer.evaluate.heat.names import WAYS
from designer.evaluate.heat.pixels import covered, integrated, saliency, smooth

__all__ = ["Heat", "heat_map"]

_OF_PICTURE = {
    "saliency": saliency,
    "smooth-grad": smooth,
    "integrated-gradients": integrated,
    "occlusion": covered,
}


@dataclass(frozen=True)
class Heat:
    """``values`` float32 [H, W] from 0 to 1, as large as the picture; ``block`` is what it was seen at, if at one."""

    values: npt.NDArray[np.float32]
    block: str | None


def heat_map(way: str, asked: Asked) -> Heat:
    """Where the score of a class comes from. The module must be in evaluation mode; it is left as it was.

    Raises DataError where the way does not fit the network.
    """
    if way not in WAYS:
        raise DataError(f"There is no heat map called {way!r}. Choose one of {', '.join(WAYS)}.")
    block: str | None = None
    if WAYS[way].of_block:
        small, block = cam(asked, plus=way == "grad-cam++")
        found = torch.nn.functional.interpolate(
            small[None, None], size=asked.dims[1:], mode="bilinear", align_corners=False
        )[0, 0]
    else:
        found = _OF_PICTURE[way](asked)
    found = found.detach().float().cpu()
    if not torch.isfinite(found).all():
        raise DataError("The heat map is NaN or infinite. Train the network again with a lower learning rate.")
    top = float(found.max())
    values: npt.NDArray[np.float32] = (found / top if top > 0 else found).numpy()
    return Heat(values, block)
