"""The inputs of an ONNX graph as Input blocks: which size is the batch, which are open, which fixed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import onnx

from designer.blocks.dims import BATCH, Dim, Expr, Tensor
from designer.blocks.spec import OPEN
from designer.exchange.onnx_import.values import Kinds, kind_of
from designer.exchange.sketch import Unfit

if TYPE_CHECKING:
    from designer.exchange.onnx_import.file import Model

__all__ = ["Entry", "can_open", "declared_sizes", "plan"]


@dataclass(frozen=True)
class Entry:
    """An Input block. ``was`` is the number that stood in the place of the batch, ``symbols`` the file's own names."""

    name: str
    size: tuple[int | str, ...]
    dtype: str
    batch: bool
    was: int | None = None
    symbols: Mapping[str, Dim] | None = None


Side = int | str  # a number, or the name of an open size


def _sides(info: onnx.ValueInfoProto) -> list[Side]:
    """The sizes as the file has them; a size without a name gets one."""
    kind = info.type.WhichOneof("value")
    if kind != "tensor_type":
        raise Unfit(f"the input {info.name[:60]!r} is no tensor but a {(kind or 'nothing').removesuffix('_type')}")
    if not info.type.tensor_type.HasField("shape"):
        raise Unfit(f"the file does not say how many dimensions the input {info.name[:60]!r} has")
    sides: list[Side] = []
    for axis, dim in enumerate(info.type.tensor_type.shape.dim):
        if dim.HasField("dim_value"):
            if dim.dim_value < 0:
                raise Unfit(f"the input {info.name[:60]!r} has a size of {dim.dim_value}")
            sides.append(dim.dim_value)
        else:
            sides.append(dim.dim_param or f"{info.name}_{axis}")
    if len(sides) > 12:
        raise Unfit(f"the input {info.name[:60]!r} has {len(sides)} dimensions; blocks take 12")
    return sides


def can_open(model: Model) -> bool:
    """Whether a batch may be read into the file, although it has a number there."""
    sides = [_sides(info) for info in model.inputs]
    named = any(shape and isinstance(shape[0], str) for shape in sides)
    firsts = {shape[0] for shape in sides if len(shape) >= 2}
    return not named and len(firsts) == 1 and all(len(shape) >= 2 for shape in sides)


def plan(model: Model, opened: bool, size: int | None = None) -> tuple[Entry, ...]:
    """What Input blocks there will be."""
    letters = _Letters()
    entries = []
    for info in model.inputs:
        try:
            dtype = kind_of(info.type.tensor_type.elem_type)
        except Unfit as error:
            raise Unfit(f"the input {info.name[:60]!r}: {error}") from error
        sides = _sides(info)
        batch = bool(sides) and (opened or isinstance(sides[0], str))
        if batch and isinstance(sides[0], str):
            letters.known.setdefault(sides[0], BATCH)
        inner = [letters.of(s, size if len(sides) == 4 else None) for s in (sides[1:] if batch else sides)]
        was = sides[0] if batch and isinstance(sides[0], int) else None
        entries.append(Entry(info.name, tuple(inner), dtype, batch, was, letters.known))
    return tuple(entries)


class _Letters:
    """Names that sizes can have here, one for each of the file's."""

    def __init__(self) -> None:
        self.known: dict[str, Dim] = {}

    def of(self, side: Side, size: int | None) -> int | str:
        if isinstance(side, int):
            return side
        if size is not None:
            return size
        found = self.known.get(side)
        if found is None or found == BATCH:
            found = self.known[side] = Expr.symbol(self._free(side))
        return str(found)

    def _free(self, side: str) -> str:
        told = re.sub(r"[^A-Za-z0-9_]", "", side)[:8].capitalize()
        taken = {"B", *map(str, self.known.values())}
        name, number = told if OPEN.fullmatch(told) and told != "B" else "N", 1
        stem = name
        while name in taken:
            number += 1
            name = f"{stem[:7]}{number}"
        return name


def declared_sizes(info: onnx.TypeProto, entries: Sequence[Entry]) -> Tensor | None:
    """What a type in the file says, in the sizes of the inputs; None where it does not say all."""
    if info.WhichOneof("value") != "tensor_type" or not info.tensor_type.HasField("shape"):
        return None
    if info.tensor_type.elem_type not in Kinds or any(entry.was is not None for entry in entries):
        return None
    symbols = entries[0].symbols if entries and entries[0].symbols is not None else {}
    dims: list[Dim] = []
    for dim in info.tensor_type.shape.dim:
        if dim.HasField("dim_value") and dim.dim_value >= 0:
            dims.append(dim.dim_value)
        elif dim.dim_param in symbols:
            dims.append(symbols[dim.dim_param])
        else:
            return None
    return Tensor(tuple(dims), Kinds[info.tensor_type.elem_type])
