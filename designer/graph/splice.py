"""Blocks into a wire and out of the flow: who is cut off, who is joined again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from designer.graph.edits import Connect, Disconnect, Edit
from designer.graph.infer import missing_slots
from designer.graph.model import Network, Wire

__all__ = ["Ends", "ends_of", "insertion", "insertion_room", "taking_out"]


@dataclass(frozen=True)
class Ends:
    """Where numbers come into some blocks and where they leave: one free input and one unread output."""

    entry: str
    slot: int
    exit: str
    out: int


def ends_of(network: Network, names: Collection[str], apart: bool = False) -> Ends | None:
    """The free ends of blocks that hang together by themselves, None where they have not just one of each.

    With ``apart``, wires to other blocks count as cut already.
    """
    among = set(names)
    entries: list[tuple[str, int]] = []
    exits: list[tuple[str, int]] = []
    for name in among:
        wires = network.wires_of(name)
        if not apart and any(w.src not in among or w.dst not in among for w in wires):
            return None
        block, outputs = network[name].block, network[name].outputs
        wired = [w.slot for w in network.inputs_of(name) if w.src in among]
        entries += [(name, slot) for slot in missing_slots(block, wired)[:2]]
        read = {w.out for w in network.outputs_of(name) if w.dst in among}
        exits += [(name, out) for out in range(len(outputs)) if out not in read]
        if not block.inputs or not outputs:
            return None
    if len(entries) != 1 or len(exits) != 1:
        return None
    return Ends(*entries[0], *exits[0])


def insertion(network: Network, wire: Wire, names: Collection[str], apart: bool = False) -> list[Edit] | None:
    """The edits that put blocks of the drawing into a wire; None where they have not one free input and output."""
    ends = ends_of(network, names, apart)
    if ends is None or wire.src in names or wire.dst in names:
        return None
    head = Wire(wire.src, wire.out, ends.entry, ends.slot)
    tail = Wire(ends.exit, ends.out, wire.dst, wire.slot)
    return [Disconnect(wire), Connect(head), Connect(tail)]


def taking_out(network: Network, names: Iterable[str]) -> list[Edit]:
    """The edits that take blocks out of the flow: their wires to other blocks go, and the gap behind them closes.

    What left them is read from their first source instead, where that makes no loop.
    """
    among = set(names)
    coming = sorted(
        (w for name in among for w in network.inputs_of(name) if w.src not in among),
        key=lambda w: (network.positions()[w.dst], w.slot),
    )
    going = [w for name in among for w in network.outputs_of(name) if w.dst not in among]
    edits: list[Edit] = [Disconnect(w) for w in sorted({*coming, *going})]
    if coming:
        first = coming[0]
        edits += [Connect(Wire(first.src, first.out, w.dst, w.slot)) for w in sorted(going) if w.dst != first.src]
    return edits


def insertion_room(
    network: Network, wire: Wire, names: Collection[str], top: float, short: float
) -> dict[str, tuple[float, float]]:
    """Where the blocks below a wire go so that what is put into it has room: down by ``short`` from ``top`` on."""
    nodes = network.nodes
    follow = network.downstream([wire.dst]) - set(names)
    return {n: (nodes[n].x, nodes[n].y + short) for n in follow if nodes[n].y >= top}
