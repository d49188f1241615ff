"""Colours for amounts: a ramp whose steps look equally far apart, and how amounts are spread over it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise

from PySide6.QtGui import QColor

from designer.ui.canvas.look import mix
from designer.ui.theme import Theme

__all__ = ["STEPS", "WIDE", "class_colours", "distance", "ramp", "shares", "unsaid"]

STEPS = 24  # colours of a ramp: few enough that the view from far paints the bars of each in one call
WIDE = 30.0  # from this ratio of the largest to the smallest amount on, steps are ratios
_Lab = tuple[float, float, float]
# Lightness, chroma and hue in OKLCh at both ends. Light: pale yellow to red; dark: slate to glowing red. The theme's
# text can be read on every one of them, because the bars far out carry words.
_ENDS = {False: ((0.93, 0.10, 102.0), (0.645, 0.19, 27.0)), True: ((0.33, 0.05, -95.0), (0.545, 0.20, 22.0))}


@cache
def ramp(dark: bool) -> tuple[QColor, ...]:
    """The colours from low to high. Each looks as far from the next as every other pair."""
    (low, high) = _ENDS[dark]
    fine = [_lab(*(a + (b - a) * i / 400 for a, b in zip(low, high, strict=True))) for i in range(401)]
    along = [0.0]
    for a, b in pairwise(fine):
        along.append(along[-1] + math.dist(a, b))
    found, at = [], 0
    for step in range(STEPS):
        while along[at] < along[-1] * step / (STEPS - 1) - 1e-9:
            at += 1
        found.append(_colour(fine[at]))
    return tuple(found)


def class_colours(theme: Theme, tones: Sequence[str] = ()) -> Sequence[QColor]:
    """The colours of words rather than of amounts; ``tones`` are colours of the theme that mean something."""
    share = 0.42 if theme.dark else 0.55  # text can be read on them, too
    if tones:
        share = 0.36 if theme.dark else 0.42
        return tuple(mix(getattr(theme, tone), theme.raised, share) for tone in tones)
    return tuple(mix(theme.series[i], theme.raised, share) for i in (1, 4, 2, 3))


def unsaid(theme: Theme) -> QColor:
    """The colour of a block of which an overlay says nothing."""
    return mix(theme.outline, theme.canvas, 0.55)


def shares(amounts: Mapping[str, float]) -> dict[str, float]:
    """Where each amount stands between the least (0) and the largest (1); by ratio where they lie far apart."""
    if not amounts:
        return {}
    low, high = min(amounts.values()), max(amounts.values())
    if low == high:
        return dict.fromkeys(amounts, 0.5)
    if low > 0 and high / low >= WIDE:
        span = math.log(high / low)
        return {name: math.log(amount / low) / span for name, amount in amounts.items()}
    return {name: (amount - low) / (high - low) for name, amount in amounts.items()}


def distance(a: QColor, b: QColor) -> float:
    """How far apart two colours look (in OKLab)."""
    return math.dist(_oklab(a), _oklab(b))


def _lab(lightness: float, chroma: float, hue: float) -> _Lab:
    angle = math.radians(hue)
    return lightness, chroma * math.cos(angle), chroma * math.sin(angle)


def _colour(lab: _Lab) -> QColor:
    # OKLab to linear sRGB to sRGB, after Björn Ottosson.
    lightness, a, b = lab
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    parts = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return QColor.fromRgbF(*(_gamma(min(1.0, max(0.0, part))) for part in parts))


def _gamma(linear: float) -> float:
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055


def _oklab(colour: QColor) -> _Lab:
    r, g, b = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (colour.redF(), colour.greenF(), colour.blueF())
    )
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    medium = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )
