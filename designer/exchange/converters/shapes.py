"""Functions that lay numbers out in other sizes and orders: flatten, view, permute, cat, chunk."""

from __future__ import annotations

from typing import Any

from designer.exchange.converters.table import Call, function
from designer.exchange.sketch import Ref

__all__: list[str] = []


@function("flatten")
def _flatten(call: Call) -> tuple[Ref, ...] | None:
    x, start = call.tensor(call.args[0]), call.arg(1, "start_dim", 0)
    if x.rank and start % x.rank == 0:
        return _folded(call)
    return call.place("flatten", {"start_dim": start, "end_dim": call.arg(2, "end_dim", -1)})


@function("view", "reshape", "view_as", "reshape_as", "unflatten", "ravel")
def _reshape(call: Call) -> tuple[Ref, ...] | None:
    x, (given,) = call.tensor(call.args[0]), call.given
    if x.dtype != given.dtype:
        return None  # it looks at the same bits as other numbers
    after: list[Any] = [dim if isinstance(dim, int) else -1 for dim in given.dims[1:]]
    if given.rank < 2 or not x.dims or x.dims[0] != given.dims[0] or after.count(-1) > 1:
        return _folded(call)
    if isinstance(x.dims[0], int):
        return _folded(call)
    return call.place("reshape", {"shape": tuple(after)})


def _folded(call: Call) -> tuple[Ref, ...] | None:
    """What lays out the batch, too."""
    sizes = tuple(dim if isinstance(dim, int) else -1 for dim in call.given[0].dims)
    return call.place("reshape_all", {"shape": sizes}) if sizes.count(-1) <= 1 else None


@function("permute")
def _permute(call: Call) -> tuple[Ref, ...]:
    rank = call.tensor(call.args[0]).rank
    return call.place("permute", {"dims": tuple(d % rank for d in call.rest(1, "dims"))})


@function("transpose", "swapaxes", "swapdims")
def _transpose(call: Call) -> tuple[Ref, ...]:
    first, second = ("axis0", "axis1") if "axis0" in call.kwargs else ("dim0", "dim1")
    return call.place("transpose", {"dim0": call.arg(1, first), "dim1": call.arg(2, second)})


@function("t", "T", "mT")
def _turned(call: Call) -> tuple[Ref, ...] | Ref | None:
    rank = call.tensor(call.args[0]).rank
    if rank < 2:
        return call.ref(call.args[0])
    return call.place("transpose", {"dim0": -2, "dim1": -1}) if rank == 2 or call.name == "mT" else None


@function("movedim", "moveaxis")
def _movedim(call: Call) -> tuple[Ref, ...] | None:
    source, target = call.arg(1, "source"), call.arg(2, "destination")
    if not isinstance(source, int):
        return None
    return call.place("movedim", {"source": source, "destination": target})


@function("unsqueeze")
def _unsqueeze(call: Call) -> tuple[Ref, ...]:
    return call.place("unsqueeze", {"dim": call.arg(1, "dim")})


@function("squeeze")
def _squeeze(call: Call) -> tuple[Ref, ...] | None:
    dim = call.arg(1, "dim", None)
    return call.place("squeeze", {"dim": dim}) if isinstance(dim, int) else None


@function("cat", "concat", "concatenate")
def _cat(call: Call) -> tuple[Ref, ...] | Ref:
    parts = list(call.arg(0, "tensors"))
    if len(parts) == 1:
        return call.ref(parts[0])
    return call.place("concatenate", {"dim": call.arg(1, "dim", 0)}, parts)


@function("stack")
def _stack(call: Call) -> tuple[Ref, ...]:
    return call.place("stack", {"dim": call.arg(1, "dim", 0)}, list(call.arg(0, "tensors")))


@function("chunk")
def _chunk(call: Call) -> tuple[Ref, ...]:
    return call.place("chunk", {"chunks": len(call.given), "dim": call.arg(2, "dim", 0)})


@function("split", "split_with_sizes", "tensor_split")
def _split(call: Call) -> tuple[Ref, ...]:
    dim = call.arg(2, "dim", 0)
    sizes = tuple(size for part in call.given if isinstance(size := part.dims[dim], int))
    return call.place("split", {"split_size": sizes, "dim": dim})


@function("unbind")
def _unbind(call: Call) -> tuple[Ref, ...]:
    return call.place("unbind", {"count": len(call.given), "dim": call.arg(1, "dim", 0)})


@function("contiguous", "clone", "alias", "resolve_conj", "resolve_neg")
def _same(call: Call) -> Ref:
    """The same numbers: a value is written down anew whenever it changes, so that a copy says nothing."""
    return call.ref(call.args[0])


@function("type_as", "to", "float", "long", "bool", "_to_copy")
def _cast(call: Call) -> tuple[Ref, ...] | Ref:
    if call.given[0].dtype == call.tensor(call.args[0]).dtype:
        return call.ref(call.args[0])
    return call.place("cast", {"dtype": call.given[0].dtype})
