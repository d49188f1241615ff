"""With a size left open, every rule answers what it answers in numbers, or says that it needs a number."""

from __future__ import annotations

import pytest

from designer.blocks.catalog import catalog
from designer.blocks.dims import BATCH, Dim, Expr, Tensor
from designer.errors import ShapeError

# A number is needed; what must be equal or divide cannot be told.
REFUSALS = {"needs_fixed", "merge", "reshape"}


@pytest.mark.parametrize(
    "kind", [k for k, block in catalog().items() if block.inputs and block.examples and not block.measured]
)
def test_open_sizes_give_what_numbers_give(kind: str) -> None:
    block = catalog()[kind]
    for values, inputs in block.examples:
        params = block.bind(block.check(values))
        concrete = tuple(Tensor(tuple(dims), block.in_dtype) for dims in inputs)
        try:
            wanted = block.shape(params, concrete)
        except ShapeError:  # an example with another kind of numbers
            continue
        for axis in range(1, max(x.rank for x in concrete)):
            sizes: dict[str, int] = {}
            opened = tuple(Tensor(_opened(x.dims, axis, sizes), x.dtype) for x in concrete)
            try:
                given = block.shape(params, opened)
            except ShapeError as error:
                assert error.code in REFUSALS, f"{opened}: {error}"
                continue
            assert [t.at(sizes).dims[1:] for t in given] == [t.dims[1:] for t in wanted], opened
            if block.cost is not None:
                known, counted = block.cost(params, concrete, wanted), block.cost(params, opened, given)
                assert counted.params == known.params


def _opened(dims: tuple[Dim, ...], axis: int, sizes: dict[str, int]) -> tuple[Dim, ...]:
    """One dimension is left open, under a name for each size; the batch always is."""
    found: list[Dim] = [BATCH, *dims[1:]]
    if axis < len(dims) and isinstance(size := dims[axis], int):
        sizes[f"S{size}"] = size
        found[axis] = Expr.symbol(f"S{size}")
    return tuple(found)
