"""Wires as they are seen, between blocks, cards of groups and stubs, and what they mean in the network."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from designer.errors import EditRefused
from designer.graph.edits import Batch, Connect, Disconnect, Edit, Put
from designer.graph.model import Wire
from designer.graph.nesting import Value
from designer.graph.ports import Entry, Exit, ports_of
from designer.graph.scenery import Group, Slot

if TYPE_CHECKING:
    from designer.graph.document import Document
    from designer.graph.visible import Visible

__all__ = ["connection", "disconnection", "slots_at", "value_at", "why_not"]


def value_at(visible: Visible, src: str, out: int) -> Value:
    """The value that an output of a shown block, card or stub gives. Raises EditRefused where there is none."""
    cards = visible.cards()
    if src in cards:
        outputs = cards[src].outputs
        if not 0 <= out < len(outputs):
            raise EditRefused(f"{src} has no output to draw a wire from.")
        return outputs[out].value
    entry = _entry(visible, src)
    if entry is not None:
        if entry.source is None:
            raise EditRefused(f"Nothing comes in at {entry.name} yet; connect it outside first.")
        return entry.source
    if src.startswith(":"):
        raise EditRefused("A wire cannot start where values go out.")
    return src, out


def slots_at(visible: Visible, dst: str, slot: int) -> tuple[Slot, ...]:
    """The inner slots that an input of a shown block or card stands for. Raises EditRefused where there are none."""
    cards = visible.cards()
    if dst in cards:
        inputs = cards[dst].inputs
        if not 0 <= slot < len(inputs):
            raise EditRefused(f"{dst} has only {len(inputs)} input{'s' * (len(inputs) != 1)}.")
        return inputs[slot].slots
    end = _exit(visible, dst)
    if end is not None:
        network = visible.network
        inside = f"{visible.scope}."
        name, out = end.value
        return tuple((w.dst, w.slot) for w in network.outputs_of(name) if w.out == out and not w.dst.startswith(inside))
    if dst.startswith(":"):
        raise EditRefused("A wire cannot end where values come in.")
    return ((dst, slot),)


def _entry(visible: Visible, key: str) -> Entry | None:
    if not key.startswith(":in:") or not visible.scope:
        return None
    inputs, number = ports_of(visible.network, visible.scope).inputs, int(key[4:])
    return inputs[number] if number < len(inputs) else None


def _exit(visible: Visible, key: str) -> Exit | None:
    if not key.startswith(":out:") or not visible.scope:
        return None
    outputs, number = ports_of(visible.network, visible.scope).outputs, int(key[5:])
    return outputs[number] if number < len(outputs) else None


def why_not(document: Document, visible: Visible, src: str, out: int, dst: str, slot: int) -> str | None:
    """The sentence that forbids a wire between shown ends, or None. A taken input is no reason."""
    entry = _entry(visible, src)
    if entry is not None and entry.source is None:
        return None  # the slot joins the input that has no wire yet
    try:
        value, slots = value_at(visible, src, out), slots_at(visible, dst, slot)
    except EditRefused as error:
        return str(error)
    if not slots:
        return f"Nobody outside of {visible.scope} reads this yet; connect it outside first."
    for name, number in slots:
        why = document.why_not(*value, name, number)
        if why:
            return why
    return None


def connection(document: Document, visible: Visible, src: str, out: int, dst: str, slot: int) -> Edit:
    """The edit that draws a wire between shown ends, replacing what ends there. Raises EditRefused.

    On a card's input it feeds all inner slots; from a stub without a wire, the slot joins that input of the group.
    """
    entry = _entry(visible, src)
    if entry is not None and entry.source is None:
        return _joined(visible, entry, slots_at(visible, dst, slot))
    why = why_not(document, visible, src, out, dst, slot)
    if why:
        raise EditRefused(why)
    value = value_at(visible, src, out)
    wires = [Wire(*value, *end) for end in slots_at(visible, dst, slot)]
    if len(wires) == 1:
        return document.connection(wires[0].src, wires[0].out, wires[0].dst, wires[0].slot)
    edits: list[Edit] = []
    for wire in wires:
        taken = document.network.wire_at(wire.dst, wire.slot)
        edits += [Disconnect(taken)] if taken else []
        edits.append(Connect(wire))
    return Batch("Connect", tuple(edits))


def _joined(visible: Visible, entry: Entry, slots: tuple[Slot, ...]) -> Batch:
    """The edit by which slots belong to an input of the scope from now on."""
    network, path = visible.network, visible.scope
    shown = network.groups.get(path) or Group(path, closed=False)
    start = len(path) + 1
    together = tuple((name[start:], slot) for name, slot in dict.fromkeys((*entry.slots, *slots)))
    others = (tuple(s for s in known if s not in together) for known in shown.inputs)
    inputs = (*(known for known in others if known), together)
    cut = [w for name, slot in slots if (w := network.wire_at(name, slot))]
    return Batch("Connect", (*(Disconnect(w) for w in cut), Put("group", path, replace(shown, inputs=inputs))))


def disconnection(document: Document, visible: Visible, shown: Wire) -> Batch:
    """The edit that takes away a wire as it is shown, with all wires that it stands for.

    An input of a card that loses its wire remembers which slots it feeds.
    """
    network = document.network
    if visible.plain:
        return Batch("Disconnect", (Disconnect(shown),))
    wires = sorted(real for real, seen in visible.wires().items() if seen == shown)
    if not wires:
        raise EditRefused("There is no such wire here.")
    edits: list[Edit] = [Disconnect(wire) for wire in wires]
    group = network.groups.get(shown.dst) if shown.dst in visible.cards() else None
    if group is not None and len(wires) > 1:
        start = len(shown.dst) + 1
        together = tuple((w.dst[start:], w.slot) for w in wires)
        if together not in [tuple(sorted(known)) for known in group.inputs]:
            others = (tuple(s for s in known if s not in together) for known in group.inputs)
            inputs = (*(known for known in others if known), together)
            edits.append(Put("group", group.path, replace(group, inputs=inputs)))
    return Batch("Disconnect", tuple(edits))
