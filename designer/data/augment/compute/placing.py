"""Where things are in a picture: flips, crops, turns, what is covered. uint8 [n, C, H, W] in and out.

torchvision's transforms draw once for all pictures of a batch; here each picture has its own draw, and the batch is
still changed in a few large operations.
"""

from __future__ import annotations

import torch
from torch.nn import functional

from designer.data.augment.compute.draws import About, boxes, either, happens, spread

__all__ = ["affine", "crop", "erase", "flip", "flip_vertical", "matrices", "resized_crop", "rotate",
           "sheared", "warp"]  # fmt: skip


def flip(x: torch.Tensor, about: About, share: float) -> torch.Tensor:
    """Mirror a share of the pictures."""
    return torch.where(happens(x, share), x.flip(3), x)


def flip_vertical(x: torch.Tensor, about: About, share: float) -> torch.Tensor:
    """Stand a share of the pictures on their heads."""
    return torch.where(happens(x, share), x.flip(2), x)


def crop(x: torch.Tensor, about: About, padding: int, border: str) -> torch.Tensor:
    """A window of the old size somewhere in the padded picture."""
    n, channels, height, width = x.shape
    if border == "reflect":
        around = (min(padding, width - 1), min(padding, height - 1))
        padded = functional.pad(x.float(), (around[0], around[0], around[1], around[1]), "reflect").to(torch.uint8)
    else:
        around = (padding, padding)
        padded = functional.pad(x, (padding,) * 4)
    down = torch.randint(2 * around[1] + 1, (n, 1, 1), device=x.device)
    right = torch.randint(2 * around[0] + 1, (n, 1, 1), device=x.device)
    # Each row of the result is a run of bytes in the padded batch: a gather of runs is much faster than one of pixels.
    planes = torch.arange(n * channels, device=x.device).view(n, channels, 1) * padded.shape[2]
    rows = planes + down + torch.arange(height, device=x.device)
    starts = (rows * padded.shape[3] + right).flatten()
    runs = padded.view(-1).unfold(0, width, 1)
    return runs.index_select(0, starts).view(n, channels, height, width)


def erase(x: torch.Tensor, about: About, share: float, smallest: float, largest: float, cover: str) -> torch.Tensor:
    """Cover a rectangle in a share of the pictures."""
    picked = happens(x, share)
    top, left, tall, wide = boxes(x, smallest, largest, 3.0)
    within = []
    for first, length, size, axis in ((top, tall, x.shape[2], 2), (left, wide, x.shape[3], 3)):
        place = torch.arange(size, device=x.device) + 0.5
        first, length = first[:, None] * size, length[:, None] * size
        shape = (len(x), 1, size, 1) if axis == 2 else (len(x), 1, 1, size)
        within.append(((place >= first) & (place < first + length)).view(shape))
    noise = torch.randint_like(x, 256) if cover == "noise" else x.new_zeros(())
    return torch.where(within[0] & within[1] & picked, noise, x)


def resized_crop(x: torch.Tensor, about: About, smallest: float, largest: float, ratio: float) -> torch.Tensor:
    """A piece of each picture, as large as the whole. Pieces are never larger, so nothing needs to be smoothed."""
    top, left, tall, wide = boxes(x, smallest, largest, ratio)
    height, width = x.shape[2:]
    zero = torch.zeros_like(top)
    across = torch.stack([wide, zero, (left + wide / 2 - 0.5) * width], dim=1)
    down = torch.stack([zero, tall, (top + tall / 2 - 0.5) * height], dim=1)
    return warp(x, torch.stack([across, down], dim=1), beyond="border")


def rotate(x: torch.Tensor, about: About, degrees: float) -> torch.Tensor:
    """Turn each picture about its middle."""
    return warp(x, matrices(x, turn=either(x, degrees)))


def affine(x: torch.Tensor, about: About, degrees: float, shift: float, scale: float, shear: float) -> torch.Tensor:
    """Turn, move, scale and shear each picture."""
    return warp(
        x,
        matrices(
            x,
            turn=either(x, degrees),
            right=either(x, shift) * x.shape[3],
            down=either(x, shift) * x.shape[2],
            scale=spread(x, 1 - scale, 1 + scale),
            shear=torch.tan(torch.deg2rad(either(x, shear))),
        ),
    )


def matrices(
    x: torch.Tensor,
    *,
    turn: torch.Tensor | None = None,
    right: torch.Tensor | None = None,
    down: torch.Tensor | None = None,
    scale: torch.Tensor | None = None,
    shear: torch.Tensor | None = None,
) -> torch.Tensor:
    """From places in the result to places in the picture, both in pixels from the middle: float32 [n, 2, 3].

    ``turn`` in degrees against the clock, ``shear`` as its tangent.
    """
    zero, one = x.new_zeros(len(x), dtype=torch.float32), x.new_ones(len(x), dtype=torch.float32)
    angle = zero if turn is None else torch.deg2rad(turn)
    size = one if scale is None else scale
    cos, sin, lean = angle.cos() / size, angle.sin() / size, zero if shear is None else shear
    linear = torch.stack([torch.stack([cos - lean * sin, -sin - lean * cos], 1), torch.stack([sin, cos], 1)], 1)
    moved = torch.stack([zero if right is None else right, zero if down is None else down], 1)
    return torch.cat([linear, -(linear @ moved[:, :, None])], dim=2)


def warp(x: torch.Tensor, places: torch.Tensor, beyond: str = "zeros") -> torch.Tensor:
    """Each picture read at ``places`` (see `matrices`), between the pixels; black beyond it, or as its border."""
    height, width = x.shape[2:]
    # grid_sample counts from -1 to 1 along both sides.
    unit = x.new_tensor([[1.0, height / width, 2 / width], [width / height, 1.0, 2 / height]], dtype=torch.float32)
    grid = functional.affine_grid(places * unit, list(x.shape), align_corners=False)
    read = functional.grid_sample(x.float(), grid, padding_mode=beyond, align_corners=False)
    return read.round_().clamp_(0, 255).to(torch.uint8)


def sheared(x: torch.Tensor, slope: torch.Tensor, across: bool) -> torch.Tensor:
    """Lean pictures about their upper left corner."""
    zero, one = torch.zeros_like(slope), torch.ones_like(slope)
    height, width = x.shape[2:]
    if across:
        rows = [torch.stack([one, slope, slope * height / 2], 1), torch.stack([zero, one, zero], 1)]
    else:
        rows = [torch.stack([one, zero, zero], 1), torch.stack([slope, one, slope * width / 2], 1)]
    return warp(x, torch.stack(rows, 1))
