"""Two recordings of one model at two batch sizes, laid on one another: what differs depends on the batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch

from designer.blocks.dims import BATCH, Dim, Tensor
from designer.exchange.tracing.record import Recording, Step, Untraceable

__all__ = ["OfBatch", "align", "tensors_of"]


@dataclass(frozen=True)
class OfBatch:
    """A whole number that is ``times`` the batch size."""

    times: int


@dataclass
class Aligned:
    """The steps with `OfBatch` where a number depends on the batch, and what each value carries."""

    steps: list[Step]
    outputs: dict[str, int]
    carried: dict[int, Tensor]


def align(first: Recording, second: Recording, batches: tuple[int, int]) -> Aligned:
    """Raises Untraceable where the two differ in more than sizes."""
    if len(first.steps) != len(second.steps) or first.outputs != second.outputs:
        raise Untraceable("", "it does other things with another batch size")
    steps, carried = [], {}
    for one, other in zip(first.steps, second.steps, strict=True):
        if (one.kind, one.path, one.name, one.results) != (other.kind, other.path, other.name, other.results):
            raise Untraceable(one.path, "it does other things with another batch size")
        args, kwargs = _merged((one.args, dict(one.kwargs)), (other.args, dict(other.kwargs)), batches, one.path)
        steps.append(replace(one, args=args, kwargs=kwargs))
        for tensor, number in zip(tensors_of(one, other, batches), one.results, strict=True):
            carried[number] = tensor
    return Aligned(steps, first.outputs, carried)


def tensors_of(one: Step, other: Step, batches: tuple[int, int]) -> list[Tensor]:
    """What came out, with ``B`` in the sizes."""
    found = []
    for sizes, others, dtype in zip(one.sizes, other.sizes, one.dtypes, strict=True):
        if len(sizes) != len(others):
            raise Untraceable(one.path, "the number of dimensions depends on the batch size")
        dims = tuple(_dim(a, b, batches, one.path) for a, b in zip(sizes, others, strict=True))
        found.append(Tensor(dims, str(dtype).removeprefix("torch.")))
    return found


def _dim(a: int, b: int, batches: tuple[int, int], path: str) -> Dim:
    if a == b:
        return a
    slope, rest = divmod(b - a, batches[1] - batches[0])
    shift = a - slope * batches[0]
    if rest:
        raise Untraceable(path, "a size depends on the batch in a way that cannot be written down")
    return slope * BATCH + shift


def _merged(one: Any, other: Any, batches: tuple[int, int], path: str) -> Any:
    if isinstance(one, Mapping) and isinstance(other, Mapping) and one.keys() == other.keys():
        return {key: _merged(value, other[key], batches, path) for key, value in one.items()}
    if isinstance(one, tuple | list) and isinstance(other, tuple | list) and len(one) == len(other):
        merged = [_merged(a, b, batches, path) for a, b in zip(one, other, strict=True)]
        return merged if isinstance(one, list) else tuple(merged)
    if isinstance(one, slice) and isinstance(other, slice):
        ends = ((one.start, other.start), (one.stop, other.stop), (one.step, other.step))
        return slice(*(_merged(a, b, batches, path) for a, b in ends))
    if type(one) is int and type(other) is int and one != other:
        times, rest = divmod(one, batches[0])
        if rest or times * batches[1] != other:
            raise Untraceable(path, "a size depends on the batch in a way that cannot be written down")
        return OfBatch(times)
    if isinstance(one, torch.Tensor) or not _same(one, other):
        raise Untraceable(path, "a number depends on the batch size")
    return one


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and one != one:
        return bool(other != other)
    return type(one) is type(other) and (one is other or bool(one == other))
