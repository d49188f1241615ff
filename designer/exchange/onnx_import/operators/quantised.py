"""Numbers of few bits that stand for others: written with whole numbers, computed as the standard says."""

from __future__ import annotations

from collections.abc import Sequence

from designer.exchange.onnx_import.operators.convolutions import pads_of, torch_pads
from designer.exchange.onnx_import.table import Call, operator
from designer.exchange.onnx_import.values import Val, kind_of, tensor_of, whole
from designer.exchange.sketch import Unfit

__all__: list[str] = []

_RANGES = {
    "uint8": (0, 255), "int8": (-128, 127), "uint16": (0, 65535), "int16": (-32768, 32767),
    "int32": (-(2**31), 2**31 - 1),
}  # fmt: skip


def _shown(call: Call, value: Val, x: Val, name: str) -> str:
    """A scale or zero point as text that stretches over the tensor."""
    dims, rank = tensor_of(value).dims, tensor_of(x).rank
    axis, block = call.attr("axis", 1), call.attr("block_size", 0)
    axis = axis + rank if axis < 0 else axis
    if len(dims) == 0 or dims == (1,):
        return f"{name}.reshape(())"
    if block:
        (size,) = whole(tensor_of(x).dims[axis : axis + 1])
        return f"torch.repeat_interleave({name}, {block}, dim={axis})[{':, ' * axis}:{size}]"
    if len(dims) == 1:
        return f"{name}.reshape({[-1 if a == axis else 1 for a in range(rank)]!r})"
    return name


@operator("QuantizeLinear")
def _quantise(call: Call) -> Val:
    x, scale, zero = call.need(0), call.need(1), call.get(2)
    kind = tensor_of(zero).dtype if zero is not None else kind_of(call.attr("output_dtype", 0) or 2)
    line = call.line()
    text = f"torch.round({line.of(x)} / {_shown(call, scale, x, line.of(scale))})"
    if zero is not None:
        text += f" + {_shown(call, zero, x, line.of(zero))}.to({line.of(x)}.dtype)"
    return line.makes(_saturated(text, kind))[0]


def _saturated(text: str, kind: str) -> str:
    if kind not in _RANGES:
        raise Unfit(f"it makes numbers of the type {kind}")
    low, high = _RANGES[kind]
    return f"torch.clamp({text}, {low}, {high}).to(torch.{kind})"


@operator("DequantizeLinear")
def _dequantise(call: Call) -> Val:
    x, scale, zero = call.need(0), call.need(1), call.get(2)
    line = call.line()
    factor = _shown(call, scale, x, line.of(scale))
    text = f"{line.of(x)}.to({line.of(scale)}.dtype)"
    if zero is not None:
        text = f"({text} - {_shown(call, zero, x, line.of(zero))}.to({line.of(scale)}.dtype))"
    return line.makes(f"{text} * {factor}")[0]


def _centred(call: Call, line: object, value: Val, zero: Val | None, axis: int | None) -> str:
    """Whole numbers without their zero point, wide enough that sums stay exact."""
    from designer.exchange.onnx_import.line import Line

    assert isinstance(line, Line)
    text = f"{line.of(value)}.to(torch.float64)"
    if zero is None:
        return text
    rank, dims = tensor_of(value).rank, tensor_of(zero).dims
    shown = line.of(zero)
    if len(dims) == 1 and dims != (1,) and axis is not None:
        shown = f"{shown}.reshape({[-1 if a == axis % rank else 1 for a in range(rank)]!r})"
    elif len(dims) <= 1:
        shown = f"{shown}.reshape(())"
    return f"({text} - {shown}.to(torch.float64))"


@operator("MatMulInteger")
def _matmul_integer(call: Call) -> Val:
    line = call.line()
    left = _centred(call, line, call.need(0), call.get(2), -2)
    right = _centred(call, line, call.need(1), call.get(3), -1)
    return line.makes(f"torch.matmul({left}, {right}).to(torch.int32)")[0]


@operator("QLinearMatMul")
def _qlinear_matmul(call: Call) -> Val:
    a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero = (call.need(slot) for slot in range(8))
    line = call.line()
    left, right = _centred(call, line, a, a_zero, -2), _centred(call, line, b, b_zero, -1)
    scale = " * ".join(f"{line.of(s)}.to(torch.float64)" for s in (a_scale, b_scale))
    total = f"torch.matmul({left}, {right}) * ({scale} / {line.of(y_scale)}.to(torch.float64))"
    text = f"torch.round({total}) + {line.of(y_zero)}.to(torch.float64)"
    return line.makes(_saturated(text, tensor_of(y_zero).dtype))[0]


def _slid(call: Call, data: str, weight: str, w: Val) -> str:
    kernel: Sequence[int] = whole(tensor_of(w).dims[2:])
    sides = len(kernel)
    strides, dilations = list(call.attr("strides") or [1] * sides), list(call.attr("dilations") or [1] * sides)
    pads = torch_pads(pads_of(call, kernel, strides, dilations))
    data = f"F.pad({data}, {pads!r})" if any(pads) else data
    return f"F.conv{sides}d({data}, {weight}, stride={strides}, dilation={dilations}, groups={call.attr('group', 1)})"


@operator("ConvInteger")
def _conv_integer(call: Call) -> Val:
    line = call.line()
    data = _centred(call, line, call.need(0), call.get(2), None)
    weight = _centred(call, line, call.need(1), call.get(3), 0)
    return line.makes(f"{_slid(call, data, weight, call.need(1))}.to(torch.int32)")[0]


@operator("QLinearConv")
def _qlinear_conv(call: Call) -> Val:
    x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero = (call.need(slot) for slot in range(8))
    line = call.line()
    total = _slid(call, _centred(call, line, x, x_zero, None), _centred(call, line, w, w_zero, 0), w)
    row = [-1] + [1] * (tensor_of(w).rank - 2)
    bias = call.get(8)
    if bias is not None:
        total = f"({total} + {line.of(bias)}.to(torch.float64).reshape({row!r}))"
    scales = f"({line.of(x_scale)}.to(torch.float64) * {line.of(w_scale)}.to(torch.float64)).reshape({row!r})"
    text = f"torch.round({total} * ({scales} / {line.of(y_scale)}.to(torch.float64)))"
    text += f" + {line.of(y_zero)}.to(torch.float64)"
    return line.makes(_saturated(text, tensor_of(y_zero).dtype))[0]
