"""Functions that take parts of a tensor, move them, or show them again: x[:, 0], roll, pad, expand."""

from __future__ import annotations

from typing import Any

from designer.blocks.dims import BATCH, Tensor
from designer.exchange.converters.table import Call, function
from designer.exchange.sketch import Ref
from designer.exchange.tracing.align import OfBatch

__all__: list[str] = []


@function("getitem")
def _getitem(call: Call) -> tuple[Ref, ...] | Ref | None:
    keys = call.args[1] if isinstance(call.args[1], tuple) else (call.args[1],)
    x = call.tensor(call.args[0])
    if not all(key is None or key is ... or type(key) is int or isinstance(key, slice) for key in keys):
        return None
    if ... in keys:
        at = keys.index(...)
        rest = sum(key is not None for key in keys) - 1
        keys = (*keys[:at], *[slice(None)] * (x.rank - rest), *keys[at + 1 :])
    made: Ref | Any = call.args[0]
    axis = 0
    for key in keys:
        if key is None:
            made, x = _cut(call, "unsqueeze", {"dim": axis}, made, Tensor((*x.dims[:axis], 1, *x.dims[axis:]), x.dtype))
            axis += 1
        elif isinstance(key, slice):
            if key != slice(None):
                made, x = _sliced(call, key, axis, made, x)
            axis += 1
        else:
            left = Tensor((*x.dims[:axis], *x.dims[axis + 1 :]), x.dtype)
            made, x = _cut(call, "select", {"dim": axis, "index": key}, made, left)
    return made if isinstance(made, Ref) else call.ref(made)


def _sliced(call: Call, key: slice, axis: int, made: Any, x: Tensor) -> tuple[Any, Tensor]:
    params = {"dim": axis, "start": key.start or 0, "stop": key.stop, "step": key.step or 1}
    size = x.dims[axis]
    if isinstance(size, int):
        first, last, step = key.indices(size)
        if (first, last, step) == (0, size, 1):
            return made, x  # all of it
        length: Any = len(range(first, last, step))
    else:
        length = call.given[0].dims[axis] if call.given[0].rank == x.rank else size
    return _cut(call, "slice", params, made, Tensor((*x.dims[:axis], length, *x.dims[axis + 1 :]), x.dtype))


def _cut(call: Call, block: str, params: dict[str, Any], made: Any, left: Tensor) -> tuple[Ref, Tensor]:
    return call.place(block, params, [made], given=[left])[0], left


@function("select")
def _select(call: Call) -> tuple[Ref, ...]:
    return call.place("select", {"dim": call.arg(1, "dim"), "index": call.arg(2, "index")})


@function("narrow")
def _narrow(call: Call) -> tuple[Ref, ...]:
    start, length = call.arg(2, "start"), call.arg(3, "length")
    return call.place("slice", {"dim": call.arg(1, "dim"), "start": start, "stop": start + length})


@function("roll")
def _roll(call: Call) -> tuple[Ref, ...] | Ref | None:
    shifts, dims = call.arg(1, "shifts"), call.arg(2, "dims", None)
    if dims is None:
        return None
    pairs = zip(*((v if isinstance(v, tuple | list) else (v,)) for v in (shifts, dims)), strict=True)
    made = call.args[0]
    for shift, dim in pairs:
        if shift:
            made = call.place("roll", {"shifts": shift, "dim": dim}, [made])[0]
    return made if isinstance(made, Ref) else call.ref(made)


@function("flip")
def _flip(call: Call) -> tuple[Ref, ...]:
    return call.place("flip", {"dims": call.rest(1, "dims")})


@function("pad")
def _pad(call: Call) -> tuple[Ref, ...] | Ref:
    frame, mode, value = tuple(call.arg(1, "pad")), call.arg(2, "mode", "constant"), call.arg(3, "value", None)
    if not any(frame):
        return call.ref(call.args[0])
    while mode == "constant" and frame[-2:] == (0, 0):
        frame = frame[:-2]
    return call.place("pad", {"pad": frame, "mode": mode, "value": float(value or 0.0)})


@function("expand", "expand_as", "broadcast_to")
def _expand(call: Call) -> tuple[Ref, ...] | Ref | None:
    x, (given,) = call.tensor(call.args[0]), call.given
    if x.dims == given.dims:
        return call.ref(call.args[0])
    made: Any = call.args[0]
    if x.rank < given.rank:
        if not x.rank or x.dims[0] == BATCH:
            return None
        for _ in range(given.rank - x.rank):
            x = Tensor((1, *x.dims), x.dtype)
            made = call.place("unsqueeze", {"dim": 0}, [made], given=[x])[0]
    sizes = tuple(-1 if a == b else b for a, b in zip(x.dims[1:], given.dims[1:], strict=True))
    known = tuple(size for size in sizes if isinstance(size, int))
    if known != sizes:
        return None
    if any(size != -1 for size in known):
        made = call.place("expand", {"sizes": known}, [made], given=[Tensor((x.dims[0], *given.dims[1:]), x.dtype)])[0]
    if x.dims[0] == given.dims[0]:
        return (made,)
    if given.dims[0] != BATCH or x.dims[0] != 1:
        return None
    return call.place("expand_batch", {}, [made, call.samples()])


@function("repeat")
def _repeat(call: Call) -> tuple[Ref, ...] | None:
    copies, x = call.rest(1, "repeats"), call.tensor(call.args[0])
    if len(copies) != x.rank or not x.rank:
        return None
    if copies[0] == OfBatch(1) and x.dims[0] == 1 and all(n == 1 for n in copies[1:]):
        return call.place("expand_batch", {}, [call.args[0], call.samples()])
    return call.place("repeat", {"repeats": copies[1:]}) if copies[0] == 1 else None


@function("repeat_interleave")
def _repeat_each(call: Call) -> tuple[Ref, ...]:
    return call.place("repeat_interleave", {"repeats": call.arg(1, "repeats"), "dim": call.arg(2, "dim")})


@function("copy")
def _copy(call: Call) -> tuple[Ref, ...] | Ref:
    """``x.copy_(y)``: what was there before does not matter."""
    target, source = (call.tensor(value) for value in call.args[:2])
    if target == source:
        return call.ref(call.args[1])
    expand = "x1" if target.dims == source.dims else "x1.expand_as(x0)"
    return call.operation(f"{expand}.to(torch.{target.dtype})", call.args[:2])


@function("zero", "fill")
def _fill(call: Call) -> tuple[Ref, ...]:
    value = call.arg(1, "value", 0)
    if call.is_tensor(value):
        return call.operation("x1.to(x0.dtype).expand_as(x0)", [call.args[0], value])
    return call.operation(f"torch.full_like(x0, {value!r})", [call.args[0]])
