"""The first part of a model: everything up to a block, with a new head for the output that it had."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from designer.errors import EditRefused
from designer.graph.edits import AddBlock, Batch, Connect, Disconnect, Edit, Move, Put
from designer.graph.model import Network, Node, Wire
from designer.graph.surgery.widths import Change
from designer.graph.words import plural

if TYPE_CHECKING:
    from designer.graph.document import Document

__all__ = ["keep_up_to", "upstream_of"]

_STEP = 120.0


def upstream_of(network: Network, name: str) -> set[str]:
    """A block and all that feeds it; of a group, what it needs to give what it gives."""
    return network.upstream(network.blocks_of([name]))


def keep_up_to(document: Document, name: str, head: bool = True) -> Change:
    """The edit that takes away what a block does not need.

    With ``head``, a network that classifies goes on classifying: the block is pooled where it has places, and a Linear
    leads to the Output that was there. Raises EditRefused with a sentence.
    """
    network = document.network
    kept = upstream_of(network, name)
    gone = [other for other in network.nodes if other not in kept]
    last = _end(network, name)
    if network[last].block.role == "output":
        raise EditRefused(f"{last} ends the network. Choose a block before it.")
    if not gone:
        raise EditRefused(f"Nothing comes after {name}, so there is nothing to take away.")
    output = _output(document, last) if head else None
    if output is not None:
        gone.remove(output.name)
    edits: list[Edit] = [*_unlinked(network, set(gone)), *document.removal(gone).edits]
    left = len(network) - len(gone)
    told = f"{plural(len(gone), 'block')} after {name} {'goes' if len(gone) == 1 else 'go'}, {left} stay"
    if output is not None:
        edits += [Disconnect(wire) for wire in network.inputs_of(output.name) if wire.src in kept]
        made = _head(document, last, output)
        edits += made
        layers = [edit.name for edit in made if isinstance(edit, AddBlock) and edit.type == "linear"]
        told += f"; {layers[0]} is new and leads to {output.name}"
    return Change(Batch(f"Keep up to {name}", tuple(edits)), False, f"{told}.")


def _unlinked(network: Network, gone: set[str]) -> list[Edit]:
    """A linked group that loses some of its blocks is one of its own from here on; the other instances stay whole."""
    found: list[Edit] = []
    for path, group in network.groups.items():
        inside = network.inside(path) if group.link else []
        if 0 < sum(name in gone for name in inside) < len(inside):
            found.append(Put("group", path, replace(group, link="")))
    return found


def _end(network: Network, name: str) -> str:
    """The block itself; of a group, the one whose result leaves it last."""
    if name in network:
        return name
    blocks = network.blocks_of([name])
    leaving = [b for b in blocks if any(w.dst not in blocks for w in network.outputs_of(b))] or blocks
    return max(leaving, key=lambda b: network.positions()[b])


def _output(document: Document, last: str) -> Node | None:
    """The output that a new head is for: one that classifies or regresses, of one row a sample."""
    tensor = document.shapes[last].outputs[0] if document.shapes[last].outputs else None
    if tensor is None or tensor.rank not in (2, 3, 4, 5) or tensor.dtype != "float32":
        return None
    if not isinstance(tensor.dims[1] if tensor.rank != 3 else tensor.dims[2], int):
        return None
    kinds = ("classification_output", "multilabel_output", "regression_output")
    found = [n for n in document.network.nodes.values() if n.type in kinds]
    found.sort(key=lambda n: (-float(n.params.get("weight") or 0), document.network.positions()[n.name]))  # type: ignore[arg-type]
    return next((n for n in found if _width(document, n)), None)


def _width(document: Document, output: Node) -> int | None:
    """How many numbers an output takes for a sample."""
    arriving = document.shapes[output.name].inputs.get(0)
    size = arriving.dims[-1] if arriving is not None and arriving.rank == 2 else None
    return size if isinstance(size, int) else None


def _head(document: Document, last: str, output: Node) -> list[Edit]:
    """A pooling where there are places, a Linear, and the wire to the output, which moves below them."""
    network, shapes = document.network, document.shapes
    tensor, width = shapes[last].outputs[0], _width(document, output)
    assert tensor is not None and width is not None
    x, y = network[last].x, network[last].y
    pooled: dict[int, tuple[str, dict[str, object]]] = {
        3: ("mean", {"dim": (1,), "keepdim": False}),
        4: ("global_avg_pool", {}),
        5: ("mean", {"dim": (2, 3, 4), "keepdim": False}),
    }
    chain = [pooled[tensor.rank]] if tensor.rank in pooled else []
    chain.append(("linear", {"out_features": width}))
    edits: list[Edit] = []
    here, taken = last, set[str]()
    for kind, params in chain:
        stem = "head" if kind == "linear" else "pool"
        name = document.free_name(stem, taken)
        taken.add(name)
        y += _STEP
        edits.append(AddBlock(name, kind, params, x, y))  # type: ignore[arg-type]
        edits.append(Connect(Wire(here, 0, name, 0)))
        here = name
    edits.append(Move({output.name: (x, y + _STEP)}))
    edits.append(Connect(Wire(here, 0, output.name, 0)))
    return edits
