"""Two numbers and more: sums, products, comparisons, choices."""

from __future__ import annotations

from functools import partial

import torch

from designer.blocks.numbers import FLOATS
from designer.exchange.onnx_import.sizes import summed
from designer.exchange.onnx_import.table import Call, operator
from designer.exchange.onnx_import.values import Known, Sizes, Val, Wired, literal, tensor_of

__all__: list[str] = []


def scalar(call: Call, value: Val, other: Val) -> str | None:
    """A known single number as text, where writing it so keeps the sizes of the result."""
    if not isinstance(value, Known) or value.tensor.numel() != 1 or value.tensor.ndim > tensor_of(other).rank:
        return None
    if not isinstance(other, Wired):
        return None
    return literal(value.tensor.reshape(()).item())


def two(call: Call, text: str, a: Val, b: Val) -> Val:
    """An expression of two operands, single known numbers written into it."""
    left, right = scalar(call, a, b), scalar(call, b, a)
    line = call.line()
    if right is not None:
        return line.makes(text.format(line.of(a), right))[0]
    if left is not None:
        return line.makes(text.format(left, line.of(b)))[0]
    return line.makes(text.format(line.of(a), line.of(b)))[0]


@operator("Add")
def _add(call: Call) -> Val:
    a, b = call.need(0), call.need(1)
    found = summed(call.op, a, b)
    if found is not None:
        return found
    if isinstance(a, Known) and isinstance(b, Wired):
        a, b = b, a
    shift = scalar(call, b, a)
    if shift is not None and tensor_of(a).dtype == "float32" and not shift.startswith(("torch", "-torch")):
        return call.block("scale", {"scale": 1.0, "shift": float(shift)}, [a], f"{{0}} + {shift}")
    if shift is not None:
        return call.one(f"{{0}} + {shift}", a)
    return call.block("add", {}, [a, b], "{0} + {1}")


@operator("Mul")
def _mul(call: Call) -> Val:
    a, b = call.need(0), call.need(1)
    found = summed(call.op, a, b)
    if found is not None:
        return found
    if isinstance(a, Known) and isinstance(b, Wired):
        a, b = b, a
    scale = scalar(call, b, a)
    if scale is not None and tensor_of(a).dtype == "float32" and not scale.startswith(("torch", "-torch")):
        return call.block("scale", {"scale": float(scale), "shift": 0.0}, [a], f"{{0}} * {scale}")
    if scale is not None:
        return call.one(f"{{0}} * {scale}", a)
    return call.block("multiply", {}, [a, b], "{0} * {1}")


@operator("Sub")
def _sub(call: Call) -> Val:
    a, b = call.need(0), call.need(1)
    found = summed(call.op, a, b)
    if found is not None:
        return found
    if scalar(call, a, b) is None and scalar(call, b, a) is None:
        return call.block("subtract", {}, [a, b], "{0} - {1}")
    return two(call, "{0} - {1}", a, b)


@operator("Div")
def _div(call: Call) -> Val:
    a, b = call.need(0), call.need(1)
    found = summed(call.op, a, b)
    if found is not None:
        return found
    if tensor_of(a).dtype not in FLOATS:
        return call.one("torch.div({0}, {1}, rounding_mode='trunc')", a, b)
    if scalar(call, a, b) is None and scalar(call, b, a) is None:
        return call.block("divide", {}, [a, b], "{0} / {1}")
    return two(call, "{0} / {1}", a, b)


@operator("Pow")
def _pow(call: Call) -> Val:
    a, b = call.need(0), call.need(1)
    kind = tensor_of(a).dtype
    if tensor_of(b).dtype == kind:
        exponent = scalar(call, b, a)
        if exponent is not None and kind == "float32" and abs(float(exponent)) <= 100:
            return call.block("power", {"exponent": float(exponent)}, [a], f"torch.pow({{0}}, {exponent})")
        return two(call, "torch.pow({0}, {1})", a, b)
    exponent = scalar(call, b, a)
    if exponent is not None:
        return call.one(f"torch.pow({{0}}, {exponent}).to(torch.{kind})", a)
    return call.one(f"torch.pow({{0}}, {{1}}).to(torch.{kind})", a, b)


@operator("Mod")
def _mod(call: Call) -> Val:
    found = None if call.attr("fmod", 0) else summed(call.op, call.need(0), call.need(1))
    if found is not None:
        return found
    return two(
        call, f"torch.{'fmod' if call.attr('fmod', 0) else 'remainder'}({{0}}, {{1}})", call.need(0), call.need(1)
    )


