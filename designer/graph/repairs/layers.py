"""Layers that get in each other's way."""

from __future__ import annotations

from collections.abc import Iterator

from designer.blocks.catalog import catalog
from designer.graph.document import Document
from designer.graph.edits import Batch, Connect, Disconnect, Edit, Move, SetParams
from designer.graph.fixes import Fix, fixes
from designer.graph.kinds import BATCH_NORMS, DROPOUTS, LEARNED, THROUGH
from designer.graph.mending import Piece, arriving, bypass, exchange, exchange_all, first, insert, node_of, source_past
from designer.graph.model import Wire
from designer.graph.problem import Problem

__all__: list[str] = []


@fixes("softmax_before_loss", "activation_before_output")
def remove_before_output(document: Document, problem: Problem) -> Iterator[Fix]:
    """Let the loss see the numbers of the last layer."""
    before = source_past(document, node_of(document, problem).name, THROUGH)
    if before is None or len(document.network.outputs_of(before.name)) != 1:
        return
    edit = bypass(document, before.name)
    if edit is not None:
        yield Fix(f"Remove {before.name}", edit)


@fixes("two_activations", "dropout_before_norm", "norm_on_one_value", rank=60)
def remove_it(document: Document, problem: Problem) -> Iterator[Fix]:
    """It does nothing good here."""
    node = node_of(document, problem)
    gone = node
    if problem.code == "dropout_before_norm":
        found = first(document, problem)
        if found is None:
            return
        gone = document.network[found[0].src]
    edit = bypass(document, gone.name)
    if edit is not None:
        yield Fix(f"Remove {gone.name}", edit)


@fixes("no_nonlinearity")
def insert_relu(document: Document, problem: Problem) -> Iterator[Fix]:
    """An activation between two layers."""
    found = first(document, problem)
    if found is not None:
        yield Fix("Insert ReLU", insert(document, found[0], ("relu", {})))


@fixes("no_nonlinearity", rank=60)
def norm_and_relu(document: Document, problem: Problem) -> Iterator[Fix]:
    """A normalisation and an activation, as between the convolutions of most networks."""
    found, node = first(document, problem), node_of(document, problem)
    if found is not None and node.type == "conv2d":
        chain: tuple[Piece, ...] = (("batch_norm2d", {}), ("relu", {}))
        yield Fix("Insert batch norm and ReLU", insert(document, found[0], *chain))


@fixes("before_activation")
def read_after_activation(document: Document, problem: Problem) -> Iterator[Fix]:
    """Draw the wire from the activation."""
    node = node_of(document, problem)
    wire = document.network.wire_at(node.name, 0)
    if wire is None:
        return
    for other in document.network.successors(wire.src):
        if other != node.name and document.network[other].block.group == "Activation":
            new = Wire(other, 0, node.name, 0)
            edit = Batch(f"Wire {other} to {node.name}", (Disconnect(wire), Connect(new)))
            yield Fix(f"Wire it to {other}", edit)


@fixes("bias_before_norm")
def no_bias(document: Document, problem: Problem) -> Iterator[Fix]:
    """Switch the bias off, here or before every batch normalisation."""
    node = node_of(document, problem)
    yield Fix(f"Switch the bias of {node.name} off", SetParams(node.name, {"bias": False}))
    alike = [p.block for p in document.problems if p.code == problem.code and p.block is not None]
    if len(alike) > 1:
        edits = tuple(SetParams(name, {"bias": False}) for name in alike)
        yield Fix(f"Switch all {len(alike)} such biases off", Batch(f"Switch {len(alike)} biases off", edits))


@fixes("softmax_inside")
def relu_instead(document: Document, problem: Problem) -> Iterator[Fix]:
    """A ReLU in its place, or nothing."""
    before = source_past(document, node_of(document, problem).name, THROUGH)
    if before is None:
        return
    yield Fix(f"Exchange {before.name} for a ReLU", exchange(document, before.name, "relu", {}))
    edit = bypass(document, before.name)
    if edit is not None:
        yield Fix(f"Remove {before.name}", edit)


@fixes("dropout_strong")
def usual_rate(document: Document, problem: Problem) -> Iterator[Fix]:
    """Half, or none."""
    name = node_of(document, problem).name
    yield Fix("Set the rate to 0.5", SetParams(name, {"p": 0.5}))
    edit = bypass(document, name)
    if edit is not None:
        yield Fix(f"Remove {name}", edit)


