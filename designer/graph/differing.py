"""What differs between two drawings, in lines that people read: blocks, settings, wires."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from designer.graph.model import Network, Node, Wire
from designer.graph.names import natural

__all__ = ["Difference", "differences"]

What = Literal["added", "removed", "changed", "wire"]


@dataclass(frozen=True)
class Difference:
    """One line. ``block`` is where one sees it: in the second drawing, or in the first for what is gone."""

    what: What
    block: str
    text: str


def differences(one: Network, other: Network) -> list[Difference]:
    """What has to be done to ``one`` to get ``other``. Places, notes and groups say nothing about a network."""
    found = [Difference("removed", name, f"Without {_called(one[name])}") for name in one.names() if name not in other]
    found += [Difference("added", name, f"With {_called(other[name])}") for name in other.names() if name not in one]
    for name in other.names():
        if name in one:
            found += _changes(one[name], other[name])
    both = {name for name in one.nodes if name in other}
    before, after = _between(one, both), _between(other, both)
    for wire in sorted(before ^ after, key=lambda w: (natural(w.dst), w.slot, natural(w.src))):
        sign = "Wired" if wire in after else "No longer wired"
        found.append(Difference("wire", wire.dst, f"{sign} from {wire.src} to {wire.dst}{_slot(other, wire)}"))
    return found


def _called(node: Node) -> str:
    return f"{node.name} ({node.block.title})"


def _changes(one: Node, other: Node) -> list[Difference]:
    if one.type != other.type:
        return [Difference("changed", one.name, f"{one.name}: {one.block.title} became {other.block.title}")]
    found = []
    titles = {param.name: param.label for param in other.block.params}
    for old, new in ((_values(one), _values(other)), (dict(one.marks), dict(other.marks))):
        for key in sorted({*old, *new}, key=list({**titles, **old, **new}).index):
            if old.get(key) != new.get(key):
                title = titles.get(key, key.replace("_", " "))
                text = f"{one.name}: {title} {_word(old.get(key))} → {_word(new.get(key))}"
                found.append(Difference("changed", one.name, text))
    if one.shares != other.shares:
        owner = other.shares or one.shares
        verb = "calls the layer of" if other.shares else "no longer calls the layer of"
        found.append(Difference("changed", one.name, f"{one.name} {verb} {owner}"))
    return found


def _values(node: Node) -> dict[str, Any]:
    """All its settings, those at their defaults too, so that a default that is written out is no change."""
    return {param.name: param.default for param in node.block.params} | dict(node.params)


def _word(value: object) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return "×".join(str(item) for item in value)
    text = str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _between(network: Network, names: set[str]) -> set[Wire]:
    return {wire for wire in network.wires() if wire.src in names and wire.dst in names}


def _slot(network: Network, wire: Wire) -> str:
    return f", input {wire.slot + 1}" if len(network.inputs_of(wire.dst)) > 1 else ""
