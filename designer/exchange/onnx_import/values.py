"""What an ONNX name stands for while a file is read: numbers, sizes that follow from the input, or a wire."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch

from designer.blocks.dims import Dim, Tensor
from designer.exchange.sketch import Ref, Unfit

__all__ = ["Kinds", "Known", "Sizes", "Val", "Wired", "kind_of", "listed", "literal", "sizes", "tensor_of", "whole"]


@dataclass(frozen=True, eq=False)
class Known:
    """Numbers that are in the file, or follow from such. ``origin`` is the initialiser that they come from."""

    tensor: torch.Tensor
    origin: str = ""


@dataclass(frozen=True, eq=False)
class Sizes:
    """Whole numbers (int64) of which some follow from the open sizes of the input: an array of ``Dim``."""

    array: np.ndarray[Any, np.dtype[np.object_]]


@dataclass(frozen=True, eq=False)
class Wired:
    """What a block gives."""

    ref: Ref
    tensor: Tensor


Val: TypeAlias = Known | Sizes | Wired

Kinds = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 9: "bool", 10: "float16",
    11: "float64", 12: "uint32", 13: "uint64", 16: "bfloat16",
}  # fmt: skip


def kind_of(number: int) -> str:
    """The kind of number by ONNX's own numbering. Raises Unfit for text, complex numbers and those of few bits."""
    if number in Kinds:
        return Kinds[number]
    import onnx

    try:
        name = onnx.TensorProto.DataType.Name(number).lower()
    except ValueError:
        name = f"of the unknown type {number}"
    raise Unfit(f"numbers of the type {name} have no block" if name != "string" else "text has no block")


def sizes(values: Any) -> Known | Sizes:
    """Whole numbers as Known where none of them is open."""
    array = np.empty(np.shape(values), dtype=object) if not isinstance(values, np.ndarray) else values
    if array is not values:
        array[...] = values
    if all(isinstance(dim, int | np.integer) for dim in array.flat):
        if any(abs(int(dim)) >= 2**63 for dim in array.flat):
            raise Unfit("a size is beyond 64 bits")
        return Known(torch.from_numpy(array.astype(np.int64)))
    return Sizes(array)


def listed(value: Val) -> tuple[Dim, ...] | None:
    """The whole numbers of a value in a row; None where they are only known when the network runs."""
    if isinstance(value, Sizes):
        return tuple(value.array.reshape(-1).tolist())
    if isinstance(value, Known):
        if value.tensor.numel() > 10_000:
            raise Unfit("more than 10,000 sizes")
        return tuple(int(number) for number in value.tensor.reshape(-1).tolist())
    return None


def tensor_of(value: Val) -> Tensor:
    """Sizes and kind of number."""
    if isinstance(value, Wired):
        return value.tensor
    if isinstance(value, Known):
        return Tensor(tuple(value.tensor.shape), str(value.tensor.dtype).removeprefix("torch."))
    return Tensor(tuple(value.array.shape), "int64")


def literal(value: float | int | bool) -> str:
    """A number as text that an expression may have."""
    if isinstance(value, float) and not math.isfinite(value):
        return "torch.nan" if math.isnan(value) else "torch.inf" if value > 0 else "-torch.inf"
    return repr(value)


def whole(dims: Iterable[Dim]) -> Sequence[int]:
    """Sizes that must all be numbers. Raises Unfit."""
    found = list(dims)
    if not all(isinstance(dim, int) for dim in found):
        raise Unfit("it needs sizes that are fixed, and one is open")
    return [int(dim) for dim in found if isinstance(dim, int)]