def _moved(document: Document, name: str, behind: str) -> Batch | None:
    """Take a block out of its chain and put it right behind another one."""
    network = document.network
    source, readers = network.inputs_of(name), network.outputs_of(name)
    if not source or behind not in network:
        return None
    after = [w for w in network.outputs_of(behind) if w.src != name and w.dst != name]
    edits: list[Edit] = [Disconnect(w) for w in (*source, *readers)]
    edits += [Disconnect(w) for w in after if w not in readers]
    joined = source[0]
    edits += [Connect(Wire(joined.src, joined.out, w.dst, w.slot)) for w in readers if w.dst != behind or w.slot == 0]
    edits.append(Connect(Wire(behind, 0, name, 0)))
    edits += [Connect(Wire(name, 0, w.dst, w.slot)) for w in after]
    here, there = network[name], network[behind]
    edits.append(Move({name: (there.x, there.y), behind: (here.x, here.y)}))
    return Batch(f"Move {name} behind {behind}", tuple(edits))


@fixes("dropout_before_norm", "norm_on_one_value")
def change_places(document: Document, problem: Problem) -> Iterator[Fix]:
    """The normalisation comes first."""
    node, found = node_of(document, problem), first(document, problem)
    before = document.network[found[0].src] if found is not None else None
    if before is None or len(document.network.outputs_of(before.name)) != 1:
        return
    edit = _moved(document, before.name, node.name)
    if edit is not None:
        yield Fix(f"Exchange {before.name} and {node.name}", edit)


@fixes("dropout_before_output")
def before_last_layer(document: Document, problem: Problem) -> Iterator[Fix]:
    """Drop what the last layer reads, not what it says."""
    found = first(document, problem)
    if found is None:
        return
    dropout = document.network[found[0].src]
    above = document.network.inputs_of(dropout.name)
    last = document.network[above[0].src] if above else None
    if last is not None and last.type in LEARNED and len(document.network.inputs_of(last.name)) == 1:
        entry = document.network.inputs_of(last.name)[0]
        out = bypass(document, dropout.name)
        earlier = document.network[entry.src].type in DROPOUTS
        if out is not None and not earlier and len(document.network.outputs_of(last.name)) == 1:
            put = insert(document, entry, (dropout.type, dropout.params), taken=())
            edit = Batch(f"Move {dropout.name}", (*put.edits, *out.edits))
            yield Fix(f"Move {dropout.name} before {last.name}", edit)
    edit_out = bypass(document, dropout.name)
    if edit_out is not None:
        yield Fix(f"Remove {dropout.name}", edit_out)


@fixes("large_linear", "too_large")
def pool_instead(document: Document, problem: Problem) -> Iterator[Fix]:
    """One number a channel instead of all pixels."""
    before = source_past(document, node_of(document, problem).name, THROUGH)
    if before is not None and before.type == "flatten":
        edit = exchange(document, before.name, "global_avg_pool", {})
        yield Fix(f"Exchange {before.name} for a global average pooling", edit)
        wires = document.network.inputs_of(before.name)
        tensor = document.shapes[wires[0].src].outputs[wires[0].out] if wires else None
        if tensor is not None and tensor.rank == 4:
            piece: Piece = ("adaptive_avg_pool2d", {"output_size": 4})
            yield Fix("Pool to 4×4 before it", insert(document, wires[0], piece))


@fixes("too_large", rank=60)
def fewer_outputs(document: Document, problem: Problem) -> Iterator[Fix]:
    """A width that can be trained."""
    node = node_of(document, problem)
    for key, most in (("out_features", 1024), ("out_channels", 512), ("num_embeddings", 50_000), ("hidden_size", 1024)):
        value = node.params.get(key)
        if isinstance(value, int) and value > most:
            label = node.block.param(key).label.lower()
            yield Fix(f"Set the {label} of {node.name} to {most:,}", SetParams(node.name, {key: most}))


@fixes("batch_of_one")
def norm_of_the_sample(document: Document, problem: Problem) -> Iterator[Fix]:
    """A normalisation that looks at each sample by itself."""
    node = node_of(document, problem)
    piece = _per_sample(document, node.name)
    if piece is None:
        return
    title = catalog()[piece[0]].title
    yield Fix(f"Exchange {node.name} for a {title}", exchange(document, node.name, *piece))
    norms = [n for n, other in document.network.nodes.items() if other.type in BATCH_NORMS]
    every = {n: p for n in norms if (p := _per_sample(document, n)) is not None}
    if len(every) > 1:
        yield Fix(f"Exchange all {len(every)} batch norms", exchange_all(document, every))


def _per_sample(document: Document, name: str) -> Piece | None:
    found = arriving(document, name)
    if not found:
        return None
    channels = found[0][1].dims[1]
    if found[0][1].rank > 2 and isinstance(channels, int):
        return "group_norm", {"num_groups": max(g for g in range(1, 33) if channels % g == 0)}
    return "layer_norm", {}
