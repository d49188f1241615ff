"""One more layer behind a layer, that changes nothing at first: it lets every channel through as it is."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from designer.blocks.dims import Tensor
from designer.blocks.spec import Value
from designer.errors import EditRefused
from designer.graph.edits import AddBlock, Batch, Carry, Connect, Disconnect, Edit
from designer.graph.edits import Move as MoveBlocks
from designer.graph.infer import Shapes
from designer.graph.links import apply_everywhere, flat, twins
from designer.graph.model import Network, Wire
from designer.graph.state import layer_of, tensors_of
from designer.graph.surgery.trial import need_sound
from designer.graph.surgery.widths import Change
from designer.graph.weight_steps import Fresh, Step

if TYPE_CHECKING:
    from designer.graph.document import Document

__all__ = ["deepen", "why_not_deepen"]

_KINDS = ("conv1d", "conv2d", "conv3d", "linear")
_TWICE = ("relu", "relu6", "hardtanh", "threshold", "clamp", "abs")  # done twice they give what they give once
_STEP = 120.0  # from one block down to the next


def why_not_deepen(document: Document, name: str) -> str | None:
    """The sentence that forbids to put a layer behind this one, or None."""
    if name not in document.network or document.network[name].type not in _KINDS:
        return f"{name} is neither a convolution nor a Linear. Choose one of these."
    if not document.shapes[name].complete:
        return f"The sizes at {name} are not known. Solve its problems first."
    return None


def deepen(document: Document, name: str) -> Change:
    """The edit that puts a layer of the same kind behind a layer and its activation; it starts as the identity.

    Behind a ReLU and its like comes one more of them, which changes nothing either; behind another activation the new
    layer has none. Raises EditRefused with a sentence.
    """
    why = why_not_deepen(document, name)
    if why:
        raise EditRefused(why)
    network = document.network
    node, last = network[name], _last(network, name)
    tensor = document.shapes[last].outputs[0]
    readers = [wire for wire in network.outputs_of(last) if wire.out == 0]
    if tensor is None or not readers:
        raise EditRefused(f"Nothing reads {last}. Connect it first.")
    again = network[last].type in _TWICE
    layer = document.free_name(name)
    added = [AddBlock(layer, node.type, _params(node.type, node.params, tensor), node.x, network[last].y + _STEP)]
    if again:
        twin = document.free_name(last, {layer})
        added.append(AddBlock(twin, network[last].type, network[last].params, node.x, network[last].y + 2 * _STEP))
    edit = _inserted(network, name, last, added, readers)
    need_sound(document, edit, f"Nothing can be put behind {last}")
    carry = Carry(tuple(_identities(network, edit, node.type)))
    told = f"{layer} comes behind {last} and starts as the identity, so nothing changes yet."
    more = "" if again else " It has no activation: put one behind it once it has learned."
    return Change(Batch(edit.label, (*edit.edits, carry)), True, told + more)


def _last(network: Network, name: str) -> str:
    """The block behind which the new layer comes: the activation of the layer, else its normalisation or itself."""
    here = name
    while True:
        readers = list(network.successors(here))
        if len(readers) != 1 or len(network[readers[0]].block.inputs) != 1:
            return here
        group = network[readers[0]].block.group
        if group == "Activation":
            return readers[0]
        if group != "Normalisation":
            return here
        here = readers[0]


def _params(kind: str, old: object, tensor: Tensor) -> dict[str, Value]:
    if kind == "linear":
        features = tensor.dims[-1]
        if not isinstance(features, int):
            raise EditRefused("The number of features is left open. Give the Input a fixed size.")
        return {"out_features": features}
    channels = tensor.dims[1]
    if not isinstance(channels, int):
        raise EditRefused("The number of channels is left open. Give the Input a fixed size.")
    return {"out_channels": channels, "kernel_size": 3, "padding": "same"}


def _inserted(network: Network, name: str, last: str, added: list[AddBlock], readers: list[Wire]) -> Batch:
    """What reads ``last`` reads the new blocks instead; everything below makes room."""
    room = _STEP * len(added)
    below = {
        n: (b.x, b.y + room) for n, b in network.nodes.items() if n in network.downstream([w.dst for w in readers])
    }
    chain = [last, *(block.name for block in added)]
    edits: list[Edit] = [MoveBlocks(below)]
    edits += [Disconnect(wire) for wire in readers]
    edits += added
    edits += [Connect(Wire(src, 0, dst, 0)) for src, dst in pairwise(chain)]
    edits += [Connect(Wire(chain[-1], 0, wire.dst, wire.slot)) for wire in readers]
    edits += _elsewhere(network, last, chain[-1], readers)
    return Batch(f"Deepen {name}", tuple(edits))


def _elsewhere(network: Network, last: str, tail: str, readers: list[Wire]) -> list[Edit]:
    """In other instances of a linked group: wires that leave the instance, which no edit inside of it takes along."""
    inner = {names for wire in readers for names, _ in twins(network, (wire.src, wire.dst))}
    found: list[Edit] = []
    for (twin, end), _ in twins(network, (last, tail)):
        for wire in network.outputs_of(twin):
            if wire.out == 0 and (wire.src, wire.dst) not in inner and wire not in readers:
                found += [Disconnect(wire), Connect(Wire(end, 0, wire.dst, wire.slot))]
    return found


def _identities(network: Network, edit: Batch, kind: str) -> list[Step]:
    """The weights of the new layers, in all instances of a linked group."""
    trial = network.copy()
    whole, _ = apply_everywhere(trial, edit)
    shapes, steps = Shapes(trial), list[Step]()
    for part in flat(whole):
        layer = layer_of(trial, shapes, part.name) if isinstance(part, AddBlock) and part.type == kind else None
        if layer is not None and isinstance(part, AddBlock):
            for end, size in (tensors_of(layer) or {}).items():
                steps.append(Fresh(f"{part.name}.{end}", size, "identity" if end == "weight" else "zeros"))
    return steps
