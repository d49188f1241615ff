"""The inputs and outputs of a group, derived from its blocks and wires.

An input is a set of inner slots: those that one outer value feeds, or those that are free and belong together. An
output is an inner value that is read outside, or by nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from designer.graph.infer import missing_slots
from designer.graph.model import Network, natural
from designer.graph.nesting import Value
from designer.graph.scenery import Slot

__all__ = ["Entry", "Exit", "Ports", "ports_of"]


@dataclass(frozen=True)
class Entry:
    """An input: the inner slots, and the outer value that feeds them, if any."""

    name: str
    slots: tuple[Slot, ...]
    source: Value | None


@dataclass(frozen=True)
class Exit:
    """An output: the inner value."""

    name: str
    value: Value


@dataclass(frozen=True)
class Ports:
    """All of a group, in the order in which its card has them."""

    inputs: tuple[Entry, ...] = ()
    outputs: tuple[Exit, ...] = ()

    def numbers(self) -> tuple[Mapping[Slot, int], Mapping[Value, int]]:
        """The number of the input that a slot belongs to, and of the output that a value is."""
        slots = {slot: i for i, entry in enumerate(self.inputs) for slot in entry.slots}
        return slots, {end.value: i for i, end in enumerate(self.outputs)}


def ports_of(network: Network, path: str, blocks: Collection[str] | None = None) -> Ports:
    """The ports of the blocks under a path; ``blocks`` are those, where they are known already."""
    names = sorted(blocks, key=natural) if blocks is not None else network.inside(path)
    among = frozenset(names)
    return Ports(tuple(_entries(network, path, names, among)), tuple(_exits(network, path, names, among)))


def _entries(network: Network, path: str, names: list[str], among: Collection[str]) -> Iterator[Entry]:
    group = network.groups.get(path)
    remembered = [[(f"{path}.{name}", slot) for name, slot in together] for together in group.inputs] if group else []
    number = {slot: i for i, together in enumerate(remembered) for slot in together}
    fed: dict[Slot, Value] = {}
    free: dict[Slot, None] = {}
    for name in names:
        wires = network.slots_of(name)
        fed.update({(name, s): (w.src, w.out) for s, w in sorted(wires.items()) if w.src not in among})
        free.update(dict.fromkeys((name, s) for s in missing_slots(network[name].block, wires)))
    for name, s in number:
        if name in among and s not in network.slots_of(name) and network[name].block.port_of(s) is not None:
            free.setdefault((name, s))
    sets: dict[object, list[Slot]] = {}
    for slot in [*fed, *free]:
        sets.setdefault(_key(slot, fed, number, remembered), []).append(slot)

    def rank(slots: list[Slot]) -> object:
        return min((number.get(s, len(number)), natural(s[0]), s[1]) for s in slots)

    for slots in sorted(sets.values(), key=rank):  # type: ignore[arg-type]
        yield Entry(_entry_name(network, path, slots[0]), tuple(sorted(slots)), fed.get(slots[0]))


def _key(slot: Slot, fed: Mapping[Slot, Value], number: Mapping[Slot, int], remembered: list[list[Slot]]) -> object:
    """What the slots of one input share."""
    if slot in fed:
        return fed[slot]
    if slot not in number:
        return slot, "free"
    return next((fed[other] for other in remembered[number[slot]] if other in fed), number[slot])


def _entry_name(network: Network, path: str, slot: Slot) -> str:
    own, block = slot[0][len(path) + 1 :] if path else slot[0], network[slot[0]].block
    port = block.port_of(slot[1])
    return f"{own} {port.name}" if port is not None and len(block.inputs) > 1 else own


def _exits(network: Network, path: str, names: list[str], among: Collection[str]) -> Iterator[Exit]:
    for name in names:
        wires = network.outputs_of(name)
        outputs = network[name].outputs
        for out, port in enumerate(outputs):
            readers = [w.dst for w in wires if w.out == out]
            if not readers or any(dst not in among for dst in readers):
                own = name[len(path) + 1 :] if path else name
                yield Exit(f"{own} {port.name}" if len(outputs) > 1 else own, (name, out))
