"""AutoAugment, RandAugment and TrivialAugment, with torchvision's own tables of kinds and strengths.

torchvision changes one picture after the other. Here kinds and strengths are drawn for all of them, and the pictures
of a batch that get the same kind of change are changed together, each by its own strength.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import torch
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as vision

from designer.data.augment.compute import colours
from designer.data.augment.compute.draws import About
from designer.data.augment.compute.placing import matrices, sheared, warp

__all__ = ["CHANGES", "autoaugment", "randaugment", "trivialaugment"]

Change = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def _solarized(x: torch.Tensor, strength: torch.Tensor) -> torch.Tensor:
    return torch.where(x >= (255 * strength).view(-1, 1, 1, 1), 255 - x, x)


def _posterized(x: torch.Tensor, bits: torch.Tensor) -> torch.Tensor:
    kept = 256 - (1 << (8 - bits.to(torch.int32)))
    return x & kept.to(torch.uint8).view(-1, 1, 1, 1)


def _blending(change: Change) -> Change:
    return lambda x, strength: colours.whole(change(x.float(), 1 + strength))


CHANGES: Mapping[str, Change] = {
    "Identity": lambda x, strength: x,
    "ShearX": lambda x, slope: sheared(x, slope, across=True),
    "ShearY": lambda x, slope: sheared(x, slope, across=False),
    "TranslateX": lambda x, pixels: warp(x, matrices(x, right=pixels.trunc())),
    "TranslateY": lambda x, pixels: warp(x, matrices(x, down=pixels.trunc())),
    "Rotate": lambda x, degrees: warp(x, matrices(x, turn=degrees)),
    "Brightness": _blending(colours.with_brightness),
    "Color": _blending(colours.with_saturation),
    "Contrast": _blending(colours.with_contrast),
    "Sharpness": _blending(colours.with_sharpness),
    "Posterize": _posterized,
    "Solarize": _solarized,
    "AutoContrast": lambda x, strength: vision.autocontrast(x),
    "Equalize": lambda x, strength: vision.equalize(x),
    "Invert": lambda x, strength: vision.invert(x),
}
"""By torchvision's names: pictures uint8 [n, C, H, W] and the strength of each, float32 [n]."""


def autoaugment(x: torch.Tensor, about: About, policy: str) -> torch.Tensor:
    """A pair of changes for each picture."""
    pairs = _pairs(policy)
    table = _strengths(v2.AutoAugment, 10, x.shape[2], x.shape[3])
    drawn = torch.randint(len(pairs), (len(x),)).tolist()
    for stage in (0, 1):
        applied, minus = torch.rand(len(x)).tolist(), torch.rand(len(x)).tolist()
        wanted = []
        for pair, chance, sign in zip(drawn, applied, minus, strict=True):
            kind, share, level = pairs[pair][stage]
            wanted.append(_one(table, kind, level, sign) if chance <= share else ("Identity", 0.0))
        x = _changed(x, wanted)
    return x


def randaugment(x: torch.Tensor, about: About, count: int, strength: int) -> torch.Tensor:
    """``count`` changes of one strength after each other."""
    table = _strengths(v2.RandAugment, 31, x.shape[2], x.shape[3])
    for _ in range(count):
        x = _changed(x, [_one(table, kind, strength, sign) for kind, sign in _kinds(table, len(x))])
    return x


def trivialaugment(x: torch.Tensor, about: About) -> torch.Tensor:
    """One change of any strength."""
    table = _strengths(v2.TrivialAugmentWide, 31, x.shape[2], x.shape[3])
    levels = torch.randint(31, (len(x),)).tolist()
    kinds = _kinds(table, len(x))
    return _changed(x, [_one(table, kind, level, sign) for (kind, sign), level in zip(kinds, levels, strict=True)])


Table = Mapping[str, tuple[tuple[float, ...] | None, bool]]


def _kinds(table: Table, count: int) -> list[tuple[str, float]]:
    """For each picture a kind, and a number that decides about its sign."""
    names = list(table)
    drawn = torch.randint(len(names), (count,)).tolist()
    return [(names[number], sign) for number, sign in zip(drawn, torch.rand(count).tolist(), strict=True)]


def _one(table: Table, kind: str, level: int | None, sign: float) -> tuple[str, float]:
    levels, signed = table[kind]
    if levels is None or level is None:
        return kind, 0.0
    return kind, -levels[level] if signed and sign <= 0.5 else levels[level]


def _changed(x: torch.Tensor, wanted: list[tuple[str, float]]) -> torch.Tensor:
    """Every picture by its own kind and strength; drawn on the CPU, so that a GPU need not be waited for."""
    groups: dict[str, list[int]] = {}
    for row, (kind, _) in enumerate(wanted):
        if kind != "Identity":
            groups.setdefault(kind, []).append(row)
    result = x.clone()
    for kind in sorted(groups):
        rows, strengths = (
            torch.tensor(values).to(x.device, non_blocking=x.is_cuda)
            for values in (groups[kind], [wanted[row][1] for row in groups[kind]])
        )
        result.index_copy_(0, rows, CHANGES[kind](x.index_select(0, rows), strengths))
    return result


@cache
def _pairs(policy: str) -> list[Any]:
    return list(v2.AutoAugment(v2.AutoAugmentPolicy(policy))._policies)


@cache
def _strengths(kind: Any, levels: int, height: int, width: int) -> Table:
    """What torchvision makes of each level, and whether its sign is drawn too."""
    found = {}
    for name, (make, signed) in kind._AUGMENTATION_SPACE.items():
        made = make(levels, height, width)
        found[name] = (None if made is None else tuple(float(one) for one in made), bool(signed))
    return found
