"""What the standard says of resizing along one dimension: places, or a matrix of weights. No torch."""

from __future__ import annotations

import math

__all__ = ["matrix", "nearest"]


def _place(number: int, before: int, after: int, scale: float, coordinates: str) -> float:
    """Where a number of the result lies in the input."""
    if coordinates == "align_corners":
        long = before * scale  # not rounded, as the standard has it
        return number * (before - 1) / (long - 1) if long != 1 else 0.0
    if coordinates == "asymmetric":
        return number / scale
    if coordinates == "pytorch_half_pixel" and after <= 1:
        return 0.0
    if coordinates == "half_pixel_symmetric":
        centre = before / 2 * (1 - after / (before * scale))
        return centre + (number + 0.5) / scale - 0.5
    return (number + 0.5) / scale - 0.5


def nearest(before: int, after: int, scale: float, coordinates: str, rounding: str) -> list[int]:
    """Which number of the input each number of the result is."""
    found = []
    for number in range(after):
        x = _place(number, before, after, scale, coordinates)
        if rounding == "floor":
            place = math.floor(x)
        elif rounding == "ceil":
            place = math.ceil(x)
        elif rounding == "round_prefer_ceil":
            place = math.floor(x + 0.5)
        else:
            place = math.ceil(x - 0.5)
        found.append(min(max(place, 0), before - 1))
    return found


def _cubic(x: float, a: float) -> float:
    x = abs(x)
    if x <= 1:
        return (a + 2) * x**3 - (a + 3) * x**2 + 1
    return a * x**3 - 5 * a * x**2 + 8 * a * x - 4 * a if x < 2 else 0.0


def matrix(
    before: int, after: int, scale: float, coordinates: str, mode: str, settings: tuple[float, bool, bool]
) -> list[list[float]]:
    """A row of weights for each number of the result. ``settings``: the cubic's factor, exclude outside, antialias."""
    a, exclude, smooth = settings
    shrink = min(scale, 1.0) if smooth else 1.0
    reach = (2 if mode == "cubic" else 1) / shrink
    rows = []
    for number in range(after):
        x = _place(number, before, after, scale, coordinates)
        row = [0.0] * before
        for place in range(math.floor(x - reach), math.ceil(x + reach) + 1):
            away = (place - x) * shrink
            weight = _cubic(away, a) if mode == "cubic" else max(0.0, 1 - abs(away))
            outside = not 0 <= place < before
            if weight and not (outside and exclude):
                row[min(max(place, 0), before - 1)] += weight
        if exclude or smooth:
            total = sum(row)
            row = [weight / total for weight in row] if total else row
        rows.append(row)
    return rows
