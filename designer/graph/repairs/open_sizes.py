"""Where a block needs a number and a size is left open: pool it away, or fix the Input."""

from __future__ import annotations

from collections.abc import Iterator

from designer.blocks.spec import Value
from designer.graph.document import Document
from designer.graph.edits import SetParams
from designer.graph.fixes import Fix, fixes
from designer.graph.mending import first, insert, node_of, source_past
from designer.graph.open_sizes import open_inputs
from designer.graph.problem import Problem

__all__: list[str] = []

_USUAL = {"H": 224, "W": 224, "L": 128, "D": 32, "C": 3}


@fixes("needs_fixed", rank=10)
def pool_before_flatten(document: Document, problem: Problem) -> Iterator[Fix]:
    """A row of features that depends on the size of the picture: one number a channel instead."""
    flatten = source_past(document, node_of(document, problem).name, {"dropout", "relu"})
    if flatten is None or flatten.type != "flatten":
        return
    wires = document.network.inputs_of(flatten.name)
    arriving = document.shapes[flatten.name].inputs.get(0)
    if wires and arriving is not None and arriving.rank > 2 and isinstance(arriving.dims[1], int):
        yield Fix(
            f"Insert global average pooling before {flatten.name}", insert(document, wires[0], ("global_avg_pool", {}))
        )


@fixes("needs_fixed", rank=20)
def pool_before(document: Document, problem: Problem) -> Iterator[Fix]:
    """Feature maps of open sides straight into a block that wants a row."""
    found = first(document, problem)
    if found is not None and found[1].rank > 2 and isinstance(found[1].dims[1], int):
        yield Fix("Insert global average pooling", insert(document, found[0], ("global_avg_pool", {})))


@fixes("needs_fixed", rank=60)
def fix_the_input(document: Document, problem: Problem) -> Iterator[Fix]:
    """A fixed size for an Input above: that of the data where it is known."""
    above = document.network.upstream([node_of(document, problem).name])
    for name, size in open_inputs(document.network).items():
        if name in above:
            known = document.context.size
            own = known if known is not None and len(known) == len(size) else None
            new = tuple(_number(side, own[i] if own else None) for i, side in enumerate(size))
            yield Fix(f"Set the size of {name} to {'×'.join(map(str, new))}", SetParams(name, {"size": new}))


def _number(side: Value, own: int | None) -> int:
    """A number for a side: itself, that of the data, or a usual one."""
    return int(side) if isinstance(side, int) else own or _USUAL.get(str(side), 64)
