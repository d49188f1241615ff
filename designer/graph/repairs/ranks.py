"""Shapes with more or fewer dimensions than a block takes, and numbers of another kind."""

from __future__ import annotations

from collections.abc import Iterator

from designer.blocks.spec import Value
from designer.graph.document import Document
from designer.graph.edits import Batch, SetParams
from designer.graph.fixes import Fix, fixes
from designer.graph.kinds import ACTIVATIONS, DROPOUTS
from designer.graph.mending import Piece, bypass, first, insert, node_of, source_past, widen, width_param
from designer.graph.problem import Problem

__all__: list[str] = []

_EACH_STEP = ACTIVATIONS | DROPOUTS | {"linear", "layer_norm", "identity"}  # what works on every step alike
_RANKS = {"1d": 3, "2d": 4, "3d": 5}


@fixes("needs_flatten", rank=20)
def last_step(document: Document, problem: Problem) -> Iterator[Fix]:
    """A recurrent layer that gives every step, where the last one is asked for."""
    node = source_past(document, node_of(document, problem).name, _EACH_STEP)
    if node is not None and node.type in ("lstm", "gru", "rnn") and node.params["output"] == "sequence":
        yield Fix(f"Let {node.name} give its last step only", SetParams(node.name, {"output": "last step"}))


@fixes("needs_flatten", "linear_on_images", "rank")
def insert_flatten(document: Document, problem: Problem) -> Iterator[Fix]:
    """Feature maps to a row of features."""
    found = first(document, problem)
    if found and found[1].rank > 2:
        yield Fix("Insert Flatten", insert(document, found[0], ("flatten", {})))


@fixes("needs_flatten", "linear_on_images", "rank")
def insert_global_pooling(document: Document, problem: Problem) -> Iterator[Fix]:
    """Feature maps to one number a channel."""
    found = first(document, problem)
    if found and found[1].rank > 2:
        yield Fix("Insert global average pooling", insert(document, found[0], ("global_avg_pool", {})))


@fixes("needs_flatten")
def flatten_into_linear(document: Document, problem: Problem) -> Iterator[Fix]:
    """Feature maps straight into an output: a Flatten and a fully connected block of the right width."""
    node, found = node_of(document, problem), first(document, problem)
    key = width_param(node)
    if found and key and found[1].rank > 2:
        width = node.params[key]
        chain: tuple[Piece, ...] = (("flatten", {}), ("linear", {"out_features": width}))
        yield Fix(
            f"Insert Flatten and a fully connected block with {width} outputs", insert(document, found[0], *chain)
        )


@fixes("classes", "values")
def set_out_features(document: Document, problem: Problem) -> Iterator[Fix]:
    """Make the last layer as wide as the number of classes."""
    node, found = node_of(document, problem), first(document, problem)
    key = width_param(node)
    if found is None or key is None:
        return
    width = node.params[key]
    assert isinstance(width, int)
    edit = widen(document, node.name, width)
    if edit is not None:
        yield Fix(f"Set the outputs of {edit.name} to {width}", edit)
    else:
        chain: Piece = ("linear", {"out_features": width})
        yield Fix(f"Insert a fully connected block with {width} outputs", insert(document, found[0], chain))


@fixes("classes", "values")
def set_classes(document: Document, problem: Problem) -> Iterator[Fix]:
    """Make the output as wide as what arrives."""
    node, found = node_of(document, problem), first(document, problem)
    key = width_param(node)
    if found is None or key is None or found[1].rank != 2 or not isinstance(found[1].dims[1], int):
        return
    width = found[1].dims[1]
    labels = node.params.get("labels")
    changes: dict[str, Value] = {key: width}
    if isinstance(labels, tuple) and labels and len(labels) != width:
        changes["labels"] = ()
    if width >= (node.block.param(key).minimum or 0):
        yield Fix(f"Set the number of {key} to {width}", SetParams(node.name, changes))


@fixes("labels")
def fit_labels(document: Document, problem: Problem) -> Iterator[Fix]:
    """As many names as classes, or none."""
    node = node_of(document, problem)
    labels, classes = node.params["labels"], node.params["classes"]
    assert isinstance(labels, tuple) and isinstance(classes, int)
    if len(labels) > classes:
        kept = tuple(str(name) for name in labels[:classes])
        yield Fix(f"Keep the first {classes} names", SetParams(node.name, {"labels": kept}))
    elif len(labels) > 1:
        edits = [SetParams(node.name, {"classes": len(labels)})]
        wider = widen(document, node.name, len(labels))
        if wider is not None:
            edits.insert(0, wider)
        yield Fix(f"Set the number of classes to {len(labels)}", Batch("Set the classes", tuple(edits)))
    yield Fix("Number the classes instead", SetParams(node.name, {"labels": ()}))


@fixes("needs_reshape", rank=20)
def keep_the_maps(document: Document, problem: Problem) -> Iterator[Fix]:
    """A Flatten before a block that needs maps is one too early."""
    node, found = node_of(document, problem), first(document, problem)
    before = document.network[found[0].src] if found else None
    if before is not None and before.type == "flatten":
        edit = bypass(document, before.name)
        if edit is not None:
            yield Fix(f"Remove {before.name}", edit)
    past = source_past(document, node.name, ())
    if past is not None and past.type in ("lstm", "gru", "rnn") and past.params["output"] == "last step":
        yield Fix(f"Let {past.name} give every step", SetParams(past.name, {"output": "sequence"}))


