"""Convolutions, forwards and backwards."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from designer.blocks.spec import Value
from designer.exchange.onnx_import.table import Call, operator
from designer.exchange.onnx_import.values import Known, Val, Wired, tensor_of, whole
from designer.exchange.sketch import Unfit

__all__ = ["padded", "pads_of"]


def pads_of(call: Call, kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int]) -> list[int]:
    """Padding in front of each side, then behind each."""
    sides = len(kernel)
    how = call.attr("auto_pad", "NOTSET")
    if how == "NOTSET":
        return list(call.attr("pads") or [0] * (2 * sides))
    if how == "VALID":
        return [0] * (2 * sides)
    front, behind = [], []
    for size, k, s, d in zip(call.tensor(0).dims[2:], kernel, strides, dilations, strict=True):
        if isinstance(size, int):
            total = max((-(-size // s) - 1) * s + d * (k - 1) + 1 - size, 0)
        elif s == 1:
            total = d * (k - 1)
        else:
            raise Unfit("it pads to a size that is open")
        less, more = total // 2, total - total // 2
        front.append(less if how == "SAME_UPPER" else more)
        behind.append(more if how == "SAME_UPPER" else less)
    return [*front, *behind]


def torch_pads(pads: Sequence[int]) -> tuple[int, ...]:
    """The same as torch writes them: the last side first, front and behind together."""
    sides = len(pads) // 2
    return tuple(pads[side + end * sides] for side in reversed(range(sides)) for end in (0, 1))


def padded(call: Call, x: Val, pads: Sequence[int], value: float = 0.0) -> Val:
    """Numbers put around."""
    row = torch_pads(pads)
    if not any(row):
        return x
    text = f"F.pad({{0}}, {row!r}, value={call.literal(value)})"
    if value == 0.0 and min(row) >= 0:
        return call.block("pad", {"pad": row}, [x], text)
    return call.one(text, x)


def _even(pads: Sequence[int]) -> list[int] | None:
    half = len(pads) // 2
    return list(pads[:half]) if list(pads[:half]) == list(pads[half:]) else None


def weights_of(call: Call, slots: Sequence[int] = (1, 2)) -> dict[str, Known] | None:
    """Weight and bias where they are known float32 numbers."""
    found: dict[str, Known] = {}
    for name, slot in zip(("weight", "bias"), slots, strict=True):
        value = call.get(slot)
        if value is None:
            continue
        if not isinstance(value, Known) or value.tensor.dtype != torch.float32:
            return None
        found[name] = value
    return found


@operator("Conv")
def _conv(call: Call) -> Val:
    x, weight = call.need(0), call.need(1)
    dims = tensor_of(weight).dims
    kernel = whole(dims[2:])
    sides = len(kernel)
    if not 1 <= sides <= 3:
        raise Unfit(f"it slides over {sides} dimensions")
    strides, dilations = list(call.attr("strides") or [1] * sides), list(call.attr("dilations") or [1] * sides)
    pads, groups = pads_of(call, kernel, strides, dilations), call.attr("group", 1)
    even = _even(pads)
    if even is None:
        x, even = padded(call, x, pads), [0] * sides
    weights = weights_of(call)
    if weights is not None and isinstance(x, Wired):
        (out, _) = whole(dims[:2])
        params: dict[str, Value] = {
            "out_channels": out, "kernel_size": tuple(kernel), "stride": tuple(strides), "padding": tuple(even),
            "dilation": tuple(dilations), "groups": groups, "bias": "bias" in weights,
        }  # fmt: skip
        try:
            return call.block(f"conv{sides}d", params, [x], weights=weights)
        except Unfit:
            pass
    options = f"stride={strides!r}, padding={even!r}, dilation={dilations!r}, groups={groups}"
    return _called(call, f"F.conv{sides}d", x, options)


def _called(call: Call, name: str, x: Val, options: str) -> Val:
    line = call.line()
    operands = [line.of(x), line.of(call.need(1))]
    bias = call.get(2)
    operands.append(line.of(bias) if bias is not None else "None")
    return line.makes(f"{name}({', '.join(operands)}, {options})")[0]


@operator("ConvTranspose")
def _conv_transpose(call: Call) -> Val:
    x, weight = call.need(0), call.need(1)
    dims = whole(tensor_of(weight).dims)
    kernel, sides = dims[2:], len(dims) - 2
    strides, dilations = list(call.attr("strides") or [1] * sides), list(call.attr("dilations") or [1] * sides)
    more = list(call.attr("output_padding") or [0] * sides)
    groups = call.attr("group", 1)
    pads, more = _transposed_pads(call, kernel, strides, dilations, more)
    cut, even = [0] * (2 * sides), _even(pads)
    if even is None or any(extra >= max(s, d) for extra, s, d in zip(more, strides, dilations, strict=True)):
        cut, even = [-pad for pad in pads], [0] * sides
        cut = [*cut[:sides], *(c + extra for c, extra in zip(cut[sides:], more, strict=True))]
        more = [0] * sides
    weights = weights_of(call)
    if weights is not None and isinstance(x, Wired) and not any(cut):
        params: dict[str, Value] = {
            "out_channels": dims[1] * groups, "kernel_size": tuple(kernel), "stride": tuple(strides),
            "padding": tuple(even), "output_padding": tuple(more), "groups": groups, "bias": "bias" in weights,
            "dilation": tuple(dilations),
        }  # fmt: skip
        try:
            return call.block(f"conv_transpose{sides}d", params, [x], weights=weights)
        except Unfit:
            pass
    options = f"stride={strides!r}, padding={even!r}, output_padding={more!r}, groups={groups}, dilation={dilations!r}"
    line = call.line()
    bias = call.get(2)
    shown = line.of(bias) if bias is not None and not any(c > 0 for c in cut) else "None"
    text = f"F.conv_transpose{sides}d({line.of(x)}, {line.of(weight)}, {shown}, {options})"
    if any(cut):
        text = f"F.pad({text}, {torch_pads(cut)!r})"
    if bias is not None and shown == "None":
        text = f"{text} + {line.of(bias)}.reshape({[-1] + [1] * sides!r})"
    return line.makes(text)[0]


def _transposed_pads(
    call: Call, kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int], more: Sequence[int]
) -> tuple[list[int], list[int]]:
    """What is cut off in front and behind, and added behind."""
    sides = len(kernel)
    how, wanted = call.attr("auto_pad", "NOTSET"), call.attr("output_shape")
    if wanted is None and how in ("NOTSET", "VALID"):
        return list(call.attr("pads") or [0] * (2 * sides)) if how == "NOTSET" else [0] * (2 * sides), list(more)
    sizes = whole(call.tensor(0).dims[2:])
    wanted = list(wanted) if wanted is not None else [size * s for size, s in zip(sizes, strides, strict=True)]
    front, behind, extra = [], [], []
    for size, k, s, d, add, want in zip(sizes, kernel, strides, dilations, more, wanted[-sides:], strict=True):
        total = s * (size - 1) + add + (k - 1) * d + 1 - want
        extra.append(add + max(-total, 0))
        total = max(total, 0)
        less, most = total // 2, total - total // 2
        front.append(less if how == "SAME_UPPER" else most)
        behind.append(most if how == "SAME_UPPER" else less)
    return [*front, *behind], extra
