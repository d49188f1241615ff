"""Which blocks a person means: what lies above, below, between or beside the blocks they have chosen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from designer.graph.model import Network, natural

__all__ = [
    "Way",
    "above",
    "alike",
    "below",
    "between",
    "connected",
    "grown",
    "others",
    "shrunk",
    "step",
]

Way = Literal["up", "down", "left", "right"]


def above(network: Network, names: Iterable[str]) -> set[str]:
    """The blocks and everything that feeds them."""
    return network.upstream(_known(network, names))


def below(network: Network, names: Iterable[str]) -> set[str]:
    """The blocks and everything that they feed."""
    return network.downstream(_known(network, names))


def between(network: Network, names: Iterable[str]) -> set[str]:
    """The blocks and everything on a path from one of them to another."""
    known = _known(network, names)
    # There are no loops, so what is below one and above another lies on a path between the two.
    return network.downstream(known) & network.upstream(known)


def others(network: Network, names: Iterable[str]) -> set[str]:
    """Every block but these."""
    return set(network.nodes) - set(names)


def alike(network: Network, names: Iterable[str]) -> set[str]:
    """All blocks of the types that these have."""
    types = {network[name].type for name in _known(network, names)}
    return {name for name, node in network.nodes.items() if node.type in types}


def grown(network: Network, names: Iterable[str]) -> set[str]:
    """The blocks and the ones that a wire links to them."""
    known = _known(network, names)
    return known.union(*(_linked(network, name) for name in known))


def shrunk(network: Network, names: Iterable[str]) -> set[str]:
    """The blocks whose wires all lead to others of them: the rim is left out."""
    known = _known(network, names)
    return {name for name in known if _linked(network, name) <= known}


def connected(network: Network, names: Iterable[str]) -> set[str]:
    """Everything that hangs together with the blocks by wires, in whatever direction."""
    found = _known(network, names)
    waiting = list(found)
    while waiting:
        for other in _linked(network, waiting.pop()) - found:
            found.add(other)
            waiting.append(other)
    return found


def step(network: Network, name: str, way: Way) -> str | None:
    """The block that one step along the wires leads to: up to a source, down to a target, sideways to a sibling.

    Up goes to the source of the first input, down to the target that lies most nearly straight below. Siblings share
    a source or a target; one goes through them from left to right. None where there is nothing.
    """
    if name not in network:
        return None
    if way == "up":
        wires = network.inputs_of(name)
        return wires[0].src if wires else None
    if way == "down":
        x = network[name].x
        return min(network.successors(name), key=lambda n: (abs(network[n].x - x), natural(n)), default=None)
    row = sorted(_siblings(network, name) | {name}, key=lambda n: (network[n].x, network[n].y, natural(n)))
    at = row.index(name) + (1 if way == "right" else -1)
    return row[at] if 0 <= at < len(row) else None


def _siblings(network: Network, name: str) -> set[str]:
    found = {other for source in network.predecessors(name) for other in network.successors(source)}
    found |= {other for target in network.successors(name) for other in network.predecessors(target)}
    if not found and not any(True for _ in network.predecessors(name)):
        found = {n for n in network.nodes if not network.slots_of(n)}  # sources of nothing stand beside each other
    return found - {name}


def _linked(network: Network, name: str) -> set[str]:
    return {*network.predecessors(name), *network.successors(name)}


def _known(network: Network, names: Iterable[str]) -> set[str]:
    return {name for name in names if name in network}
