"""One-click repairs: one function a kind of problem, each giving edits that really solve it.

A fix is offered only after it was tried on a copy of the network and the problem was gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from designer.blocks.dims import Tensor
from designer.blocks.spec import Value
from designer.errors import EditRefused
from designer.graph.check import Problem, check_block, check_network
from designer.graph.document import Document
from designer.graph.edits import AddBlock, Batch, Connect, Disconnect, Edit, Move, SetParams, apply
from designer.graph.infer import Shapes
from designer.graph.model import Node, Wire

__all__ = ["Fix", "fixes_for"]


@dataclass(frozen=True)
class Fix:
    """A button: what it says, and the edit it does."""

    title: str
    edit: Edit


Maker = Callable[[Document, Problem], Iterator[Fix]]
_MAKERS: dict[str, list[Maker]] = {}


def _fixes(*codes: str) -> Callable[[Maker], Maker]:
    def note(maker: Maker) -> Maker:
        for code in codes:
            _MAKERS.setdefault(code, []).append(maker)
        return maker

    return note


def fixes_for(document: Document, problem: Problem) -> list[Fix]:
    """The repairs that solve a problem, best first."""
    makers = _MAKERS.get(problem.code, [])
    return [fix for make in makers for fix in make(document, problem) if _solves(document, problem, fix.edit)]


def _solves(document: Document, problem: Problem, edit: Edit) -> bool:
    trial = document.network.copy()
    try:
        apply(trial, edit)
    except EditRefused:
        return False
    shapes = Shapes(trial)
    if problem.block is None:
        return all(p.code != problem.code for p in check_network(trial, shapes))
    if problem.block not in trial:
        return True
    found = [*check_block(trial, problem.block, shapes[problem.block]), *check_network(trial, shapes)]
    if any(p.block == problem.block and p.code == problem.code for p in found):
        return False
    return problem.severity == "warning" or shapes[problem.block].error is None


def _node(document: Document, problem: Problem) -> Node:
    assert problem.block is not None
    return document.network[problem.block]


def _first(document: Document, problem: Problem) -> tuple[Wire, Tensor] | None:
    """The first wire into the block with what it brings."""
    for wire in document.network.inputs_of(problem.block or ""):
        tensor = document.shapes[wire.src].outputs[wire.out]
        if tensor is not None:
            return wire, tensor
    return None


_STEP, _COLUMN = 124.0, 240.0  # a card and the gap below it; what lies closer than this is the same column


def _insert(document: Document, wire: Wire, *blocks: tuple[str, dict[str, Value]]) -> Edit:
    """Put a chain of new blocks into a wire, right above its end, which makes room with all that stands below it."""
    nodes = document.network.nodes
    src, dst = nodes[wire.src], nodes[wire.dst]
    above = src.y < dst.y and abs(src.x - dst.x) < _COLUMN
    need = max(0.0, len(blocks) * _STEP - (dst.y - src.y - _STEP if above else 0.0))
    edits: list[Edit] = [Disconnect(wire)]
    if need:
        below = [n for n in nodes.values() if n.y >= dst.y and abs(n.x - dst.x) < _COLUMN and n.name != src.name]
        edits.append(Move({n.name: (n.x, n.y + need) for n in below}))
    names: set[str] = set()
    last, out = wire.src, wire.out
    for i, (kind, params) in enumerate(blocks):
        name = document.fresh_name(kind, names, document.network.group_around(wire.src, wire.dst))
        names.add(name)
        edits.append(AddBlock(name, kind, params, dst.x, dst.y + need - (len(blocks) - i) * _STEP))
        edits.append(Connect(Wire(last, out, name, 0)))
        last, out = name, 0
    edits.append(Connect(Wire(last, out, wire.dst, wire.slot)))
    return Batch(f"Insert {', '.join(sorted(names))}", tuple(edits))


@_fixes("needs_flatten", "linear_on_images", "rank")
def insert_flatten(document: Document, problem: Problem) -> Iterator[Fix]:
    """Feature maps to a row of features."""
    first = _first(document, problem)
    if first and first[1].rank > 2:
        yield Fix("Insert Flatten", _insert(document, first[0], ("flatten", {})))


@_fixes("needs_flatten", "linear_on_images", "rank")
def insert_global_pooling(document: Document, problem: Problem) -> Iterator[Fix]:
    """Feature maps to one number a channel."""
    first = _first(document, problem)
    if first and first[1].rank > 2:
        yield Fix("Insert global average pooling", _insert(document, first[0], ("global_avg_pool", {})))


@_fixes("needs_flatten")
def flatten_into_linear(document: Document, problem: Problem) -> Iterator[Fix]:
    """Feature maps straight into an output: a Flatten and a fully connected block of the right width."""
    node, first = _node(document, problem), _first(document, problem)
    width = _width(node)
    if first and width and first[1].rank > 2:
        chain: tuple[tuple[str, dict[str, Value]], ...] = (("flatten", {}), ("linear", {"out_features": width}))
        yield Fix(
            f"Insert Flatten and a fully connected block with {width} outputs", _insert(document, first[0], *chain)
        )


def _width(node: Node) -> int | None:
    value = node.params.get("classes", node.params.get("values"))
    return value if isinstance(value, int) else None


@_fixes("classes", "values")
def set_out_features(document: Document, problem: Problem) -> Iterator[Fix]:
    """Make the last layer as wide as the number of classes."""
    node, first = _node(document, problem), _first(document, problem)
    width = _width(node)
    if first is None or width is None:
        return
    source = document.network[first[0].src]
    while source.type not in ("linear",) and document.network.inputs_of(source.name):
        if source.type not in _KEEP_WIDTH:
            break
        source = document.network[document.network.inputs_of(source.name)[0].src]
    if source.type == "linear":
        yield Fix(f"Set the outputs of {source.name} to {width}", SetParams(source.name, {"out_features": width}))
    else:
        yield Fix(
            f"Insert a fully connected block with {width} outputs",
            _insert(document, first[0], ("linear", {"out_features": width})),
        )


_KEEP_WIDTH = frozenset(
    {"relu", "leaky_relu", "gelu", "silu", "elu", "sigmoid", "tanh", "softmax", "log_softmax", "dropout", "identity"}
)


@_fixes("classes", "values")
def set_classes(document: Document, problem: Problem) -> Iterator[Fix]:
    """Make the output as wide as what arrives."""
    node, first = _node(document, problem), _first(document, problem)
    if first is None or first[1].rank != 2 or not isinstance(first[1].dims[1], int):
        return
    width = first[1].dims[1]
    name = "classes" if "classes" in node.params else "values"
    labels = node.params.get("labels")
    changes: dict[str, Value] = {name: width}
    if isinstance(labels, tuple) and labels and len(labels) != width:
        changes["labels"] = ()
    yield Fix(f"Set the number of {name} to {width}", SetParams(node.name, changes))


@_fixes("merge")
def project(document: Document, problem: Problem) -> Iterator[Fix]:
    """A 1×1 convolution brings one side of an addition to the other's channels (He et al. 2015, option B)."""
    node = _node(document, problem)
    arriving = [(w, document.shapes[w.src].outputs[w.out]) for w in document.network.inputs_of(node.name)]
    known = [(w, t) for w, t in arriving if t is not None]
    if len(known) < 2 or any(t.rank != 4 for _, t in known):
        return
    # The longest way through is the main branch; the others are projected to it.
    depth = document.network.positions()
    known.sort(key=lambda pair: -depth[pair[0].src])
    for wire, tensor in known[1:]:
        chain = _projection(tensor, known[0][1])
        if chain:
            yield Fix(f"Project 1×1 after {wire.src}", _insert(document, wire, chain))
    wire, tensor = known[0]
    chain = _projection(tensor, known[1][1])
    if chain:
        yield Fix(f"Project 1×1 after {wire.src}", _insert(document, wire, chain))


