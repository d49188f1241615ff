"""Tensors taken apart into another number of parts, and layers called with inputs that need two."""

from __future__ import annotations

from collections.abc import Iterator

from designer.errors import EditRefused
from designer.graph.document import Document
from designer.graph.edits import SetParams
from designer.graph.fixes import Fix, fixes
from designer.graph.infer import UNLIKE_CALL
from designer.graph.mending import first, node_of
from designer.graph.problem import Problem
from designer.graph.sharing import apart

__all__: list[str] = []


@fixes(UNLIKE_CALL)
def own_layer(document: Document, problem: Problem) -> Iterator[Fix]:
    """Give the block a layer that fits what arrives."""
    node = node_of(document, problem)
    try:
        yield Fix(f"Give {node.name} a layer of its own", apart(document.network, (node.name,)))
    except EditRefused:
        return


@fixes("parts")
def as_many_parts(document: Document, problem: Problem) -> Iterator[Fix]:
    """Take the tensor apart into what it has."""
    node, found = node_of(document, problem), first(document, problem)
    if found is None:
        return
    total = found[1].dims[int(str(node.params["dim"]))]
    if not isinstance(total, int):
        return
    if node.type == "unbind":
        yield Fix(f"Give {node.name} {total} outputs", SetParams(node.name, {"count": total}))
    elif node.type == "chunk":
        chunks = int(str(node.params["chunks"]))
        made = -(-total // -(-total // chunks))
        yield Fix(f"Set the parts of {node.name} to {made}", SetParams(node.name, {"chunks": made}))
    elif node.type == "split":
        sizes = node.params["split_size"]
        count = len(sizes) if isinstance(sizes, tuple) else 0
        if 0 < count <= total:
            even = tuple(total // count + (i < total % count) for i in range(count))
            told = " + ".join(map(str, even))
            yield Fix(f"Set the sizes of {node.name} to {told}", SetParams(node.name, {"split_size": even}))
