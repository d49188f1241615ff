"""Numbers that no input brings."""

from __future__ import annotations

import onnx
import torch

from designer.blocks.dims import Dim
from designer.exchange.onnx_import.line import MOST
from designer.exchange.onnx_import.table import Call, operator
from designer.exchange.onnx_import.values import Known, Val, Wired, kind_of, listed, literal, tensor_of, whole
from designer.exchange.sketch import Unfit

__all__: list[str] = []


@operator("Constant")
def _constant(call: Call) -> Val:
    for name, value in call.attrs.items():
        if name == "value":
            assert isinstance(value, onnx.TensorProto)
            return Known(call.reader.model.numbers(value))
        if name in ("value_float", "value_floats"):
            return Known(torch.tensor(value, dtype=torch.float32))
        if name in ("value_int", "value_ints"):
            return Known(torch.tensor(value, dtype=torch.int64))
    raise Unfit(f"a constant of the kind {', '.join(call.attrs) or 'nothing'}")


@operator("ConstantOfShape")
def _constant_of_shape(call: Call) -> Val:
    value = call.attr("value")
    number = call.reader.model.numbers(value).reshape(()) if value is not None else torch.zeros(())
    dims: tuple[Dim, ...] | None = listed(call.need(0))
    if dims is None:
        (declared,) = call.told_sizes(1)
        dims = declared.dims
    if all(isinstance(dim, int) for dim in dims):
        sizes = whole(dims)
        total = 1
        for size in sizes:
            total *= size
        if total > MOST or min(sizes, default=0) < 0:
            raise Unfit(f"a constant of {total:,} numbers")
        return Known(number.expand(tuple(sizes)).clone(), call.node.output[0])
    line = call.line()
    row = line.row(dims)
    kind = str(number.dtype)
    device = f"{line.of(line.values[0])}.device"
    return line.makes(f"torch.full({row}, {literal(number.item())}, dtype={kind}, device={device})")[0]


@operator("Range")
def _range(call: Call) -> Val:
    values = [call.need(slot) for slot in range(3)]
    line = call.line()
    known = [value.tensor for value in values if isinstance(value, Known)]
    if len(known) == 3:
        first, last, by = (tensor.reshape(()).item() for tensor in known)
        if not by or abs((last - first) / by) > MOST:
            raise Unfit(f"a row from {first} to {last} in steps of {by}")
        return Known(torch.arange(first, last, by, dtype=known[0].dtype))
    start, end, step = (line.number(value) for value in values)
    kind = tensor_of(values[0]).dtype
    sizes = call.told_sizes(1) if any(isinstance(value, Wired) for value in values) else None
    device = f"{line.of(line.values[0])}.device"
    return line.makes(f"torch.arange({start}, {end}, {step}, dtype=torch.{kind}, device={device})", sizes=sizes)[0]


@operator("EyeLike")
def _eye_like(call: Call) -> Val:
    x = call.need(0)
    kind = kind_of(call.attr("dtype")) if "dtype" in call.attrs else tensor_of(x).dtype
    rows, columns = whole(tensor_of(x).dims)
    k = call.attr("k", 0)
    across, down = (f"torch.arange({size}, device={{0}}.device)" for size in (columns, rows))
    return call.one(f"({across} - {k} == {down}.reshape(-1, 1)).to(torch.{kind})", x)


@operator("BlackmanWindow", "HammingWindow", "HannWindow")
def _window(call: Call) -> Val:
    size = call.need(0)
    kind = kind_of(call.attr("output_datatype", 1))
    counts = listed(size)
    if counts is None:
        (told,) = call.told_sizes(1)
        counts = told.dims
    (count,) = whole(counts)
    length = count if call.attr("periodic", 1) else count - 1
    first, second, third = {
        "BlackmanWindow": (0.42, -0.5, 0.08),
        "HammingWindow": (25 / 46, -21 / 46, 0.0),
        "HannWindow": (0.5, -0.5, 0.0),
    }[call.op]
    turn = torch.arange(count, dtype=torch.float64) * 2 * torch.pi / max(length, 1)
    return Known((first + second * torch.cos(turn) + third * torch.cos(2 * turn)).to(getattr(torch, kind)))
