"""What is measured of a block's output and of its weights, as tensors on the device: nothing here waits for it."""

from __future__ import annotations

import torch

from designer.train.health.histograms import BINS, EDGES

__all__ = ["Subset", "count_bins", "measure_output", "some_of"]

_MOST = 1 << 18  # numbers of an output that are looked at
_SOME = 4096  # numbers that a histogram is made of


def measure_output(output: torch.Tensor) -> torch.Tensor:
    """Mean, spread, least and largest value, share of dead units: float32 [5].

    A unit is a channel, or one number of a sample; it is dead where it is zero in all samples and places. Of a large
    batch the first samples are looked at.
    """
    values = output.detach()
    if values.dim() > 1:
        each = max(1, values[0].numel())
        values = values[: max(1, _MOST // each)]
    else:
        values = values.reshape(-1)[:_MOST]
    if values.numel() == 0:
        return torch.zeros(5, device=values.device)
    values = values.to(torch.float32)
    spread, mean = torch.var_mean(values, correction=0)
    if values.dim() > 1:
        others = [axis for axis in range(values.dim()) if axis != 1]
        high, low = values.amax(others), values.amin(others)
        dead = ((high == 0) & (low == 0)).to(torch.float32).mean()
        least, largest = low.min(), high.max()
    else:
        least, largest = torch.aminmax(values)
        dead = torch.zeros((), device=values.device)
    return torch.stack((mean, spread.sqrt(), least, largest, dead))


def some_of(values: torch.Tensor, most: int = _SOME) -> torch.Tensor:
    """Some numbers of a tensor, spread over all of it (of a large batch: over its first samples)."""
    values = values.detach()
    if values.dim() > 1 and values.numel() > 16 * most:
        values = values[: max(1, 16 * most // max(1, values[0].numel()))]
    flat = values.reshape(-1)
    return flat[:: max(1, flat.numel() // most) | 1]  # an odd step, so that it falls on all channels


def count_bins(values: torch.Tensor) -> torch.Tensor:
    """How many of some numbers fall into each bin of histograms.py: float32 [BINS], the last for NaN and infinity."""
    some = some_of(values).to(torch.float32).sort().values  # NaN comes last
    edges = torch.tensor(EDGES, device=some.device)
    places = torch.searchsorted(some, edges)
    places[-1] = torch.searchsorted(some, edges[-1:], right=True)[0]
    counts = places.diff()
    rest = some.numel() - counts.sum(dim=0, keepdim=True)
    found = torch.cat((counts, rest)).to(torch.float32)
    assert found.numel() == BINS
    return found


class Subset:
    """Some numbers of a block's weights as they were before a step, to see how far it moves them."""

    def __init__(self, weights: list[torch.nn.Parameter]) -> None:
        self._weights = weights
        self._before = [some_of(weight).clone() for weight in weights]

    def update_ratio(self) -> torch.Tensor:
        """The norm of the step beside the norm of the weights; a scalar."""
        moved = [(some_of(w) - b).to(torch.float32) for w, b in zip(self._weights, self._before, strict=True)]
        far: torch.Tensor = torch.cat([part.reshape(-1) for part in moved]).norm()
        long: torch.Tensor = torch.cat([part.to(torch.float32).reshape(-1) for part in self._before]).norm()
        return far / long.clamp_min(1e-12)
