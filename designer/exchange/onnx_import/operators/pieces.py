"""Parts of tensors: joined, cut, picked."""

from __future__ import annotations

import numpy as np
import torch

from designer.blocks.dims import Dim, Tensor
from designer.exchange.onnx_import.sizes import array_of, whole_array
from designer.exchange.onnx_import.table import Call, operator
from designer.exchange.onnx_import.values import Known, Sizes, Val, Wired, listed, tensor_of, whole
from designer.exchange.sketch import Unfit

__all__: list[str] = []

_END = 2**31  # an end beyond this is "to the end"


@operator("Concat")
def _concat(call: Call) -> Val:
    values = [value for value in call.inputs if value is not None]
    if any(isinstance(value, Sizes) for value in values):
        arrays = [array_of(value) for value in values]
        found = [array for array in arrays if array is not None]
        if len(found) == len(arrays):
            return whole_array(np.concatenate(found, axis=call.attr("axis", 0)))
    axis = call.axis(call.attr("axis", 1), tensor_of(values[0]).rank)
    if len(values) == 1:
        return values[0]
    names = ", ".join(f"{{{n}}}" for n in range(len(values)))
    full = [value for value in values if 0 not in tensor_of(value).dims]
    text = f"torch.cat([{names}], dim={axis})"
    if len(full) == 1:
        return full[0]
    return call.block("concatenate", {"dim": axis}, values, text)


