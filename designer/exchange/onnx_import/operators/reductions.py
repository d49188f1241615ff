"""Dimensions that are summed up, and running sums."""

from __future__ import annotations

import numpy as np

from designer.blocks.dims import product
from designer.blocks.numbers import FLOATS
from designer.exchange.onnx_import.sizes import whole_array
from designer.exchange.onnx_import.table import Call, operator
from designer.exchange.onnx_import.values import Sizes, Val, Wired, tensor_of, whole
from designer.exchange.sketch import Unfit

__all__: list[str] = []

_BLOCKS = {"ReduceMean": "mean", "ReduceSum": "sum", "ReduceMax": "amax", "ReduceMin": "amin"}
_TEXTS = {
    "ReduceMean": "torch.mean({x}, dim={axes}, keepdim={keep})",
    "ReduceSum": "torch.sum({x}, dim={axes}, keepdim={keep}, dtype={x}.dtype)",
    "ReduceMax": "torch.amax({x}, dim={axes}, keepdim={keep})",
    "ReduceMin": "torch.amin({x}, dim={axes}, keepdim={keep})",
    "ReduceL1": "torch.sum(torch.abs({x}), dim={axes}, keepdim={keep}, dtype={x}.dtype)",
    "ReduceL2": "torch.sqrt(torch.sum({x} * {x}, dim={axes}, keepdim={keep}))",
    "ReduceLogSum": "torch.log(torch.sum({x}, dim={axes}, keepdim={keep}))",
    "ReduceLogSumExp": "torch.logsumexp({x}, dim={axes}, keepdim={keep})",
    "ReduceSumSquare": "torch.sum({x} * {x}, dim={axes}, keepdim={keep}, dtype={x}.dtype)",
}


@operator(*_TEXTS)
def _reduce(call: Call) -> Val:
    x, keep = call.need(0), bool(call.attr("keepdims", 1))
    rank = tensor_of(x).rank
    if call.op in _EMPTY and 0 in tensor_of(x).dims:
        return _of_nothing(call, x, keep)
    if isinstance(call.get(1), Wired):
        return _reduce_told(call, x, keep)
    axes = call.whole("axes", 1)
    if not axes and call.attr("noop_with_empty_axes", 0):
        return _not_reduced(call, x)
    axes = tuple(sorted({call.axis(axis, rank) for axis in axes})) if axes else tuple(range(rank))
    if isinstance(x, Sizes):
        raise Unfit("sizes are summed up")
    text = _text(call, x, repr(axes), keep)
    block = _BLOCKS.get(call.op)
    if block and axes and 0 not in axes and isinstance(x, Wired):
        return call.block(block, {"dim": axes, "keepdim": keep}, [x], text)
    if call.op == "ReduceMean" and tensor_of(x).dtype not in FLOATS:
        text = f"torch.mean({{0}}.double(), dim={axes!r}, keepdim={keep}).to({{0}}.dtype)"
    return call.one(text, x)


_EMPTY = {"ReduceMax": -1, "ReduceMin": 1}


def _of_nothing(call: Call, x: Val, keep: bool) -> Val:
    """The largest and smallest of no numbers, which torch does not say."""
    kind, sign = tensor_of(x).dtype, _EMPTY[call.op]
    value = f"{'-' if sign < 0 else ''}torch.inf" if kind in FLOATS else "False" if sign < 0 else "True"
    if kind not in FLOATS and kind != "bool":
        raise Unfit("it has no numbers to choose from")
    (told,) = call.told_sizes(1)
    return call.one(f"torch.full({tuple(whole(told.dims))!r}, {value}, dtype=torch.{kind}, device={{0}}.device)", x)


def _text(call: Call, x: Val, axes: str, keep: bool) -> str:
    text = _TEXTS[call.op].format(x="{0}", axes=axes, keep=keep)
    if call.op == "ReduceLogSumExp" and tensor_of(x).dtype not in FLOATS:
        text = text.replace("{0}", "{0}.float()", 1)
    return text


def _not_reduced(call: Call, x: Val) -> Val:
    text = {
        "ReduceL1": "torch.abs({0})", "ReduceL2": "torch.abs({0})", "ReduceLogSum": "torch.log({0})",
        "ReduceSumSquare": "{0} * {0}",
    }.get(call.op)  # fmt: skip
    return call.one(text, x) if text else x


def _reduce_told(call: Call, x: Val, keep: bool) -> Val:
    """Axes that come in as numbers; what is made of them the file has declared."""
    line = call.line()
    name = line.of(x)
    axes = call.need(1)
    if tensor_of(axes).dims == (0,):
        made = call.attr("noop_with_empty_axes", 0)
        every = repr(tuple(range(tensor_of(x).rank)))
        return _not_reduced(call, x) if made else call.one(_text(call, x, every, keep), x)
    text = _text(call, x, line.ints(axes), keep).replace("{0}", name)
    return line.makes(text)[0]


