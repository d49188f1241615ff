"""Edits that repairs are made of: put in, take out, exchange."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from designer.blocks.catalog import catalog
from designer.blocks.dims import Tensor
from designer.blocks.spec import Value
from designer.graph.document import Document
from designer.graph.edits import AddBlock, Batch, Connect, Disconnect, Edit, Move, SetParams
from designer.graph.kinds import ACTIVATIONS, BATCH_NORMS, DROPOUTS, THROUGH
from designer.graph.model import Node, Wire
from designer.graph.problem import Problem

__all__ = [
    "Piece",
    "arriving",
    "bypass",
    "exchange",
    "exchange_all",
    "first",
    "insert",
    "node_of",
    "source_past",
    "widen",
    "width_param",
]

Piece = tuple[str, Mapping[str, Value]]  # the type and the parameters of a new block
_CARD = 68.0  # the height of a card
_STEP, _COLUMN = 124.0, 240.0  # a card and the gap below it; what lies closer than this is the same column
_KEEP_WIDTH = ACTIVATIONS | BATCH_NORMS | DROPOUTS | THROUGH | {"softmax", "log_softmax", "softmin", "layer_norm"}


def node_of(document: Document, problem: Problem) -> Node:
    """The block that a problem is about."""
    assert problem.block is not None
    return document.network[problem.block]


def arriving(document: Document, name: str) -> list[tuple[Wire, Tensor]]:
    """The wires into a block whose shapes are known, with what they bring."""
    wires = document.network.inputs_of(name)
    return [(w, t) for w in wires if (t := document.shapes[w.src].outputs[w.out]) is not None]


def first(document: Document, problem: Problem) -> tuple[Wire, Tensor] | None:
    """The first wire into the block with what it brings."""
    return next(iter(arriving(document, problem.block)), None) if problem.block else None


def source_past(document: Document, name: str, types: Iterable[str]) -> Node | None:
    """The block that a block reads from, past blocks of these types."""
    past, wires = frozenset(types), document.network.inputs_of(name)
    while wires:
        node = document.network[wires[0].src]
        if node.type not in past:
            return node
        wires = document.network.inputs_of(node.name)
    return None


def insert(document: Document, wire: Wire, *blocks: Piece, taken: Iterable[str] = ()) -> Batch:
    """Put a chain of new blocks into a wire, right above its end, which makes room with all that stands below it."""
    nodes = document.network.nodes
    src, dst = nodes[wire.src], nodes[wire.dst]
    above = src.y < dst.y and abs(src.x - dst.x) < _COLUMN
    need = max(0.0, len(blocks) * _STEP - (dst.y - src.y - _STEP if above else 0.0))
    edits: list[Edit] = [Disconnect(wire)]
    if need:
        below = [n for n in nodes.values() if n.y >= dst.y and abs(n.x - dst.x) < _COLUMN and n.name != src.name]
        edits.append(Move({n.name: (n.x, n.y + need) for n in below}))
    names = list(taken)
    last, out = wire.src, wire.out
    scope = document.network.group_around(wire.src, wire.dst)
    top = dst.y + need - len(blocks) * _STEP
    x = _free_column(document, dst.x, top, dst.y + need, {n.name for n in nodes.values() if need and n.y >= dst.y})
    for i, (kind, params) in enumerate(blocks):
        name = document.fresh_name(kind, names, scope)
        names.append(name)
        edits.append(AddBlock(name, kind, params, x, top + i * _STEP))
        edits.append(Connect(Wire(last, out, name, 0)))
        last, out = name, 0
    edits.append(Connect(Wire(last, out, wire.dst, wire.slot)))
    return Batch(f"Insert {', '.join(names[len(list(taken)) :])}", tuple(edits))


def _free_column(document: Document, x: float, top: float, bottom: float, moved: Collection[str]) -> float:
    """The nearest place to the right where nothing stands between two heights: a skip runs beside its branch."""
    beside = [n for n in document.network.nodes.values() if top - _STEP < n.y < bottom - _STEP / 2]
    beside = [n for n in beside if n.name not in moved and n.y + _CARD > top]
    while any(abs(n.x - x) < _COLUMN for n in beside):
        x += _COLUMN
    return x


def bypass(document: Document, name: str) -> Batch | None:
    """Take a block out and draw its first input to where it led; None where it has no input."""
    network = document.network
    wires = network.inputs_of(name)
    if not wires:
        return None
    edits: list[Edit] = [*document.removal([name]).edits]
    edits += [Connect(Wire(wires[0].src, wires[0].out, w.dst, w.slot)) for w in network.outputs_of(name)]
    return Batch(f"Remove {name}", tuple(edits))


def exchange(document: Document, name: str, kind: str, params: Mapping[str, Value], taken: Iterable[str] = ()) -> Batch:
    """Put a block of another type in the place of one, with its wires, under a name of its own."""
    network, node = document.network, document.network[name]
    scope = name.rpartition(".")[0]
    new = AddBlock(document.fresh_name(kind, taken, scope), kind, catalog()[kind].check(params), node.x, node.y)
    edits: list[Edit] = [*document.removal([name]).edits, new]
    edits += [Connect(Wire(w.src, w.out, new.name, w.slot)) for w in network.inputs_of(name)]
    if catalog()[kind].outputs:
        edits += [Connect(Wire(new.name, w.out, w.dst, w.slot)) for w in network.outputs_of(name)]
    return Batch(f"Exchange {name} for {new.name}", tuple(edits))


def exchange_all(document: Document, blocks: Mapping[str, Piece]) -> Batch:
    """The same for several blocks, none of which reads another one of them."""
    taken: list[str] = []
    edits: list[Batch] = []
    for name, (kind, params) in blocks.items():
        edits.append(exchange(document, name, kind, params, taken))
        taken += [part.name for part in edits[-1].edits if isinstance(part, AddBlock)]
    return Batch(f"Exchange {len(edits)} blocks", tuple(edits))


def width_param(node: Node) -> str | None:
    """The parameter of an output that says how many numbers it takes."""
    return next((key for key in ("classes", "values") if isinstance(node.params.get(key), int)), None)


def widen(document: Document, output: str, width: int) -> SetParams | None:
    """The edit that makes the last fully connected block before an output so wide; None where there is none."""
    node = source_past(document, output, _KEEP_WIDTH)
    if node is None or node.type != "linear":
        return None
    return SetParams(node.name, {"out_features": width})