@fixes("needs_reshape", rank=30)
def channel_for_input(document: Document, problem: Problem) -> Iterator[Fix]:
    """An Input of height and width lacks its channel."""
    node, found = node_of(document, problem), first(document, problem)
    before = document.network[found[0].src] if found else None
    rank = _RANKS.get(node.type[-2:], 0)
    if before is None or found is None or before.type != "input" or found[1].rank != rank - 1:
        return
    size = before.params["size"]
    assert isinstance(size, tuple)
    new = (1, *size)
    words = "×".join(map(str, new))
    yield Fix(f"Set the size of {before.name} to {words}", SetParams(before.name, {"size": new}))


@fixes("needs_reshape", rank=40)
def unsqueeze(document: Document, problem: Problem) -> Iterator[Fix]:
    """Missing sides of length one, or surplus sides laid one behind the other."""
    node, found = node_of(document, problem), first(document, problem)
    rank = _RANKS.get(node.type[-2:], 3 if node.type in ("lstm", "gru", "rnn") else 0)
    if found is None or not rank:
        return
    dims = found[1].dims[1:]
    if found[1].rank < rank and all(isinstance(d, int) for d in dims):
        ones = (1,) * (rank - found[1].rank)
        # Features become channels of one pixel; a sequence or a plain map has its sides and lacks channels.
        shape = tuple(int(str(d)) for d in dims)
        new = (*shape, *ones) if len(shape) == 1 else (*ones, *shape)
        yield Fix(
            f"Insert Reshape to {'×'.join(map(str, new))}", insert(document, found[0], ("reshape", {"shape": new}))
        )
    elif found[1].rank > rank:
        flat: Piece = ("flatten", {"start_dim": rank - 1, "end_dim": -1})
        yield Fix("Insert Flatten of the last sides", insert(document, found[0], flat))


@fixes("dtype")
def set_input_dtype(document: Document, problem: Problem) -> Iterator[Fix]:
    """Give the Input the kind of number that the block takes."""
    found = first(document, problem)
    if found and document.network[found[0].src].type == "input":
        want = "int64" if found[1].dtype == "float32" else "float32"
        name = found[0].src
        yield Fix(f"Set the data type of {name} to {want}", SetParams(name, {"dtype": want}))


@fixes("dtype", rank=60)
def insert_embedding(document: Document, problem: Problem) -> Iterator[Fix]:
    """Numbers of words become vectors."""
    found = first(document, problem)
    if found and found[1].dtype == "int64":
        yield Fix("Insert an Embedding", insert(document, found[0], ("embedding", {})))


@fixes("reshape")
def work_one_out(document: Document, problem: Problem) -> Iterator[Fix]:
    """Let one of the sizes be worked out, the first that can be."""
    node = node_of(document, problem)
    shape = node.params["shape"]
    assert isinstance(shape, tuple)
    sizes = [max(1, int(d)) if d != -1 else 1 for d in shape]
    for i in range(len(sizes)):
        new = tuple(-1 if j == i else d for j, d in enumerate(sizes))
        words = "×".join(map(str, new))
        yield Fix(f"Set the sizes of {node.name} to {words}", SetParams(node.name, {"shape": new}))


@fixes("reshape", rank=70)
def flatten_instead(document: Document, problem: Problem) -> Iterator[Fix]:
    """All numbers in a row always fit."""
    node = node_of(document, problem)
    yield Fix(f"Let {node.name} lay all numbers in a row", SetParams(node.name, {"shape": (-1,)}))


@fixes("permute")
def whole_order(document: Document, problem: Problem) -> Iterator[Fix]:
    """Each dimension once: those that were written, as far as there are such, then the others."""
    node, found = node_of(document, problem), first(document, problem)
    order = node.params["dims"]
    if found is None or not isinstance(order, tuple):
        return
    rank = found[1].rank
    kept = [d for d in dict.fromkeys(int(d) for d in order) if 0 < d < rank]
    new = (0, *kept, *(d for d in range(1, rank) if d not in kept))
    yield Fix(f"Set the order to {' '.join(map(str, new))}", SetParams(node.name, {"dims": new}))


@fixes("dim", "batch", "over_batch")
def usual_dimension(document: Document, problem: Problem) -> Iterator[Fix]:
    """The last dimension, or the first after the batch."""
    node, found = node_of(document, problem), first(document, problem)
    if "axes" in node.params and found is not None:
        yield Fix("Cover the last dimension only", SetParams(node.name, {"axes": 1}))
    if "start_dim" in node.params:
        yield Fix("Flatten all but the batch", SetParams(node.name, {"start_dim": 1, "end_dim": -1}))
    if "dim" not in node.params:
        return
    for dim, words in ((-1, "the last dimension"), (1, "dimension 1, the channels")):
        several = node.block.param("dim").kind == "dims"
        yield Fix(f"Use {words}", SetParams(node.name, {"dim": (dim,) if several else dim}))
