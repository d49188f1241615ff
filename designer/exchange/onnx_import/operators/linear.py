"""Products of matrices: Linear layers where one of them is known."""

from __future__ import annotations

import re

import torch

from designer.blocks.numbers import FLOATS
from designer.exchange.onnx_import.table import Call, operator
from designer.exchange.onnx_import.values import Known, Val, Wired, tensor_of
from designer.exchange.sketch import Unfit

__all__: list[str] = []


def _layer(call: Call, x: Val, weight: Known, bias: Known | None) -> Val | None:
    """A Linear layer; None where one cannot say it. ``weight`` is as the layer has it: results by inputs."""
    if not isinstance(x, Wired) or weight.tensor.dtype != torch.float32 or weight.tensor.ndim != 2:
        return None
    rows = weight.tensor.shape[0]
    if bias is not None and (bias.tensor.numel() != rows or bias.tensor.ndim > 2):
        return None
    weights = {"weight": weight}
    if bias is not None:
        weights["bias"] = Known(bias.tensor.reshape(-1), bias.origin)
    try:
        return call.block("linear", {"out_features": rows, "bias": bias is not None}, [x], weights=weights)
    except Unfit:
        return None


def _turned(value: Known) -> Known:
    return Known(value.tensor.t().contiguous(), value.origin)


@operator("MatMul")
def _matmul(call: Call) -> Val:
    a, b = call.need(0), call.need(1)
    if isinstance(b, Known) and b.tensor.ndim == 2:
        after, bias = _bias_behind(call)
        layer = _layer(call, a, _turned(b), bias)
        if layer is None and bias is not None:
            after = None
            layer = _layer(call, a, _turned(b), None)
        if layer is not None:
            if after is not None:
                call.reader.frames[-1].values[after] = layer
            return layer
    if tensor_of(a).dtype not in FLOATS:
        return call.one("torch.matmul({0}, {1})", a, b)
    return call.block("matmul", {}, [a, b], "torch.matmul({0}, {1})")


def _bias_behind(call: Call) -> tuple[str | None, Known | None]:
    """The output of the one Add that follows and the known row that it adds."""
    output = call.node.output[0]
    node = call.reader.alone(output)
    if node is None or node.op_type != "Add" or node.domain:
        return None, None
    other = next((name for name in node.input if name != output), "")
    try:
        value = call.reader.value(other) if other else None
    except Unfit:
        return None, None
    if isinstance(value, Known) and value.tensor.ndim == 1 and value.tensor.numel() > 1:
        return node.output[0], value
    return None, None


@operator("Gemm")
def _gemm(call: Call) -> Val:
    a, b, c = call.need(0), call.need(1), call.get(2)
    alpha, beta = call.attr("alpha", 1.0), call.attr("beta", 1.0)
    turn_a, turn_b = bool(call.attr("transA", 0)), bool(call.attr("transB", 0))
    plain = alpha == 1.0 and (beta == 1.0 or c is None) and not turn_a
    if plain and isinstance(b, Known) and (c is None or isinstance(c, Known)):
        weight = b if turn_b else _turned(b)
        layer = _layer(call, a, weight, c)
        if layer is not None:
            return layer
    line = call.line()
    left, right = (f"{line.of(v)}.t()" if turn else line.of(v) for v, turn in ((a, turn_a), (b, turn_b)))
    text = f"torch.matmul({left}, {right})"
    text = text if alpha == 1.0 else f"{text} * {alpha!r}"
    if c is not None:
        text += f" + {line.of(c)}" if beta == 1.0 else f" + {line.of(c)} * {beta!r}"
    return line.makes(text)[0]


@operator("Einsum")
def _einsum(call: Call) -> Val:
    equation = re.sub(r"\s+", "", str(call.attr("equation", "")))
    if not re.fullmatch(r"[A-Za-z.,>-]{1,180}", equation):
        raise Unfit(f"{equation[:40]!r} is no sum")
    names = ", ".join(f"{{{n}}}" for n in range(len(call.inputs)))
    return call.one(f"torch.einsum({equation!r}, {names})", *[v for v in call.inputs if v is not None])