def _plain(text: str, call: Call) -> Val:
    a, b = call.need(0), call.need(1)
    found = summed(call.op, a, b)
    return found if found is not None else call.one(text, a, b)


for _name, _text in {
    "And": "torch.logical_and({0}, {1})",
    "Or": "torch.logical_or({0}, {1})",
    "Xor": "torch.logical_xor({0}, {1})",
    "BitwiseAnd": "torch.bitwise_and({0}, {1})",
    "BitwiseOr": "torch.bitwise_or({0}, {1})",
    "BitwiseXor": "torch.bitwise_xor({0}, {1})",
    "Equal": "torch.eq({0}, {1})",
    "Less": "torch.lt({0}, {1})",
    "LessOrEqual": "torch.le({0}, {1})",
    "Greater": "torch.gt({0}, {1})",
    "GreaterOrEqual": "torch.ge({0}, {1})",
}.items():
    operator(_name)(partial(_plain, _text))


@operator("BitShift")
def _bit_shift(call: Call) -> Val:
    left, kind = call.attr("direction", "") == "LEFT", call.tensor(0).dtype
    name = f"torch.bitwise_{'left' if left else 'right'}_shift"
    if kind in ("uint16", "uint32", "uint64"):
        return call.one(f"{name}({{0}}.to(torch.int64), {{1}}.to(torch.int64)).to(torch.{kind})", *call.inputs[:2])  # type: ignore[arg-type]
    return call.one(f"{name}({{0}}, {{1}})", call.need(0), call.need(1))


def _several(block: str, text: str, call: Call) -> Val:
    values = [value for value in call.inputs if value is not None]
    if len(values) == 1:
        return values[0]
    if len(values) == 2:
        found = summed(call.op, values[0], values[1])
        if found is not None:
            return found
    if all(isinstance(value, Wired) and tensor_of(value).dtype == "float32" for value in values):
        ranks = {tensor_of(value).rank for value in values}
        if len(ranks) == 1:
            line = call.line()
            names = [line.of(value) for value in values]
            return call.block(block, {}, values, _chained(text, [f"{{{n}}}" for n in range(len(names))]))
    return call.expr(_chained(text, [f"{{{n}}}" for n in range(len(values))]), *values)[0]


def _chained(text: str, names: list[str]) -> str:
    made = names[0]
    for name in names[1:]:
        made = text.replace("LEFT", made).replace("RIGHT", name)
    return made


for _name, _block, _text in (
    ("Sum", "add", "(LEFT + RIGHT)"),
    ("Max", "maximum", "torch.maximum(LEFT, RIGHT)"),
    ("Min", "minimum", "torch.minimum(LEFT, RIGHT)"),
):
    operator(_name)(partial(_several, _block, _text))


@operator("Mean")
def _mean(call: Call) -> Val:
    values = [value for value in call.inputs if value is not None]
    total = _chained("(LEFT + RIGHT)", [f"{{{n}}}" for n in range(len(values))])
    if len(values) > 1 and all(isinstance(value, Wired) for value in values):
        return call.block("average", {}, values, f"{total} / {len(values)}")
    return call.one(f"{total} / {len(values)}", *values)


@operator("Where")
def _where(call: Call) -> Val:
    condition, a, b = call.need(0), call.need(1), call.need(2)
    found = _chosen(condition, a, b)
    return found if found is not None else call.one("torch.where({0}, {1}, {2})", condition, a, b)


def _chosen(condition: Val, a: Val, b: Val) -> Val | None:
    """Sizes, where a known condition says which."""
    if not isinstance(condition, Known) or not (isinstance(a, Sizes) or isinstance(b, Sizes)):
        return None
    from designer.exchange.onnx_import.sizes import array_of, whole_array

    left, right = array_of(a), array_of(b)
    if left is None or right is None:
        return None
    import numpy as np

    return whole_array(np.where(condition.tensor.numpy(), left, right))


@operator("PRelu")
def _prelu(call: Call) -> Val:
    x, slope = call.need(0), call.need(1)
    if isinstance(slope, Known) and slope.tensor.dtype == torch.float32 and isinstance(x, Wired):
        rank, sizes = tensor_of(x).rank, tuple(slope.tensor.shape)
        per_channel = rank >= 2 and sizes[1:] == (1,) * (rank - 2) and len(sizes) == rank - 1
        if slope.tensor.numel() == 1 or per_channel:
            weights = {"weight": Known(slope.tensor.reshape(-1), slope.origin)}
            params = {"per_channel": slope.tensor.numel() > 1}
            return call.block("prelu", params, [x], weights=weights)
    return call.one("torch.where({0} < 0, {0} * {1}, {0})", x, slope)
