"""Which blocks a person means: what lies above, below, between or beside the blocks they have chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from designer.graph.model import Network, natural

__all__ = [
    "Links",
    "Way",
    "above",
    "alike",
    "below",
    "between",
    "connected",
    "grown",
    "links_of",
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


@dataclass(frozen=True)
class Links:
    """What `step` goes along: who feeds a name (the first input first), who reads from it, and where it lies."""

    names: Iterable[str]
    sources: Callable[[str], Sequence[str]]
    targets: Callable[[str], Iterable[str]]
    place: Callable[[str], tuple[float, float]]


def links_of(network: Network) -> Links:
    """The wires of a network as they are."""
    return Links(
        network.nodes,
        lambda name: [wire.src for wire in network.inputs_of(name)],
        network.successors,
        lambda name: (network[name].x, network[name].y),
    )


def step(links: Links, name: str, way: Way) -> str | None:
    """The block that one step along the wires leads to: up to a source, down to a target, sideways to a sibling.

    Up goes to the source of the first input, down to the target that lies most nearly straight below. Siblings share
    a source or a target; one goes through them from left to right. None where there is nothing.
    """
    if way == "up":
        return next(iter(links.sources(name)), None)
    if way == "down":
        x = links.place(name)[0]
        return min(links.targets(name), key=lambda n: (abs(links.place(n)[0] - x), natural(n)), default=None)
    row = sorted(_siblings(links, name) | {name}, key=lambda n: (*links.place(n), natural(n)))
    at = row.index(name) + (1 if way == "right" else -1)
    return row[at] if 0 <= at < len(row) else None


def _siblings(links: Links, name: str) -> set[str]:
    found = {other for source in links.sources(name) for other in links.targets(source)}
    found |= {other for target in links.targets(name) for other in links.sources(target)}
    if not found and not links.sources(name):
        found = {n for n in links.names if not links.sources(n)}  # where data comes in stands side by side
    return found - {name}


def _linked(network: Network, name: str) -> set[str]:
    return {*network.predecessors(name), *network.successors(name)}


def _known(network: Network, names: Iterable[str]) -> set[str]:
    return {name for name in names if name in network}
