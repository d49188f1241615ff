"""Sums, products and reductions."""

from __future__ import annotations

from designer.exchange.converters.table import Call, function
from designer.exchange.sketch import Ref

__all__: list[str] = []


@function("add")
def _add(call: Call) -> tuple[Ref, ...] | None:
    one, other = call.args[:2]
    if call.arg(2, "alpha", 1) != 1 or not (call.is_tensor(one) and call.is_tensor(other)):
        return None
    return call.place("add", {}, [one, other])


@function("mul")
def _mul(call: Call) -> tuple[Ref, ...] | None:
    one, other = call.args[:2]
    if call.is_tensor(one) and call.is_tensor(other):
        return call.place("multiply", {}, [one, other])
    return None


@function("matmul")
def _matmul(call: Call) -> tuple[Ref, ...]:
    return call.place("matmul", {}, call.args[:2])


@function("mean", "sum", "amax", "amin")
def _reduced(call: Call) -> tuple[Ref, ...] | None:
    dims = call.arg(1, "dim", None)
    if dims is None or call.arg(3, "dtype", None) is not None:
        return None
    chosen = tuple(dims) if isinstance(dims, tuple | list) else (dims,)
    return call.place(call.name, {"dim": chosen, "keepdim": call.arg(2, "keepdim", False)})
