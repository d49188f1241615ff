"""An expression for a size of which only samples are known: what comes out for what went in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from designer.blocks.dims import Dim, divide_exactly

__all__ = ["fit"]

_MOST_PARTS = 64  # a size may be divided by as much
_MOST_TIMES = 16


def fit(values: Sequence[int], known: Mapping[Dim, Sequence[int]]) -> Dim | None:
    """The simplest expression of the ``known`` sizes that gives all ``values``; None where there is none.

    A constant, one size scaled and shifted (``2·H``, ``⌊(H + 1)/2⌋``), a product or a sum of two of them.
    """
    if len(set(values)) == 1:
        return values[0]
    for dim, sizes in known.items():
        if list(sizes) == list(values):
            return dim
    whole = _quotient(values, known)
    if whole is not None:
        return whole
    single = _of_one(values, known)
    return single if single is not None else _of_two(values, known)


def _quotient(values: Sequence[int], known: Mapping[Dim, Sequence[int]]) -> Dim | None:
    """A size that is exactly so many times smaller than a known one: B, where 17·B came in."""
    for dim, sizes in known.items():
        times = sizes[0] // values[0] if values[0] else 0
        if times > 1 and all(value * times == size for value, size in zip(values, sizes, strict=True)):
            found = divide_exactly(dim, times)
            if found is not None:
                return found
    return None


def _of_one(values: Sequence[int], known: Mapping[Dim, Sequence[int]]) -> Dim | None:
    for parts in range(1, _MOST_PARTS + 1):
        for times in range(1, _MOST_TIMES + 1 if parts <= 8 else 2):
            for dim, sizes in known.items():
                shift = _shift(values, sizes, times, parts)
                if shift is not None:
                    return _scaled(dim, times, shift, parts)
    return None


def _shift(values: Sequence[int], sizes: Sequence[int], times: int, parts: int) -> int | None:
    """The number c for which (times · size + c) // parts gives each value; of several the nearest to zero."""
    pairs = list(zip(values, sizes, strict=True))
    low = max(parts * value - times * size for value, size in pairs)
    high = min(parts * value + parts - 1 - times * size for value, size in pairs)
    return min(max(low, 0), high) if low <= high else None


def _scaled(dim: Dim, times: int, shift: int, parts: int) -> Dim:
    return (times * dim + shift) // parts


def _of_two(values: Sequence[int], known: Mapping[Dim, Sequence[int]]) -> Dim | None:
    for dim, sizes in known.items():
        if all(size and value % size == 0 for value, size in zip(values, sizes, strict=True)):
            times = [value // size for value, size in zip(values, sizes, strict=True)]
            rest = times[0] if len(set(times)) == 1 else _of_one(times, known)
            if rest is not None:
                return rest * dim
    for dim, sizes in known.items():
        rest = _of_one([value - size for value, size in zip(values, sizes, strict=True)], known)
        if rest is not None:
            return rest + dim
    return None
