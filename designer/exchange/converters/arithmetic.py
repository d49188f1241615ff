"""Sums, products, functions of each number, and reductions. Bit for bit: what would round elsewhere stays as it is."""

from __future__ import annotations

import math
from typing import Any

from designer.blocks.spec import Value
from designer.exchange.converters.table import Call, function
from designer.exchange.sketch import Ref

__all__: list[str] = []


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _scaled(call: Call, tensor: Any, scale: float, shift: float) -> tuple[Ref, ...]:
    return call.place("scale", {"scale": float(scale), "shift": float(shift)}, [tensor])


def _joined(call: Call, block: str) -> tuple[Ref, ...] | None:
    one, other = call.args[:2]
    return call.place(block, {}, [one, other]) if call.is_tensor(one) and call.is_tensor(other) else None


@function("add")
def _add(call: Call) -> tuple[Ref, ...] | None:
    one, other = call.args[0], call.arg(1, "other")
    if call.arg(2, "alpha", 1) != 1:
        return None
    if call.is_tensor(one) and call.is_tensor(other):
        return call.place("add", {}, [one, other])
    tensor, number = (one, other) if call.is_tensor(one) else (other, one)
    return _scaled(call, tensor, 1.0, number) if _number(number) and number else None


@function("sub", "subtract")
def _sub(call: Call) -> tuple[Ref, ...] | None:
    one, other = call.args[0], call.arg(1, "other")
    if call.arg(2, "alpha", 1) != 1:
        return None
    if call.is_tensor(one) and call.is_tensor(other):
        return call.place("subtract", {}, [one, other])
    if call.is_tensor(one):
        return _scaled(call, one, 1.0, -other) if _number(other) and other else None
    return _scaled(call, other, -1.0, one) if _number(one) and one else None


@function("mul")
def _mul(call: Call) -> tuple[Ref, ...] | None:
    one, other = call.args[0], call.arg(1, "other")
    if call.is_tensor(one) and call.is_tensor(other):
        return call.place("multiply", {}, [one, other])
    tensor, number = (one, other) if call.is_tensor(one) else (other, one)
    return _scaled(call, tensor, number, 0.0) if _number(number) else None


@function("div", "true_divide")
def _div(call: Call) -> tuple[Ref, ...] | None:
    one, other = call.args[0], call.arg(1, "other")
    if call.kwargs.get("rounding_mode") is not None:
        return None
    if call.is_tensor(one) and _number(other) and other and abs(math.frexp(other)[0]) == 0.5:
        return _scaled(call, one, 1.0 / other, 0.0)  # by a power of two: both round alike
    return _joined(call, "divide")


@function("matmul", "bmm", "maximum", "minimum")
def _two(call: Call) -> tuple[Ref, ...] | None:
    return _joined(call, call.name)


@function("pow")
def _pow(call: Call) -> tuple[Ref, ...] | None:
    exponent = call.arg(1, "exponent")
    if call.is_tensor(call.args[0]) and _number(exponent):
        return call.place("power", {"exponent": float(exponent)})
    return _joined(call, "pow")


@function("abs", "neg", "sign", "exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "square", "reciprocal", "sin", "cos")
@function("erf")
def _each(call: Call) -> tuple[Ref, ...]:
    return call.place(call.name)


@function("clamp", "clip")
def _clamp(call: Call) -> tuple[Ref, ...] | None:
    low, high = call.arg(1, "min", None), call.arg(2, "max", None)
    if any(call.is_tensor(bound) for bound in (low, high)):
        return None
    bounds = {"min": low, "max": high}
    return call.place("clamp", {name: None if bound is None else float(bound) for name, bound in bounds.items()})


@function("mean", "sum", "amax", "amin", "logsumexp")
def _reduced(call: Call) -> tuple[Ref, ...] | None:
    dims = call.arg(1, "dim", None)
    if dims is None or call.kwargs.get("dtype") is not None:
        return None
    chosen = tuple(dims) if isinstance(dims, tuple | list) else (dims,)
    return call.place(call.name, {"dim": chosen, "keepdim": call.arg(2, "keepdim", False)})


@function("var", "std")
def _spread(call: Call) -> tuple[Ref, ...] | None:
    dims, extra = call.kwargs.get("dim"), call.kwargs.get("correction", 1)
    if dims is None or len(call.args) > 1 or "unbiased" in call.kwargs:
        return None
    chosen = tuple(dims) if isinstance(dims, tuple | list) else (dims,)
    return call.place(call.name, {"dim": chosen, "keepdim": call.kwargs.get("keepdim", False), "correction": extra})


@function("argmax", "cumsum")
def _along(call: Call) -> tuple[Ref, ...] | None:
    dim = call.arg(1, "dim", None)
    if not isinstance(dim, int) or call.kwargs.get("dtype") is not None:
        return None
    params: dict[str, Value] = {"dim": dim}
    if call.name == "argmax":
        params["keepdim"] = call.arg(2, "keepdim", False)
    return call.place(call.name, params)
