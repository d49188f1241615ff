"""Sounds, signals and other numbers: float32 [n, C, ..., time], with mean 0 and deviation 1 in each channel."""

from __future__ import annotations

import math

import torch

from designer.data.augment.compute.draws import About, either, spread

__all__ = ["frequency_mask", "gain", "noise", "shift", "time_mask"]


def shift(x: torch.Tensor, about: About, share: float, ends: str) -> torch.Tensor:
    """Each sample moved in time."""
    steps = x.shape[-1]
    places = torch.arange(steps, device=x.device) - (either(x, share) * steps).round().long()[:, None]
    shape = (len(x), *([1] * (x.dim() - 2)), steps)
    moved = x.gather(-1, (places % steps).view(shape).expand_as(x))
    if ends == "wrap":
        return moved
    return moved * ((places >= 0) & (places < steps)).view(shape)


def noise(x: torch.Tensor, about: About, level: float) -> torch.Tensor:
    """Random numbers on top."""
    strength = spread(x, 0, level).view(-1, *([1] * (x.dim() - 1)))
    return x + torch.randn_like(x) * strength


def gain(x: torch.Tensor, about: About, decibels: float) -> torch.Tensor:
    """Louder or softer, as the numbers were before their mean was taken away."""
    shape = (1, -1, *([1] * (x.dim() - 2)))
    mean, std = (torch.tensor(one, dtype=x.dtype, device=x.device).view(shape) for one in (about.mean, about.std))
    drawn = either(x, decibels).view(-1, *([1] * (x.dim() - 1)))
    if about.sort == "spectrograms":  # logarithms of energies: a factor of the sound is added to them
        return x + drawn * (math.log(10) / 10) / std
    factor = 10 ** (drawn / 20)
    return x * factor + (factor - 1) * mean / std


def time_mask(x: torch.Tensor, about: About, longest: float, count: int) -> torch.Tensor:
    """Stretches of time without anything."""
    for _ in range(count):
        x = x * _kept(x, -1, longest)
    return x


def frequency_mask(x: torch.Tensor, about: About, longest: float, count: int) -> torch.Tensor:
    """Bands of frequencies without anything."""
    for _ in range(count):
        x = x * _kept(x, -2, longest)
    return x


def _kept(x: torch.Tensor, axis: int, longest: float) -> torch.Tensor:
    """Everything but one stretch along ``axis``."""
    size = x.shape[axis]
    length = spread(x, 0, longest) * size
    first = spread(x, 0, 1) * (size - length)
    place = torch.arange(size, device=x.device) + 0.5
    kept = (place < first[:, None]) | (place >= (first + length)[:, None])
    shape = [len(x), *([1] * (x.dim() - 1))]
    shape[axis] = size
    return kept.view(shape)
