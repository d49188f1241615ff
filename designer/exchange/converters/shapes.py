"""Functions that move numbers: flatten, view, permute, slices."""

from __future__ import annotations

from typing import Any

from designer.exchange.converters.table import Call, function
from designer.exchange.sketch import Ref

__all__: list[str] = []


@function("flatten")
def _flatten(call: Call) -> tuple[Ref, ...]:
    return call.place("flatten", {"start_dim": call.arg(1, "start_dim", 0), "end_dim": call.arg(2, "end_dim", -1)})


@function("view", "reshape")
def _reshape(call: Call) -> tuple[Ref, ...] | None:
    sizes = list(call.rest(1, "shape"))
    x, (given,) = call.tensor(call.args[0]), call.given
    if given.rank < 2 or not x.dims or x.dims[0] != given.dims[0]:
        return None
    after: list[Any] = [dim if isinstance(dim, int) else -1 for dim in given.dims[1:]]
    if after.count(-1) > 1 or len(sizes) != given.rank:
        return None
    return call.place("reshape", {"shape": tuple(after)})


@function("permute")
def _permute(call: Call) -> tuple[Ref, ...]:
    rank = call.tensor(call.args[0]).rank
    return call.place("permute", {"dims": tuple(d % rank for d in call.rest(1, "dims"))})


@function("transpose", "swapaxes", "swapdims")
def _transpose(call: Call) -> tuple[Ref, ...]:
    return call.place("transpose", {"dim0": call.arg(1, "dim0"), "dim1": call.arg(2, "dim1")})


@function("unsqueeze")
def _unsqueeze(call: Call) -> tuple[Ref, ...]:
    return call.place("unsqueeze", {"dim": call.arg(1, "dim")})


@function("squeeze")
def _squeeze(call: Call) -> tuple[Ref, ...] | None:
    dim = call.arg(1, "dim", None)
    return call.place("squeeze", {"dim": dim}) if isinstance(dim, int) else None


@function("cat", "concat", "concatenate")
def _cat(call: Call) -> tuple[Ref, ...] | None:
    return call.place("concatenate", {"dim": call.arg(1, "dim", 0)}, list(call.arg(0, "tensors")))


@function("stack")
def _stack(call: Call) -> tuple[Ref, ...]:
    return call.place("stack", {"dim": call.arg(1, "dim", 0)}, list(call.arg(0, "tensors")))


@function("chunk")
def _chunk(call: Call) -> tuple[Ref, ...]:
    return call.place("chunk", {"chunks": call.arg(1, "chunks"), "dim": call.arg(2, "dim", 0)})


@function("unbind")
def _unbind(call: Call) -> tuple[Ref, ...]:
    return call.place("unbind", {"count": len(call.given), "dim": call.arg(1, "dim", 0)})


@function("select")
def _select(call: Call) -> tuple[Ref, ...]:
    return call.place("select", {"dim": call.arg(1, "dim"), "index": call.arg(2, "index")})
