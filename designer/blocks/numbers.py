"""The kinds of numbers that a tensor may hold, by torch's names, and what torch makes of several of them."""

from __future__ import annotations

from collections.abc import Iterable

from designer.errors import ShapeError

__all__ = ["FLOATS", "KINDS", "promoted"]

FLOATS = ("float32", "float64", "float16", "bfloat16")
_WHOLE = ("int64", "int32", "int16", "int8", "uint8")
_LARGE = ("uint64", "uint32", "uint16")  # torch stores them and computes little with them
KINDS = (*FLOATS, *_WHOLE, *_LARGE, "bool")


def promoted(kinds: Iterable[str]) -> str:
    """The kind of number that torch computes with where these meet. Raises ShapeError where it does not."""
    met = set(kinds)
    if len(met) == 1:
        return met.pop()
    floats = met & set(FLOATS)
    if floats == {"float16", "bfloat16"}:
        return "float32"
    if floats:
        return min(floats, key=("float64", "float32", "float16", "bfloat16").index)
    if met & set(_LARGE) and len(met - {"bool"}) > 1:
        raise ShapeError("one kind of whole numbers", " and ".join(sorted(met)), "Change the type of one.", "dtype")
    if met - {"bool"} == {"int8", "uint8"}:
        return "int16"
    return next(kind for kind in (*_LARGE, *_WHOLE) if kind in met)