@operator("Split")
def _split(call: Call) -> list[Val | None]:
    x = call.need(0)
    axis = call.axis(call.attr("axis", 0))
    count = len(call.node.output)
    size = tensor_of(x).dims[axis]
    parts = None if isinstance(call.get(1), Wired) else call.whole("split", 1)
    if isinstance(call.get(1), Wired):
        told = [tensor.dims[axis] for tensor in call.told_sizes(count)]
        parts = tuple(whole(told))
    if parts is None:
        if not isinstance(size, int):
            raise Unfit(f"a size of {size} is cut into parts")
        each = -(-size // call.attr("num_outputs", count))
        parts = tuple(min(each, size - each * n) for n in range(count))
    if isinstance(size, int) and (sum(parts) != size or len(parts) != count):
        raise Unfit(f"{size} is not cut into {count} parts of {parts}")
    if count == 1:
        return [x]
    if isinstance(x, Sizes):
        return [whole_array(part) for part in np.split(x.array, np.cumsum(parts)[:-1].tolist(), axis=axis)]
    return list(call.expr(f"torch.split({{0}}, {list(parts)!r}, dim={axis})", x, outputs=count))


@operator("Slice")
def _slice(call: Call) -> Val:
    x = call.need(0)
    if any(isinstance(call.get(slot), Wired) for slot in range(1, 5)):
        return _slice_told(call, x)
    starts, ends = call.dims("starts", 1), call.dims("ends", 2)
    if starts is None or ends is None:
        raise Unfit("its starts or ends are missing")
    axes = call.whole("axes", 3) or tuple(range(len(starts)))
    steps = call.whole("steps", 4) or (1,) * len(starts)
    rank = tensor_of(x).rank
    if isinstance(x, Sizes):
        (first,), (last,) = whole(starts), whole(ends)
        return whole_array(x.array[slice(first, last if abs(last) < _END else None, steps[0])])
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        x = _cut(call, x, call.axis(axis, rank), start, end, step)
    return x


def _slice_told(call: Call, x: Val) -> Val:
    """Starts and steps that come in as numbers: how much is cut the file has declared."""
    (told,) = call.told_sizes(1)
    dims, out = whole(tensor_of(x).dims), whole(told.dims)
    starts, steps = _for_each_axis(call, call.need(1), len(dims), 0), call.get(4)
    by = _for_each_axis(call, steps, len(dims), 1) if steps is not None else None
    for axis, (size, count) in enumerate(zip(dims, out, strict=True)):
        line = call.line()
        name, first = line.of(x), f"{line.of(starts)}[{axis}]"
        front = f"torch.where({first} < 0, {first} + {size}, {first})"
        row = f"torch.arange({count}, device={name}.device)"
        row = f"{row} * {line.of(by)}[{axis}]" if by is not None else row
        last = max(size - 1, 0)  # a step back may begin behind the end
        x = line.makes(f"{name}[{':, ' * axis}torch.clamp({front}, 0, {last}) + {row}]", sizes=[_with(x, axis, count)])[
            0
        ]
    return x


def _with(x: Val, axis: int, size: int) -> Tensor:
    dims = tensor_of(x).dims
    return Tensor((*dims[:axis], size, *dims[axis + 1 :]), tensor_of(x).dtype)


def _for_each_axis(call: Call, value: Val, rank: int, default: int) -> Val:
    """Numbers for some axes as numbers for all of them."""
    line = call.line()
    axes = call.get(3)
    name = line.of(value)
    (count,) = whole(tensor_of(value).dims)
    places = (
        f"torch.remainder({line.of(axes)}.long(), {rank})"
        if axes is not None
        else f"torch.arange({count}, device={name}.device)"
    )
    whole_row = f"torch.full(({rank},), {default}, dtype=torch.int64, device={name}.device)"
    return line.makes(f"{whole_row}.scatter(0, {places}, {name}.long())", sizes=[Tensor((rank,), "int64")])[0]


def _cut(call: Call, x: Val, axis: int, start: Dim, end: Dim, step: int) -> Val:
    size = tensor_of(x).dims[axis]
    if start == size and not isinstance(start, int):
        raise Unfit("nothing is left of it")
    if end == size or (isinstance(end, int) and (end >= _END or (isinstance(size, int) and end >= size > 0))):
        end_text, stop = "", None
    else:
        end_text, stop = None, end
    if step < 0:
        return _backwards(call, x, axis, start, end, step)
    if start == 0 and end_text == "" and step == 1:
        return x
    if isinstance(start, int) and (stop is None or isinstance(stop, int)) and isinstance(x, Wired) and axis:
        params = {"dim": axis, "start": start, "stop": stop, "step": step}
        inner = f"{start}:{'' if stop is None else stop}:{step}"
        return call.block("slice", params, [x], f"{{0}}[{':, ' * axis}{inner}]")
    line = call.line()
    name = line.of(x)
    inner = f"{line.dim(start)}:{line.dim(stop) if stop is not None else ''}:{step}"
    return line.makes(f"{name}[{':, ' * axis}{inner}]")[0]


def _backwards(call: Call, x: Val, axis: int, start: Dim, end: Dim, step: int) -> Val:
    size, first, last = whole([tensor_of(x).dims[axis], start, end])
    picked = list(range(size))[slice(first, None if last < -size else last, step)]
    if not picked:
        return call.one(f"{{0}}[{':, ' * axis}0:0]", x)
    if picked == list(reversed(range(size))):
        return call.block("flip", {"dims": (axis,)}, [x], f"torch.flip({{0}}, [{axis}])")
    low, high = picked[-1], picked[0]
    text = f"torch.flip({{0}}, [{axis}])[{':, ' * axis}{size - 1 - high}:{size - low}:{-step}]"
    return call.one(text, x)


@operator("Gather")
def _gather(call: Call) -> Val:
    x, places = call.need(0), call.need(1)
    axis = call.axis(call.attr("axis", 0))
    if isinstance(x, Sizes) and isinstance(places, Known):
        return whole_array(np.take(x.array, places.tensor.numpy(), axis=axis))
    if isinstance(places, Known) and places.tensor.ndim == 0:
        index = int(places.tensor.item())
        if isinstance(x, Wired) and axis:
            return call.block("select", {"dim": axis, "index": index}, [x], f"{{0}}[{':, ' * axis}{index}]")
        return call.one(f"{{0}}[{':, ' * axis}{index}]", x)
    if isinstance(x, Known) and isinstance(places, Wired) and axis == 0 and _is_table(x, places):
        rows, width = x.tensor.shape
        params = {"num_embeddings": rows, "embedding_dim": width}
        return call.block("embedding", params, [places], weights={"weight": x})
    picked = "{1}" if tensor_of(places).dtype == "int64" else "{1}.long()"
    return call.one(f"{{0}}[{':, ' * axis}{picked}]", x, places)


def _is_table(x: Known, places: Wired) -> bool:
    return x.tensor.ndim == 2 and x.tensor.dtype == torch.float32 and places.tensor.dtype == "int64"


def _wrapped(places: Val, size: Dim) -> str:
    """Places as text in which those counted from the end are counted from the front."""
    long = "{1}" if tensor_of(places).dtype == "int64" else "{1}.long()"
    return f"torch.remainder({long}, {size})" if isinstance(size, int) else long


@operator("GatherElements")
def _gather_elements(call: Call) -> Val:
    x, places = call.need(0), call.need(1)
    axis = call.axis(call.attr("axis", 0))
    return call.one(f"torch.gather({{0}}, {axis}, {_wrapped(places, tensor_of(x).dims[axis])})", x, places)


@operator("GatherND")
def _gather_nd(call: Call) -> Val:
    x, places = call.need(0), call.need(1)
    batch, rank = call.attr("batch_dims", 0), tensor_of(places).rank
    (depth,) = whole(tensor_of(places).dims[-1:])
    parts = []
    for axis, size in enumerate(whole(tensor_of(x).dims[:batch])):
        shape = [size if other == axis else 1 for other in range(rank - 1)]
        parts.append(f"torch.arange({size}, device={{0}}.device).reshape({shape!r})")
    long = "{1}" if tensor_of(places).dtype == "int64" else "{1}.long()"
    parts += [f"{long}[..., {n}]" for n in range(depth)]
    return call.one(f"{{0}}[{', '.join(parts)}]", x, places)


_REDUCE = {"add": "sum", "mul": "prod", "max": "amax", "min": "amin"}


@operator("ScatterElements", "Scatter")
def _scatter_elements(call: Call) -> Val:
    x, places, updates = call.need(0), call.need(1), call.need(2)
    axis = call.axis(call.attr("axis", 0))
    index = _wrapped(places, tensor_of(x).dims[axis])
    how = call.attr("reduction", "none")
    if how == "none":
        return call.one(f"torch.scatter({{0}}, {axis}, {index}, {{2}})", x, places, updates)
    return call.one(f"torch.scatter_reduce({{0}}, {axis}, {index}, {{2}}, {_REDUCE[how]!r})", x, places, updates)


@operator("ScatterND")
def _scatter_nd(call: Call) -> Val:
    x, places, updates = call.need(0), call.need(1), call.need(2)
    dims, index_dims = whole(tensor_of(x).dims), whole(tensor_of(places).dims)
    depth = index_dims[-1]
    strides = [int(np.prod(dims[n + 1 : depth], dtype=np.int64)) for n in range(depth)]
    flat = " + ".join(f"torch.remainder({{1}}[..., {n}], {dims[n]}) * {strides[n]}" for n in range(depth))
    rows, width = int(np.prod(dims[:depth])), int(np.prod(dims[depth:], dtype=np.int64))
    index = f"({flat}).reshape(-1, 1).expand(-1, {width})"
    how = call.attr("reduction", "none")
    called = f"{{0}}.reshape({rows}, {width})"
    values = f"{{2}}.reshape(-1, {width})"
    if how == "none":
        text = f"{called}.scatter(0, {index}, {values})"
    else:
        text = f"{called}.scatter_reduce(0, {index}, {values}, {_REDUCE[how]!r})"
    return call.one(f"{text}.reshape({tuple(dims)!r})", x, places, updates)


@operator("OneHot")
def _one_hot(call: Call) -> Val:
    places, depth, values = call.need(0), call.need(1), call.need(2)
    axis = call.attr("axis", -1)
    rank = tensor_of(places).rank + 1
    axis = call.axis(axis, rank)
    line = call.line()
    index, numbers = line.of(places), line.of(values)
    if isinstance(depth, Wired):
        (told,) = call.told_sizes(1)
        count: Dim = told.dims[axis]
    else:
        count = (listed(depth) or (0,))[0]
    (size,) = whole([count])
    shape = tuple(size if other == axis else 1 for other in range(rank))
    row = f"torch.arange({size}, device={index}.device).reshape({shape!r})"
    place = f"torch.where({index} < 0, {index} + {size}, {index}).unsqueeze({axis})"
    hit = f"{place} == {row}"
    return line.makes(f"torch.where({hit}, {numbers}[1], {numbers}[0])")[0]


@operator("Compress")
def _compress(call: Call) -> Val:
    axis = call.attr("axis")
    line = call.line()
    x, keep = line.of(call.need(0)), line.of(call.need(1))
    line.depends = not isinstance(call.need(1), Known)
    if axis is None:
        return line.makes(f"{x}.reshape(-1)[torch.nonzero({keep}).reshape(-1)]")[0]
    return line.makes(f"torch.index_select({x}, {axis}, torch.nonzero({keep}).reshape(-1))")[0]


@operator("NonZero")
def _non_zero(call: Call) -> Val:
    line = call.line()
    line.depends = True
    x = line.of(call.need(0))
    return line.makes(f"torch.nonzero({x}).t()")[0]


@operator("TopK")
def _top_k(call: Call) -> list[Val]:
    x, count = call.need(0), call.need(1)
    axis = call.attr("axis", -1)
    line = call.line()
    name, k = line.of(x), listed(count)
    if k is None:
        (told, _) = call.told_sizes(2)
        k = (told.dims[axis],)
    (number,) = whole(k)
    # The first of equal ones comes first, as a stable sort has it.
    text = f"torch.sort({name}, dim={axis}, descending={bool(call.attr('largest', 1))}, stable=True)"
    values, places = line.makes(text, 2)
    rank = call.axis(axis)
    return [call.one(f"{{0}}[{':, ' * rank}:{number}]", value) for value in (values, places)]


@operator("ReverseSequence")
def _reverse_sequence(call: Call) -> Val:
    x, lengths = call.need(0), call.need(1)
    time, batch = call.attr("time_axis", 0), call.attr("batch_axis", 1)
    dims = whole(tensor_of(x).dims)
    steps = [1] * len(dims)
    steps[time] = dims[time]
    each = [1] * len(dims)
    each[batch] = dims[batch]
    at = f"torch.arange({dims[time]}, device={{0}}.device).reshape({steps!r})"
    long = f"{{1}}.reshape({each!r})"
    place = f"torch.where({at} < {long}, {long} - 1 - {at}, {at}).expand({tuple(dims)!r})"
    return call.one(f"torch.gather({{0}}, {time}, {place})", x, lengths)
