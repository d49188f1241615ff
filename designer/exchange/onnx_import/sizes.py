"""Arithmetic of sizes of which some are open: what torch would do with numbers, done with sizes."""

from __future__ import annotations

from typing import Any

import numpy as np

from designer.blocks.dims import Dim, divide_exactly
from designer.exchange.onnx_import.values import Known, Sizes, Val, sizes

__all__ = ["array_of", "summed", "whole_array"]

Array = np.ndarray[Any, np.dtype[np.object_]]


def array_of(value: Val) -> Array | None:
    """Whole numbers or sizes as an array; None for anything else."""
    if isinstance(value, Sizes):
        return value.array
    if isinstance(value, Known) and not value.tensor.is_floating_point() and value.tensor.numel() <= 10_000:
        found = np.empty(tuple(value.tensor.shape), dtype=object)
        found[...] = np.asarray(value.tensor.tolist(), dtype=object).reshape(found.shape)
        return found
    return None


def whole_array(array: Any) -> Known | Sizes:
    """An array of sizes as a value."""
    found = np.empty(np.shape(array), dtype=object)
    found[...] = array
    return sizes(found)


def summed(op: str, a: Val, b: Val) -> Val | None:
    """A sum, product, quotient or comparison in which a size takes part; None where none does."""
    if not (isinstance(a, Sizes) or isinstance(b, Sizes)):
        return None
    left, right = array_of(a), array_of(b)
    if left is None or right is None:
        return None
    rule = _RULES.get(op)
    if rule is None:
        return None
    left, right = np.broadcast_arrays(left, right)
    found = [rule(x, y) for x, y in zip(left.flat, right.flat, strict=True)]
    if any(item is None for item in found):
        return None
    made = np.empty(len(found), dtype=object)
    made[:] = found
    if op in ("Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual"):
        import torch

        return Known(torch.tensor([bool(item) for item in found]).reshape(left.shape))
    return whole_array(made.reshape(left.shape))


def _quotient(a: Dim, b: Dim) -> Dim | None:
    exact = divide_exactly(a, b)
    if exact is not None:
        return exact
    return a // b if isinstance(b, int) and b > 0 else None


def _equal(a: Dim, b: Dim) -> bool | None:
    if a == b:
        return True
    if isinstance(a, int) and isinstance(b, int):
        return False
    # An open size is at least 1, so that it is neither 0 nor the -1 that stands for "whatever is left".
    number, size = (a, b) if isinstance(a, int) else (b, a)
    return False if isinstance(number, int) and number < 1 and _positive(size) else None


def _positive(dim: Dim) -> bool:
    """Whether a size is surely at least 1."""
    return dim > 0 if isinstance(dim, int) else all(factor > 0 for _, factor in dim.terms)


def _less(a: Dim, b: Dim) -> bool | None:
    if isinstance(a, int) and isinstance(b, int):
        return a < b
    if isinstance(b, int) and b <= 1 and _positive(a):
        return False
    return True if isinstance(a, int) and a < 1 and _positive(b) else None


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _largest(a: Dim, b: Dim) -> Dim | None:
    if a == b:
        return a
    less = _less(a, b)
    if less is None and a == 1 and _positive(b):
        return b
    if less is None and b == 1 and _positive(a):
        return a
    return None if less is None else b if less else a


def _remainder(a: Dim, b: Dim) -> Dim | None:
    if isinstance(a, int) and isinstance(b, int) and b:
        return a % b
    return 0 if divide_exactly(a, b) is not None else None


_RULES: dict[str, Any] = {
    "Add": lambda a, b: a + b,
    "Sub": lambda a, b: a - b,
    "Mul": lambda a, b: a * b,
    "Div": _quotient,
    "Mod": _remainder,
    "Max": _largest,
    "Equal": _equal,
    "Less": _less,
    "Greater": lambda a, b: _less(b, a),
    "LessOrEqual": lambda a, b: _not(_less(b, a)),
    "GreaterOrEqual": lambda a, b: _not(_less(a, b)),
}
