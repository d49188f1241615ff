"""What the network will see of one sample: the same one many times, each time changed by another draw."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from designer.data.augment.own_draws import OwnDraws
from designer.data.batches import Split

__all__ = ["seen"]


def seen(split: Split, index: int, seed: int, times: int = 1) -> npt.NDArray[np.uint8]:
    """Sample ``index`` as pictures for people, uint8 [times, H, W, C], C 1 or 3. The same seed, the same pictures.

    Random generators are left as they were. Raises DataError when the sample cannot be read.
    """
    with OwnDraws(seed):
        return split.shown([index] * times)
