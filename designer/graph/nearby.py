"""Which blocks' problems may be different after an edit, beyond those that it touched."""

from __future__ import annotations

from collections.abc import Iterable

from designer.graph.kinds import THROUGH
from designer.graph.model import Network

__all__ = ["nearby"]


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


def _below(network: Network, name: str, found: set[str]) -> None:
    todo = [name]
    while todo:
        for other in network.successors(todo.pop()):
            if network.nodes[other].type in THROUGH:
                todo.append(other)
            found.add(other)