@operator("ReduceProd")
def _product(call: Call) -> Val:
    x, keep = call.need(0), bool(call.attr("keepdims", 1))
    rank = tensor_of(x).rank
    if isinstance(call.get(1), Wired):
        line = call.line()
        if call.tensor(1).dims != (1,):
            raise Unfit("its axes must be constant and are computed")
        text = f"torch.prod({line.of(x)}, dim={line.number(call.need(1))}, keepdim={keep}, dtype={line.of(x)}.dtype)"
        return line.makes(text, sizes=call.told_sizes(1))[0]
    axes = call.whole("axes", 1)
    if not axes and call.attr("noop_with_empty_axes", 0):
        return x
    axes = tuple(sorted({call.axis(axis, rank) for axis in axes})) if axes else tuple(range(rank))
    if isinstance(x, Sizes):
        return whole_array(np.array(product(x.array.reshape(-1).tolist()), dtype=object).reshape((1,) * keep))
    for axis in reversed(axes):
        x = call.one(f"torch.prod({{0}}, dim={axis}, keepdim={keep}, dtype={{0}}.dtype)", x)
    return x


@operator("ArgMax", "ArgMin")
def _arg(call: Call) -> Val:
    x = call.need(0)
    axis, keep = call.axis(call.attr("axis", 0)), bool(call.attr("keepdims", 1))
    name = "torch.argmax" if call.op == "ArgMax" else "torch.argmin"
    size = tensor_of(x).dims[axis]
    if call.attr("select_last_index", 0):
        (count,) = whole([size])
        return call.one(f"{count - 1} - {name}(torch.flip({{0}}, [{axis}]), dim={axis}, keepdim={keep})", x)
    text = f"{name}({{0}}, dim={axis}, keepdim={keep})"
    if call.op == "ArgMax" and axis:
        return call.block("argmax", {"dim": axis, "keepdim": keep}, [x], text)
    return call.one(text, x)


@operator("CumSum", "CumProd")
def _running(call: Call) -> Val:
    x = call.need(0)
    name = "cumsum" if call.op == "CumSum" else "cumprod"
    line = call.line()
    tensor, axis = line.of(x), line.number(call.need(1))
    back, exclusive = call.attr("reverse", 0), call.attr("exclusive", 0)
    plain = name == "cumsum" and not (isinstance(call.need(1), Wired) or back or exclusive)
    if plain and int(axis) % max(call.rank(), 1):
        return call.block("cumsum", {"dim": int(axis)}, [x], f"torch.cumsum({{0}}, {axis}, dtype={{0}}.dtype)")
    line.depends = isinstance(call.need(1), Wired)
    shown = f"torch.flip({tensor}, [{axis}])" if back else tensor
    made = f"torch.{name}({shown}, {axis}, dtype={tensor}.dtype)"
    if exclusive:
        rank, at = call.rank(), None if line.depends else int(axis) % call.rank()
        if at is None and rank > 1:
            raise Unfit("its axis must be a constant and is computed")
        cut = ":, " * (at or 0)
        first = f"torch.{'zeros' if name == 'cumsum' else 'ones'}_like({tensor}[{cut}:1])"
        made = f"torch.cat([{first}, {made}[{cut}:-1]], dim={at or 0})"
    sizes = [tensor_of(x)] if line.depends else None
    return line.makes(f"torch.flip({made}, [{axis}])" if back else made, sizes=sizes)[0]


# --- along one dimension ---------------------------------------------------------------------------------------


def _flat(call: Call) -> tuple[Val, str, int]:
    """Before opset 13 all dimensions from an axis on count as one."""
    x = call.need(0)
    if call.opset >= 13:
        return x, "{0}", call.axis(call.attr("axis", -1))
    axis = call.axis(call.attr("axis", 1))
    dims = tensor_of(x).dims
    if axis == len(dims) - 1 or all(dim == 1 for dim in dims[axis + 1 :]):
        return x, "{0}", axis
    return x, f"torch.flatten({{0}}, {axis})", axis


@operator("Softmax", "LogSoftmax")
def _softmax(call: Call) -> Val:
    x, shown, axis = _flat(call)
    name = "softmax" if call.op == "Softmax" else "log_softmax"
    if shown != "{0}":
        return call.one(f"torch.{name}({shown}, {axis}).reshape({{0}}.shape)", x)
    text = f"torch.{name}({{0}}, {axis})"
    return call.block(name, {"dim": axis}, [x], text) if axis else call.one(text, x)


@operator("Hardmax")
def _hardmax(call: Call) -> Val:
    x, shown, axis = _flat(call)
    row = f"torch.argmax({shown}, dim={axis}, keepdim=True)"
    text = f"torch.zeros_like({shown}).scatter({axis}, {row}, 1.0)"
    return call.one(text if shown == "{0}" else f"{text}.reshape({{0}}.shape)", x)


@operator("LpNormalization")
def _lp_normalization(call: Call) -> Val:
    axis, p = call.attr("axis", -1), call.attr("p", 2)
    norm = f"torch.linalg.vector_norm({{0}}, ord={p}, dim={axis}, keepdim=True)"
    return call.one(f"torch.where({norm} == 0, torch.zeros_like({{0}}), {{0}} / {norm})", call.need(0))
