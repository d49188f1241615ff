"""Make the network fit the data, and the loss fit the task."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod

from designer.blocks.spec import Value
from designer.graph.checks.whole_numbers import TABLES, largest
from designer.graph.context import fits_input, offers
from designer.graph.document import Document
from designer.graph.edits import AddBlock, Batch, Connect, Disconnect, Edit, Move, RemoveBlock, SetParams
from designer.graph.fixes import Fix, fixes
from designer.graph.kinds import THROUGH
from designer.graph.mending import Piece, bypass, exchange, first, node_of, source_past, widen
from designer.graph.model import Node, Wire
from designer.graph.problem import Case, Problem

__all__: list[str] = []


def _classes(document: Document, node: Node, classes: int, labels: tuple[str, ...] = ()) -> Edit:
    """Another number of classes, with the last layer of that width."""
    changes: dict[str, Value] = {"classes": classes}
    if labels or node.params.get("labels"):
        changes["labels"] = labels if len(labels) == classes else ()
    edits: list[Edit] = [SetParams(node.name, changes)]
    wider = widen(document, node.name, classes)
    if wider is not None:
        edits.insert(0, wider)
    return Batch(f"Set {classes} classes at {node.name}", tuple(edits))


@fixes("data_classes")
def classes_of_data(document: Document, problem: Problem) -> Iterator[Fix]:
    """As many classes as the data have, and the last layer as wide."""
    known = document.context
    if known.classes is not None and known.classes >= 2:
        edit = _classes(document, node_of(document, problem), known.classes, known.labels)
        yield Fix(f"Set the number of classes to {known.classes}", edit)


@fixes("unlike_outputs")
def like_the_others(document: Document, problem: Problem) -> Iterator[Fix]:
    """The same classes at both outputs: those of the other, or these there."""
    node, network = node_of(document, problem), document.network
    classes = node.params["classes"]
    others = [o for o in map(network.__getitem__, network.names()) if o.type == node.type and o.name != node.name]
    unlike = [o for o in others if o.params["classes"] != classes]
    for other in unlike[:1]:
        want = other.params["classes"]
        assert isinstance(want, int) and isinstance(classes, int)
        yield Fix(f"Set {node.name} to {want} classes", _classes(document, node, want))
        yield Fix(f"Set {other.name} to {classes} classes", _classes(document, other, classes))


@fixes("data_width")
def width_of_data(document: Document, problem: Problem) -> Iterator[Fix]:
    """As many labels or numbers as the data have, and the last layer as wide."""
    node, known = node_of(document, problem), document.context
    if known.width is None:
        return
    if node.type == "multilabel_output":
        yield Fix(f"Set the number of labels to {known.width}", _classes(document, node, known.width, known.labels))
        return
    edits: list[Edit] = [SetParams(node.name, {"values": known.width})]
    wider = widen(document, node.name, known.width)
    edits[:0] = [wider] if wider is not None else []
    yield Fix(f"Predict {known.width} numbers", Batch(f"Set {known.width} values at {node.name}", tuple(edits)))


_ENDS = {
    "values": ("regression_output", "values", "Exchange it for a Regression output"),
    "labels": ("multilabel_output", "classes", "Exchange it for a Multi-label output"),
}


@fixes("data_kind")
def end_as_the_data_ask(document: Document, problem: Problem) -> Iterator[Fix]:
    """The output for numbers or labels, as wide as they are many."""
    node, known = node_of(document, problem), document.context
    if known.kind not in _ENDS or known.width is None:
        return
    block, key, words = _ENDS[known.kind]
    wider = widen(document, node.name, known.width)
    edits: list[Edit] = [wider] if wider is not None else []
    edits += exchange(document, node.name, block, {key: known.width}).edits
    yield Fix(words, Batch(f"Exchange {node.name}", tuple(edits)))


def _kind(block: str) -> str:
    return next((kind for kind, (end, _, _) in _ENDS.items() if end == block), "")


@fixes("data_classes", "data_kind", "data_width", "data_sample", rank=70)
def read_otherwise(document: Document, problem: Problem) -> Iterator[Fix]:
    """The same data, read in another way: the drawing stays as it is."""
    node = node_of(document, problem)
    wanted = "classes" if node.type == "classification_output" else _kind(node.type)
    for way in document.context.ways:
        if way.sample is None and way.kind != wanted:
            continue  # an output takes it perhaps, and is not made for it
        yield Fix(way.title, Batch("", ()), way.changes, document.context.read_by(way))


@fixes("data_sample", rank=60)
def cut_otherwise(document: Document, problem: Problem) -> Iterator[Fix]:
    """Samples as long as the Input asks for."""
    size, known = node_of(document, problem).params["size"], document.context
    assert isinstance(size, tuple)
    if known.sample is None:
        return
    asked = tuple(side if isinstance(side, int) else None for side in size)
    whole = prod(side for side in asked if side is not None)
    for scale in known.scales:
        rest = prod(known.sample) // known.sample[scale.axis]
        for wanted in dict.fromkeys((*asked, whole // rest)):
            if wanted is None or not scale.lowest * scale.unit <= wanted <= scale.highest * scale.unit:
                continue
            sample = (*known.sample[: scale.axis], wanted, *known.sample[scale.axis + 1 :])
            value = wanted if scale.unit == 1 else wanted / scale.unit
            if fits_input(asked, sample) is not None:
                now = replace(known, sample=sample)
                yield Fix(scale.words.format(f"{value:g}"), Batch("", ()), ((scale.name, value),), now)


@fixes("data_sample")
def size_of_sample(document: Document, problem: Problem) -> Iterator[Fix]:
    """The Input as large as a sample: with as many sizes as it has, where that can be, else as the data are."""
    node, known = node_of(document, problem), document.context
    natural = known.sample or known.size
    if natural is None:
        return
    rank = len(node.params["size"]) if isinstance(node.params["size"], tuple) else 0
    ways = (*offers(natural, rank), natural) if known.sample is not None else ((prod(natural),), natural)
    for size in dict.fromkeys(ways):
        yield Fix(f"Set the size to {'×'.join(map(str, size))}", SetParams(node.name, {"size": size}))


@fixes("data_kind", "wrong_loss")
def classify_instead(document: Document, problem: Problem) -> Iterator[Fix]:
    """A Classification output, on the numbers before a softmax."""
    node, network = node_of(document, problem), document.network
    classes = document.context.classes or node.params.get("values")
    if not isinstance(classes, int) or classes < 2 or document.context.kind in _ENDS:
        return
    edits: list[Edit] = [*exchange(document, node.name, "classification_output", {"classes": classes}).edits]
    before = source_past(document, node.name, THROUGH)
    words = "Exchange it for a Classification output"
    if before is not None and before.type in ("softmax", "log_softmax"):
        above, readers = network.inputs_of(before.name), network.outputs_of(before.name)
        if len(above) != 1 or len(readers) != 1 or readers[0].dst != node.name:
            return
        edits = _without(document, before.name, edits)
        words = f"{words} and remove {before.name}"
    wider = widen(document, node.name, classes)
    if wider is not None:
        edits.insert(0, wider)
    yield Fix(words, Batch(f"Exchange {node.name}", tuple(edits)))


def _without(document: Document, name: str, edits: list[Edit]) -> list[Edit]:
    """The same edits, and a block in the middle taken out behind them."""
    above = document.network.inputs_of(name)[0]
    new = next(e for e in edits if isinstance(e, Connect) and e.wire.src == name)
    kept = [e for e in edits if e is not new]
    return [
        *kept,
        Disconnect(above),
        RemoveBlock(name),
        Connect(Wire(above.src, above.out, new.wire.dst, new.wire.slot)),
    ]


@fixes("data_kind", rank=60)
def classify_the_picture(document: Document, problem: Problem) -> Iterator[Fix]:
    """One answer for all pixels: the mean of each channel."""
    node, classes = node_of(document, problem), document.context.classes
    found = first(document, problem)
    if classes is None or found is None or found[1].rank != 4:
        return
    wire, tensor = found
    chain: list[Piece] = [("global_avg_pool", {})]
    if tensor.dims[1] != classes:
        chain.append(("linear", {"out_features": classes}))
    trial = exchange(document, node.name, "classification_output", {"classes": classes})
    new = next(part.name for part in trial.edits if isinstance(part, AddBlock))
    inner = [part for part in trial.edits if not (isinstance(part, Connect) and part.wire.dst == new)]
    names: list[str] = [new]
    last, out = wire.src, wire.out
    for step, (kind, params) in enumerate(chain):
        name = document.fresh_name(kind, names, document.network.group_around(wire.src, node.name))
        names.append(name)
        inner += [AddBlock(name, kind, params, node.x, node.y + 124.0 * step), Connect(Wire(last, out, name, 0))]
        last, out = name, 0
    inner += [Connect(Wire(last, out, new, 0)), Move({new: (node.x, node.y + 124.0 * len(chain))})]
    yield Fix("Pool it and exchange it for a Classification output", Batch(f"Exchange {node.name}", tuple(inner)))


@fixes("wrong_loss", rank=60)
def free_numbers(document: Document, problem: Problem) -> Iterator[Fix]:
    """Let the numbers free."""
    before = source_past(document, node_of(document, problem).name, THROUGH)
    edit = bypass(document, before.name) if before is not None else None
    if before is not None and edit is not None:
        yield Fix(f"Remove {before.name}", edit)


@fixes("channel_order")
def channels_first(document: Document, problem: Problem) -> Iterator[Fix]:
    """The order that torch takes."""
    node = node_of(document, problem)
    size = node.params["size"]
    assert isinstance(size, tuple) and len(size) == 3
    new = (int(size[2]), int(size[0]), int(size[1]))
    yield Fix(f"Set the size to {'×'.join(map(str, new))}", SetParams(node.name, {"size": new}))


@fixes("data_size", "data_channels")
def size_of_data(document: Document, problem: Problem) -> Iterator[Fix]:
    """The pictures as they are; for other channels, the channels only."""
    node, known = node_of(document, problem), document.context
    if known.size is None:
        return
    size = node.params["size"]
    assert isinstance(size, tuple)
    if problem.code == "data_channels" and size[1:] != known.size[1:]:
        new = (known.size[0], *(int(d) for d in size[1:]))
        yield Fix(f"Set the size to {'×'.join(map(str, new))}", SetParams(node.name, {"size": new}))
    yield Fix(f"Set the size to {'×'.join(map(str, known.size))}", SetParams(node.name, {"size": known.size}))


@fixes("table_rows")
def more_rows(document: Document, problem: Problem) -> Iterator[Fix]:
    """A row for every number that can come."""
    node = node_of(document, problem)
    found = largest(Case(document.network, node, document.shapes[node.name], document.context, document.shapes))
    if found is not None:
        key = TABLES[node.type]
        what = "classes" if node.type == "one_hot" else "vocabulary"
        yield Fix(f"Set the {what} of {node.name} to {found[1] + 1:,}", SetParams(node.name, {key: found[1] + 1}))
