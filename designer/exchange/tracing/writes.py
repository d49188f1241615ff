"""What is written in place into a part of a tensor, put back into the whole by calls that change nothing in place."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import torch

from designer.exchange.tracing.steps import Step, Untraceable, Use

__all__ = ["SCATTERS"]

# The calls that put a part back, each with the size of its result; what it is known by is sent in.
Scattered = Generator[tuple[str, Any, tuple[Any, ...], tuple[int, ...]], Use, None]


def _scatter_item(whole: Use, new: Use, view: Step, size: tuple[int, ...]) -> Scattered:
    key = view.args[1]
    keys = list(key) if isinstance(key, tuple) else [key]
    if any(not isinstance(k, int | slice | type(...)) for k in keys):
        raise Untraceable(view.path, "it writes to places that another tensor chooses")
    if ... in keys:
        at = keys.index(...)
        keys[at : at + 1] = [slice(None)] * (len(size) - len(keys) + 1)
    cuts = [(dim, key) for dim, key in enumerate(keys) if key != slice(None)]
    if not cuts:
        yield "reshape", torch.Tensor.reshape, (new, size), size
        return
    # From the outside in: the parts that are read. From the inside out: the parts that are written.
    parts, sizes = [whole], [size]
    chosen: list[tuple[int, int | slice]] = []
    for dim, key in cuts[:-1]:
        dim -= sum(isinstance(k, int) for _, k in cuts[: len(parts) - 1])
        chosen.append((dim, key))
        sizes.append(_cut(sizes[-1], dim, key))
        index = (*(slice(None),) * dim, key)
        parts.append((yield "__getitem__", torch.Tensor.__getitem__, (parts[-1], index), sizes[-1]))
    dim, key = cuts[-1]
    chosen.append((dim - sum(isinstance(k, int) for _, k in cuts[:-1]), key))
    for part, sides, (dim, key) in zip(reversed(parts), reversed(sizes), reversed(chosen), strict=True):
        if isinstance(key, int):
            new = yield "select_scatter", torch.select_scatter, (part, new, dim, key), sides
        else:
            told = key.indices(sides[dim])
            new = yield "slice_scatter", torch.slice_scatter, (part, new, dim, *told), sides


def _cut(size: tuple[int, ...], dim: int, key: int | slice) -> tuple[int, ...]:
    left = () if isinstance(key, int) else (len(range(*key.indices(size[dim]))),)
    return (*size[:dim], *left, *size[dim + 1 :])


def _scatter_back(whole: Use, new: Use, view: Step, size: tuple[int, ...]) -> Scattered:
    yield "reshape", torch.Tensor.reshape, (new, size), size


SCATTERS: dict[str, Callable[[Use, Use, Step, tuple[int, ...]], Scattered]] = {
    "__getitem__": _scatter_item,
    "view": _scatter_back,
    "reshape": _scatter_back,
    "flatten": _scatter_back,
    "squeeze": _scatter_back,
    "unsqueeze": _scatter_back,
}
