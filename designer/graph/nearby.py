"""Which blocks' problems may be different after an edit, beyond those that it touched."""

from __future__ import annotations

from collections.abc import Iterable

from designer.graph.kinds import COUNTING, MOVES, THROUGH
from designer.graph.model import Network

__all__ = ["look_ups", "nearby"]

_PAST = MOVES | THROUGH


def nearby(network: Network, touched: Iterable[str]) -> set[str]:
    """The neighbours of the touched blocks, past the blocks that checks look through, and the outputs with an output.

    An output is compared with the other outputs.
    """
    found: set[str] = set()
    outputs = False
    for name in touched:
        node = network.nodes[name]
        outputs = outputs or node.block.role == "output"
        found.update(network.predecessors(name))
        _below(network, name, found)
    if outputs:
        found.update(name for name, node in network.nodes.items() if node.block.role == "output")
    return found


def look_ups(network: Network, reshaped: Iterable[str]) -> set[str]:
    """The blocks below those that count places: what these count may be more, with the same shape."""
    found: set[str] = set()
    for name in reshaped:
        if network.nodes[name].type in COUNTING:
            _below(network, name, found)
    return found


def _below(network: Network, name: str, found: set[str]) -> None:
    todo = [name]
    while todo:
        for other in network.successors(todo.pop()):
            if network.nodes[other].type in _PAST:
                todo.append(other)
            found.add(other)
