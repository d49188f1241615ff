"""What a tensor's sizes are, and other sizes for the same numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from designer.blocks.dims import BATCH, Dim, Expr, divide_exactly, product
from designer.exchange.onnx_import.sizes import array_of, whole_array
from designer.exchange.onnx_import.table import Call, operator
from designer.exchange.onnx_import.values import Known, Sizes, Val, Wired, listed, sizes, tensor_of
from designer.exchange.sketch import Unfit

__all__ = ["reshaped"]


@operator("Shape")
def _shape(call: Call) -> Val:
    dims = call.tensor(0).dims
    start, end = call.attr("start", 0), call.attr("end", len(dims))
    return sizes(list(dims[slice(start, end)]))


@operator("Size")
def _size(call: Call) -> Val:
    return whole_array(np.array(product(call.tensor(0).dims), dtype=object))


def _target(call: Call, dims: Sequence[Dim], told: Sequence[Dim], zero_is_zero: bool) -> list[Dim]:
    """The sizes that a Reshape makes: 0 keeps a size, -1 is whatever is left."""
    made: list[Dim] = []
    for axis, size in enumerate(told):
        if size == 0 and not zero_is_zero:
            if axis >= len(dims):
                raise Unfit("it keeps a size that its input does not have")
            size = dims[axis]
        made.append(size)
    whole = product(dims)
    was = next((entry.was for entry in call.reader.entries if entry.was is not None), None)
    if was is not None and made and made[0] == was and dims and dims[0] == BATCH:
        made[0] = BATCH  # the file had a number in the place of the batch
    if -1 in made:
        place = made.index(-1)
        rest = product(size for axis, size in enumerate(made) if axis != place)
        left = divide_exactly(whole, rest)
        if left is None:
            raise Unfit(f"{_spelled(dims)} cannot become {_spelled(made)}")
        made[place] = left
    if product(made) != whole:
        raise Unfit(f"{_spelled(dims)} cannot become {_spelled(made)}")
    return made


def _spelled(dims: Sequence[Dim]) -> str:
    return "×".join(map(str, dims)) or "a single number"


@operator("Reshape")
def _reshape(call: Call) -> Val:
    x, shape = call.need(0), call.get(1)
    told = tuple(call.attr("shape")) if "shape" in call.attrs else listed(shape) if shape is not None else None
    array = array_of(x) if isinstance(x, Sizes) else None
    if array is not None and told is not None:
        return whole_array(array.reshape([int(size) for size in told if isinstance(size, int)]))
    if told is None:
        line = call.line()
        text = f"{line.of(x)}.reshape({line.ints(call.need(1))})"
        (declared,) = call.told_sizes(1)
        if not call.attr("allowzero", 0) and 0 not in tensor_of(x).dims:
            text = f"{line.of(x)}.reshape({line.row(declared.dims)})"  # what the file itself says it becomes
        return line.makes(text, sizes=[declared])[0]
    return reshaped(call, x, _target(call, tensor_of(x).dims, told, bool(call.attr("allowzero", 0))))


def reshaped(call: Call, x: Val, dims: Sequence[Dim]) -> Val:
    """The same numbers in other sizes, by the block that says it best."""
    before = tensor_of(x)
    if tuple(dims) == before.dims:
        return x
    if isinstance(x, Wired) and len(dims) >= 2 and dims[0] == before.dims[0] if before.dims else False:
        opened = [dim for dim in dims[1:] if isinstance(dim, Expr)]
        if len(dims) == 2 and before.rank > 2:
            return call.block("flatten", {}, [x], _reshape_text(call, dims))
        if len(opened) <= 1 and before.dims[0] == BATCH:
            shape = tuple(dim if isinstance(dim, int) else -1 for dim in dims[1:])
            return call.block("reshape", {"shape": shape}, [x], _reshape_text(call, dims))
    line = call.line()
    name = line.of(x)
    return line.makes(f"{name}.reshape({line.row(_loose(dims))})")[0]


def _loose(dims: Sequence[Dim]) -> list[Dim]:
    """With -1 in the place of the first open size, so that no other tensor must be asked."""
    opened = [axis for axis, dim in enumerate(dims) if isinstance(dim, Expr)]
    return [-1 if opened and axis == opened[0] and 0 not in dims else dim for axis, dim in enumerate(dims)]


def _reshape_text(call: Call, dims: Sequence[Dim]) -> str:
    loose = _loose(dims)
    return f"{{0}}.reshape({', '.join(map(str, loose))})" if all(isinstance(d, int) for d in loose) else ""


@operator("Flatten")
def _flatten(call: Call) -> Val:
    x = call.need(0)
    dims = tensor_of(x).dims
    axis = call.attr("axis", 1)
    axis = axis + len(dims) if axis < 0 else axis
    if axis == 1 and len(dims) >= 2:
        return call.block("flatten", {}, [x], "torch.flatten({0}, 1)")
    return reshaped(call, x, [product(dims[:axis]), product(dims[axis:])])


@operator("Squeeze")
def _squeeze(call: Call) -> Val:
    x = call.need(0)
    rank = tensor_of(x).rank
    axes = call.whole("axes", 1) if not isinstance(call.get(1), Wired) else _told_axes(call, x)
    if axes is None:
        axes = tuple(axis for axis, dim in enumerate(tensor_of(x).dims) if dim == 1)
    axes = tuple(sorted(call.axis(axis, rank) for axis in axes))
    if isinstance(x, Sizes):
        return whole_array(x.array.reshape([s for a, s in enumerate(x.array.shape) if a not in axes]))
    if len(axes) == 1 and isinstance(x, Wired) and rank > 1:
        return call.block("squeeze", {"dim": axes[0]}, [x], f"torch.squeeze({{0}}, {axes[0]})")
    return call.one(f"torch.squeeze({{0}}, {axes!r})", x)


def _told_axes(call: Call, x: Val) -> tuple[int, ...]:
    """Axes that come in as numbers, found from the sizes that the file declares. Raises Unfit where several fit."""
    (declared,) = call.told_sizes(1)
    long, short = (x, declared) if tensor_of(x).rank > declared.rank else (declared, tensor_of(x))
    dims = tensor_of(long).dims if isinstance(long, Known | Sizes | Wired) else long.dims
    ones = [axis for axis, dim in enumerate(dims) if dim == 1]
    if len(ones) != len(dims) - short.rank if not isinstance(short, Known | Sizes | Wired) else True:
        raise Unfit("its axes must be constant and are computed")
    return tuple(ones)


@operator("Unsqueeze")
def _unsqueeze(call: Call) -> Val:
    x = call.need(0)
    rank = tensor_of(x).rank
    axes = call.whole("axes", 1) if not isinstance(call.get(1), Wired) else _told_axes(call, x)
    if axes is None:
        raise Unfit("its axes are missing")
    axes = tuple(sorted(call.axis(axis, rank + len(axes)) for axis in axes))
    if isinstance(x, Sizes):
        found = x.array
        for axis in axes:
            found = np.expand_dims(found, axis)
        return whole_array(found)
    for axis in axes:
        if isinstance(x, Wired) and axis and tensor_of(x).rank:
            x = call.block("unsqueeze", {"dim": axis}, [x], f"torch.unsqueeze({{0}}, {axis})")
        else:
            x = call.one(f"torch.unsqueeze({{0}}, {axis})", x)
    return x


@operator("Transpose")
def _transpose(call: Call) -> Val:
    x = call.need(0)
    rank = tensor_of(x).rank
    order = tuple(call.attr("perm") or reversed(range(rank)))
    if sorted(order) != list(range(rank)):
        raise Unfit(f"{order} is no order of {rank} dimensions")
    if order == tuple(range(rank)):
        return x
    moved = [axis for axis in range(rank) if order[axis] != axis]
    if len(moved) == 2 and isinstance(x, Wired):
        text = f"torch.transpose({{0}}, {moved[0]}, {moved[1]})"
        return call.block("transpose", {"dim0": moved[0], "dim1": moved[1]}, [x], text)
    return call.block("permute", {"dims": order}, [x], f"torch.permute({{0}}, {order!r})")


@operator("Expand")
def _expand(call: Call) -> Val:
    x, shape = call.need(0), call.need(1)
    told = listed(shape)
    if told is None:
        (declared,) = call.told_sizes(1)
        told = declared.dims
    dims = tensor_of(x).dims
    made: list[Dim] = []
    rank = max(len(dims), len(told))
    for own, other in zip((1,) * (rank - len(dims)) + dims, (1,) * (rank - len(told)) + tuple(told), strict=True):
        if own != 1 and other != 1 and own != other:
            raise Unfit(f"{_spelled(dims)} cannot be stretched to {_spelled(told)}")
        made.append(other if own == 1 else own)
    if tuple(made) == dims:
        return x
    line = call.line()
    name = line.of(x)
    return line.makes(f"{name}.expand({line.row(made)})")[0]


@operator("Tile")
def _tile(call: Call) -> Val:
    x = call.need(0)
    counts = listed(call.need(1))
    line = call.line()
    name = line.of(x)
    if counts is None:
        return line.makes(f"{name}.repeat({line.ints(call.need(1))})")[0]
    if isinstance(x, Sizes):
        return whole_array(np.tile(x.array, [int(c) for c in counts if isinstance(c, int)]))
    return line.makes(f"{name}.repeat({line.row(counts)})")[0]


@operator("DepthToSpace")
def _depth_to_space(call: Call) -> Val:
    x, block = call.need(0), call.attr("blocksize")
    _, c, h, w = tensor_of(x).dims
    if call.attr("mode", "DCR") == "CRD":
        return call.block("pixel_shuffle", {"upscale_factor": block}, [x], f"F.pixel_shuffle({{0}}, {block})")
    depth = divide_exactly(c, block * block)
    if depth is None:
        raise Unfit(f"{c} channels cannot be laid out in blocks of {block}")
    line = call.line()
    name = line.of(x)
    first, last = line.row([-1, block, block, depth, h, w]), line.row([-1, depth, h * block, w * block])
    return line.makes(f"{name}.reshape({first}).permute(0, 3, 4, 1, 5, 2).reshape({last})")[0]


@operator("SpaceToDepth")
def _space_to_depth(call: Call) -> Val:
    x, block = call.need(0), call.attr("blocksize")
    _, c, h, w = tensor_of(x).dims
    high, wide = divide_exactly(h, block), divide_exactly(w, block)
    if high is None or wide is None:
        raise Unfit(f"{h}×{w} cannot be cut into blocks of {block}")
    line = call.line()
    name = line.of(x)
    first, last = line.row([-1, c, high, block, wide, block]), line.row([-1, c * block * block, high, wide])
    order = "(0, 1, 3, 5, 2, 4)" if call.attr("mode", "DCR") == "CRD" else "(0, 3, 5, 1, 2, 4)"
    return line.makes(f"{name}.reshape({first}).permute({order}).reshape({last})")[0]
