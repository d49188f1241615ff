"""What colours pictures have: brightness, contrast, saturation, hue, grey, blur. uint8 [n, C, H, W] in and out."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch.nn import functional

from designer.data.augment.compute.draws import About, either, happens, spread

__all__ = [
    "blur",
    "blurred",
    "colour",
    "grey",
    "greyed",
    "whole",
    "with_brightness",
    "with_contrast",
    "with_hue",
    "with_saturation",
    "with_sharpness",
]  # fmt: skip

_WEIGHTS = (0.2989, 0.587, 0.114)  # of red, green and blue in what the eye takes for bright


def whole(x: torch.Tensor) -> torch.Tensor:
    """Back to whole numbers from 0 to 255."""
    return x.round().clamp_(0, 255).to(torch.uint8)


def colour(
    x: torch.Tensor, about: About, brightness: float, contrast: float, saturation: float, hue: float
) -> torch.Tensor:
    """All four, in an order that is drawn for each batch."""
    ways: list[tuple[Callable[[torch.Tensor, torch.Tensor], torch.Tensor], float, float]]
    ways = [(with_brightness, brightness, 1.0), (with_contrast, contrast, 1.0)]
    if x.shape[1] == 3:
        ways += [(with_saturation, saturation, 1.0), (with_hue, hue, 0.0)]
    y = x.float()
    for number in torch.randperm(len(ways)).tolist():
        way, most, middle = ways[number]
        if most:
            y = way(y, either(x, most) + middle).clamp_(0, 255)
    return whole(y)


def grey(x: torch.Tensor, about: About, share: float) -> torch.Tensor:
    """A share of the pictures without colours."""
    return x if x.shape[1] == 1 else torch.where(happens(x, share), whole(greyed(x.float())), x)


def blur(x: torch.Tensor, about: About, share: float, smallest: float, largest: float) -> torch.Tensor:
    """A share of the pictures made soft."""
    return torch.where(happens(x, share), whole(blurred(x.float(), spread(x, smallest, largest), largest)), x)


def greyed(x: torch.Tensor) -> torch.Tensor:
    """How bright each pixel is, [n, 1, H, W]; numbers as floats here and below."""
    return x if x.shape[1] == 1 else (x * x.new_tensor(_WEIGHTS).view(1, 3, 1, 1)).sum(1, keepdim=True)


def _towards(x: torch.Tensor, other: torch.Tensor | float, factor: torch.Tensor) -> torch.Tensor:
    """``x`` times its factor, and the ``other`` as far as that leaves room for it."""
    factor = factor.view(-1, 1, 1, 1)
    return x * factor + other * (1 - factor)


def with_brightness(x: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
    """Brighter above 1, darker below."""
    return _towards(x, 0.0, factor)


def with_contrast(x: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
    """Away from the picture's mean above 1, towards it below."""
    return _towards(x, greyed(x).mean((1, 2, 3), keepdim=True), factor)


def with_saturation(x: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
    """Away from grey above 1, towards it below."""
    return _towards(x, greyed(x), factor)


def with_sharpness(x: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
    """Away from a smoothed picture above 1, towards it below; the outermost pixels stay."""
    if min(x.shape[2:]) < 3:
        return x
    kernel = x.new_tensor([[1, 1, 1], [1, 5, 1], [1, 1, 1]]).div_(13).expand(x.shape[1], 1, 3, 3)
    smooth = x.clone()
    smooth[..., 1:-1, 1:-1] = functional.conv2d(x, kernel, groups=x.shape[1])
    return _towards(x, smooth, factor)


def with_hue(x: torch.Tensor, turn: torch.Tensor) -> torch.Tensor:
    """All colours moved round the circle by ``turn`` of it."""
    high, low = x.amax(1), x.amin(1)
    range_ = (high - low).clamp(min=1e-6)
    red, green, blue = x.unbind(1)
    place = torch.where(
        high == red,
        (green - blue) / range_,
        torch.where(high == green, (blue - red) / range_ + 2, (red - green) / range_ + 4),
    )
    place = place + 6 * turn.view(-1, 1, 1)
    parts = []
    for offset in (5, 3, 1):
        k = (place + offset) % 6
        parts.append(high - (high - low) * torch.minimum(k, 4 - k).clamp_(0, 1))
    return torch.stack(parts, 1)


def blurred(x: torch.Tensor, deviation: torch.Tensor, largest: float) -> torch.Tensor:
    """Each picture smoothed by a bell curve of its own deviation, in pixels."""
    n, channels, height, width = x.shape
    reach = min(max(1, math.ceil(2.5 * largest)), height - 1, width - 1)
    if reach < 1:
        return x
    along = torch.arange(-reach, reach + 1, device=x.device)
    kernel = torch.exp(-0.5 * (along / deviation[:, None]) ** 2)
    kernel = (kernel / kernel.sum(1, keepdim=True)).repeat_interleave(channels, 0)
    planes = functional.pad(x, (reach,) * 4, "reflect").view(1, n * channels, height + 2 * reach, width + 2 * reach)
    planes = functional.conv2d(planes, kernel[:, None, None, :], groups=n * channels)
    return functional.conv2d(planes, kernel[:, None, :, None], groups=n * channels).view(x.shape)
