"""How module paths nest: which groups of blocks can run as one module, and in which order.

A group (a path prefix such as ``layer1.0``) runs as one module when nothing leaves it and comes back. A group for
which that is not so is *open*: its blocks run one by one in the module around it, under their full paths.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable
from dataclasses import dataclass

import networkx as nx

from designer.graph.model import Network, natural

__all__ = ["Scope", "Value", "nest"]

Value = tuple[str, int]  # a block and the number of its output


@dataclass(frozen=True)
class Scope:
    """A module: its path (empty for the whole network), its steps in order, what it reads and what it gives."""

    path: str
    steps: tuple[str | Scope, ...]
    reads: tuple[Value, ...]
    gives: tuple[Value, ...]

    def blocks(self) -> list[str]:
        """All blocks inside, in order."""
        return [n for s in self.steps for n in ([s] if isinstance(s, str) else s.blocks())]


def nest(network: Network, names: Iterable[str], modules: Container[str], results: Collection[Value] = ()) -> Scope:
    """The nested modules of some blocks of a network, deterministic.

    ``modules`` are the blocks that become torch modules; a group with none of them is open. ``results`` are the
    values that leave the network: a group gives them even when no block outside reads them.
    """
    names = frozenset(names)
    groups = {".".join(n.split(".")[:i]) for n in names for i in range(1, n.count(".") + 1)}
    kept = {".".join(n.split(".")[:i]) for n in names if n in modules for i in range(1, n.count(".") + 1)}
    return _scope(network, "", names, groups - kept, results)


def _child(path: str, name: str, opened: set[str]) -> str:
    """The largest unit below ``path`` that holds the block: a group that is not open, or the block itself."""
    parts = name.split(".")
    for depth in range(path.count(".") + 2 if path else 1, len(parts)):
        group = ".".join(parts[:depth])
        if group not in opened:
            return group
    return name


def _scope(network: Network, path: str, names: frozenset[str], bare: set[str], results: Collection[Value]) -> Scope:
    opened = set(bare)
    while True:
        unit_of = {name: _child(path, name, opened) for name in names}
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(unit_of.values())
        for name in names:
            for wire in network.outputs_of(name):
                if wire.dst in names and unit_of[name] != unit_of[wire.dst]:
                    graph.add_edge(unit_of[name], unit_of[wire.dst])
        tangled = {u for part in nx.strongly_connected_components(graph) if len(part) > 1 for u in part}
        if not tangled:
            break
        opened |= {u for u in tangled if u not in names}
    steps: list[str | Scope] = []
    for unit in nx.lexicographical_topological_sort(graph, key=natural):
        inside = frozenset(n for n, u in unit_of.items() if u == unit)
        steps.append(unit if unit in names else _scope(network, unit, inside, bare, results))
    reads: dict[Value, None] = {}
    gives: dict[Value, None] = {}
    for step in steps:
        for name in [step] if isinstance(step, str) else step.blocks():
            reads.update({(w.src, w.out): None for w in network.inputs_of(name) if w.src not in names})
            gives.update({(w.src, w.out): None for w in network.outputs_of(name) if w.dst not in names})
            gives.update({value: None for value in results if value[0] == name})
    return Scope(path, tuple(steps), tuple(reads), tuple(gives))