def _projection(tensor: Tensor, target: Tensor) -> tuple[str, dict[str, Value]] | None:
    channels, strides = target.dims[1], []
    for have, want in zip(tensor.dims[2:], target.dims[2:], strict=True):
        if have == want:
            strides.append(1)
            continue
        if not (isinstance(have, int) and isinstance(want, int) and 0 < want < have):
            return None
        fitting = [s for s in range(2, have + 1) if (have - 1) // s + 1 == want]
        if not fitting:
            return None
        strides.append(fitting[0])
    if not isinstance(channels, int):
        return None
    stride: Value = strides[0] if len(set(strides)) == 1 else tuple(strides)
    return "conv2d", {"out_channels": channels, "kernel_size": 1, "stride": stride, "padding": 0}


@_fixes("window")
def shrink_kernel(document: Document, problem: Problem) -> Iterator[Fix]:
    """Make the window as small as what arrives."""
    node, first = _node(document, problem), _first(document, problem)
    if first is None or "kernel_size" not in node.params:
        return
    sides = first[1].dims[2:]
    kernel = node.params["kernel_size"]
    sizes = (kernel,) * len(sides) if isinstance(kernel, int) else kernel
    if not isinstance(sizes, tuple):
        return
    pairs = [(k, s) for k, s in zip(sizes, sides, strict=True) if isinstance(k, int) and isinstance(s, int)]
    if len(pairs) != len(sides):
        return
    fitting = tuple(min(k, s) for k, s in pairs)
    value: Value = fitting[0] if len(set(fitting)) == 1 else fitting
    words = "×".join(map(str, fitting)) if isinstance(value, tuple) else str(value)
    yield Fix(f"Set the kernel size of {node.name} to {words}", SetParams(node.name, {"kernel_size": value}))


@_fixes("window")
def add_padding(document: Document, problem: Problem) -> Iterator[Fix]:
    """Add as much padding as the window needs."""
    node = _node(document, problem)
    kernel, padding = node.params.get("kernel_size"), node.params.get("padding")
    if padding is None or kernel is None:
        return
    sizes = (kernel,) if isinstance(kernel, int) else kernel
    if not isinstance(sizes, tuple):
        return
    halves = tuple(int(k) // 2 for k in sizes)
    value: Value = halves[0] if len(set(halves)) == 1 else halves
    words = str(value) if isinstance(value, int) else "×".join(map(str, halves))
    yield Fix(f"Set the padding of {node.name} to {words}", SetParams(node.name, {"padding": value}))


@_fixes("window")
def drop_block(document: Document, problem: Problem) -> Iterator[Fix]:
    """Leave a pooling out where nothing is left to pool."""
    node, first = _node(document, problem), _first(document, problem)
    if first is None or "pool" not in node.type:
        return
    readers = document.network.outputs_of(node.name)
    edits: list[Edit] = [*document.removal([node.name]).edits]
    edits += [Connect(Wire(first[0].src, first[0].out, w.dst, w.slot)) for w in readers]
    yield Fix(f"Remove {node.name}", Batch(f"Remove {node.name}", tuple(edits)))


@_fixes("same_stride")
def number_padding(document: Document, problem: Problem) -> Iterator[Fix]:
    """The padding that 'same' stands for, as a number, so that a stride may be set."""
    node = _node(document, problem)
    yield from (Fix(f.title, f.edit) for f in add_padding(document, problem))
    yield Fix(f"Set the stride of {node.name} to 1", SetParams(node.name, {"stride": 1}))


@_fixes("dtype")
def set_input_dtype(document: Document, problem: Problem) -> Iterator[Fix]:
    """Give the Input the kind of number that the block takes."""
    first = _first(document, problem)
    if first and document.network[first[0].src].type == "input":
        want = "int64" if first[1].dtype == "float32" else "float32"
        name = first[0].src
        yield Fix(f"Set the data type of {name} to {want}", SetParams(name, {"dtype": want}))


@_fixes("softmax_before_loss")
def remove_softmax(document: Document, problem: Problem) -> Iterator[Fix]:
    """Let the loss see the logits."""
    first = _first(document, problem)
    if first is None:
        return
    gone = first[0].src
    above = document.network.inputs_of(gone)
    if not above or len(document.network.outputs_of(gone)) != 1:
        return
    edits: list[Edit] = [
        *document.removal([gone]).edits,
        Connect(Wire(above[0].src, above[0].out, first[0].dst, first[0].slot)),
    ]
    yield Fix(f"Remove {gone}", Batch(f"Remove {gone}", tuple(edits)))


@_fixes("no_output")
def add_output(document: Document, problem: Problem) -> Iterator[Fix]:
    """End the one loose end in a classification output."""
    network = document.network
    ends = [n for n in network.names() if network[n].block.outputs and not network.outputs_of(n)]
    if len(ends) != 1:
        return
    shape = document.shapes[ends[0]].outputs[0]
    width = shape.dims[1] if shape is not None and shape.rank == 2 else None
    params: dict[str, Value] = {"classes": width} if isinstance(width, int) else {}
    end = network[ends[0]]
    new = document.new_block("classification_output", end.x, end.y + 120, params)
    yield Fix("Add a Classification output", Batch("Add output", (new, Connect(Wire(end.name, 0, new.name, 0)))))


@_fixes("no_input")
def add_input(document: Document, problem: Problem) -> Iterator[Fix]:
    """Start the one block without a source in an Input."""
    network = document.network
    starts = [n for n in network.names() if network[n].block.inputs and not network.inputs_of(n)]
    if len(starts) != 1:
        return
    start = network[starts[0]]
    new = document.new_block("input", start.x, start.y - 120)
    yield Fix("Add an Input", Batch("Add input", (new, Connect(Wire(new.name, 0, start.name, 0)))))


@_fixes("unused")
def delete_unused(document: Document, problem: Problem) -> Iterator[Fix]:
    """Take away what nothing uses."""
    if problem.block:
        yield Fix(f"Delete {problem.block}", document.removal([problem.block]))
