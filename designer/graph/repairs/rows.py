"""Long rows of layers: shortcuts, normalisations, other activations."""

from __future__ import annotations

from collections.abc import Iterator

from designer.graph.document import Document
from designer.graph.edits import AddBlock, Batch, Connect, Disconnect, Edit, SetParams
from designer.graph.fixes import Fix, fixes
from designer.graph.kinds import CONVS, LEARNED, NORMS, SATURATING
from designer.graph.mending import exchange_all, insert, node_of
from designer.graph.model import Wire
from designer.graph.problem import Problem

__all__: list[str] = []


def _row(document: Document, name: str) -> list[str]:
    """The blocks up to one, from the last place where branches meet."""
    found = [name]
    while len(wires := document.network.inputs_of(found[-1])) == 1:
        found.append(wires[0].src)
    return found[::-1]


@fixes("no_skips")
def add_skips(document: Document, problem: Problem) -> Iterator[Fix]:
    """An Add round every pair of convolutions that keeps the shape."""
    row = _row(document, node_of(document, problem).name)
    ends: dict[str, str] = {}  # of a block, the Add that now stands behind it
    edits: list[Edit] = []
    waiting = ""
    for name in [n for n in row if document.network[n].type in CONVS]:
        if not waiting:
            waiting = name
            continue
        if _keeps_shape(document, waiting, name):
            edits += _skip(document, waiting, name, ends)
            waiting = ""
        else:
            waiting = name
    if edits:
        count = len(ends)
        yield Fix(f"Add {count} skip connection{'s' * (count != 1)}", Batch("Add skip connections", tuple(edits)))


def _keeps_shape(document: Document, first: str, last: str) -> bool:
    """Whether what goes into the first convolution looks like what comes out of the last."""
    made = document.shapes[last].outputs[0]
    return made is not None and document.shapes[first].inputs.get(0) == made


def _skip(document: Document, first: str, last: str, ends: dict[str, str]) -> list[Edit]:
    """An Add behind the last convolution, and its normalisation, that also reads what goes into the first."""
    network = document.network
    end = last
    below = list(network.successors(end))
    if len(below) == 1 and network[below[0]].type in NORMS:
        end = below[0]
    start = network.inputs_of(first)[0]
    new = document.fresh_name("add", ends.values(), network.group_around(start.src, end))
    node, readers = network[end], network.outputs_of(end)
    ends[end] = new
    edits: list[Edit] = [Disconnect(w) for w in readers]
    edits.append(AddBlock(new, "add", {}, node.x, node.y + 62))
    edits += [Connect(Wire(end, 0, new, 0)), Connect(Wire(ends.get(start.src, start.src), start.out, new, 1))]
    edits += [Connect(Wire(new, 0, w.dst, w.slot)) for w in readers]
    return edits


@fixes("no_normalisation")
def add_norms(document: Document, problem: Problem) -> Iterator[Fix]:
    """A normalisation behind every convolution of the row; behind the fully connected layers where there are none."""
    network = document.network
    row = [n for n in _row(document, node_of(document, problem).name) if network[n].type in LEARNED]
    convs = [n for n in row if network[n].type != "linear"]
    edits: list[Edit] = []
    names: list[str] = []
    for name in convs or row:
        tensor, readers = document.shapes[name].outputs[0], network.outputs_of(name)
        if tensor is None or len(readers) != 1 or network[readers[0].dst].block.role == "output":
            continue
        kind = f"batch_norm{max(1, tensor.rank - 2)}d"
        new = document.fresh_name(kind, names, network.group_around(name))
        names.append(new)
        node = network[name]
        edits += [Disconnect(readers[0]), AddBlock(new, kind, {}, node.x, node.y + 62)]
        edits += [Connect(Wire(name, 0, new, 0)), Connect(Wire(new, 0, readers[0].dst, readers[0].slot))]
        if node.params.get("bias") is True:
            edits.append(SetParams(name, {"bias": False}))
    if edits:
        yield Fix(f"Insert {len(names)} batch norms", Batch("Insert batch norms", tuple(edits)))


@fixes("saturating")
def relu_for_all(document: Document, problem: Problem) -> Iterator[Fix]:
    """ReLU in place of the whole row's Sigmoid and Tanh."""
    row = [n for n in _row(document, node_of(document, problem).name) if document.network[n].type in SATURATING]
    below = list(document.network.successors(row[-1]))
    while len(below) == 1:  # those further down in the row too
        if document.network[below[0]].type in SATURATING:
            row.append(below[0])
        below = list(document.network.successors(below[0]))
    edit = exchange_all(document, {name: ("relu", {}) for name in row})
    yield Fix(f"Exchange {len(row)} activations for ReLU", edit)


@fixes("saturating", rank=60)
def norm_before(document: Document, problem: Problem) -> Iterator[Fix]:
    """A normalisation keeps the numbers where the curve is steep."""
    name = node_of(document, problem).name
    wires = document.network.inputs_of(name)
    tensor = document.shapes[name].inputs.get(0)
    if wires and tensor is not None and tensor.rank in (2, 3, 4, 5):
        kind = f"batch_norm{max(1, tensor.rank - 2)}d"
        yield Fix("Insert a batch norm before it", insert(document, wires[0], (kind, {})))
