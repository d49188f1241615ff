"""How module paths nest: which groups of blocks can run as one module, and in which order.

A group (a path prefix such as ``layer1.0``) runs as one module when nothing leaves it and comes back. A group for
which that is not so is *open*: its blocks run one by one in the module around it, under their full paths.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType

from designer.graph.model import Network, natural
from designer.graph.names import common_parent, prefixes

__all__ = ["Scope", "Value", "nest"]

Value = tuple[str, int]  # a block and the number of its output
Leaving = Mapping[str, Collection[Value]]


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


def nest(
    network: Network,
    names: Iterable[str],
    modules: Container[str],
    results: Collection[Value] = (),
    homes: Mapping[str, str] = MappingProxyType({}),
) -> Scope:
    """The nested modules of some blocks of a network, deterministic.

    ``modules`` are the blocks that become torch modules; a group with none of them is open. ``results`` are the
    values that leave the network: a group gives them even when no block outside reads them. ``homes``: for a block that
    calls the layer of another one, that other block. Such a block runs where that layer can be reached: the groups
    around it that do not hold the layer are open.

    What the first result needs runs first, then what the second one needs, and so on: parts that draw random numbers,
    such as two heads with dropout, take turns in the order of the results.
    """
    names = frozenset(names)
    groups = {".".join(n.split(".")[:i]) for n in names for i in range(1, n.count(".") + 1)}
    kept = {".".join(n.split(".")[:i]) for n in names if n in modules for i in range(1, n.count(".") + 1)}
    leaving: dict[str, list[Value]] = {}
    for value in results:
        leaving.setdefault(value[0], []).append(value)
    for name, home in homes.items():
        kept.difference_update(p for p in prefixes(name) if len(p) > len(common_parent((name, home))))
    return _scope(network, "", names, _Order(groups - kept, leaving, _turns(network, names, results)))


@dataclass(frozen=True)
class _Order:
    """The same for all scopes: open groups, values that leave, and for each block the first result that needs it."""

    bare: set[str]
    leaving: Leaving
    turns: Mapping[str, int]


def _turns(network: Network, names: frozenset[str], results: Collection[Value]) -> dict[str, int]:
    turns: dict[str, int] = {}
    for turn, (end, _) in enumerate(results):
        todo = [end] if end in names else []
        while todo:
            name = todo.pop()
            if name not in turns:
                turns[name] = turn
                todo += [source for source in network.predecessors(name) if source in names]
    return turns


def _child(path: str, name: str, opened: set[str]) -> str:
    """The largest unit below ``path`` that holds the block: a group that is not open, or the block itself."""
    parts = name.split(".")
    for depth in range(path.count(".") + 2 if path else 1, len(parts)):
        group = ".".join(parts[:depth])
        if group not in opened:
            return group
    return name


def _sequence(reads: Mapping[str, Iterable[str]], turns: Mapping[str, int]) -> list[str]:
    """The units in an order in which each comes after what it reads. Raises CycleError with the units of a loop."""
    sorter = TopologicalSorter(reads)
    sorter.prepare()
    found: list[str] = []
    ready: list[tuple[int, object, str]] = []
    while sorter.is_active():
        for unit in sorter.get_ready():
            heapq.heappush(ready, (turns[unit], natural(unit), unit))
        *_, unit = heapq.heappop(ready)
        found.append(unit)
        sorter.done(unit)
    return found


def _scope(network: Network, path: str, names: frozenset[str], order: _Order) -> Scope:
    opened = set(order.bare)
    ordered = sorted(names, key=natural)
    last = len(order.turns)
    while True:
        unit_of = {name: _child(path, name, opened) for name in ordered}
        reads: dict[str, dict[str, None]] = {unit: {} for unit in unit_of.values()}
        for name in ordered:
            for source in network.predecessors(name):
                if source in names and unit_of[source] != unit_of[name]:
                    reads[unit_of[name]][unit_of[source]] = None
        try:
            turns = dict.fromkeys(reads, last)
            for name, unit in unit_of.items():
                turns[unit] = min(turns[unit], order.turns.get(name, last))
            sequence = _sequence(reads, turns)
            break
        except CycleError as error:
            opened |= {unit for unit in error.args[1] if unit not in names}
    members: dict[str, list[str]] = {}
    for name, unit in unit_of.items():
        members.setdefault(unit, []).append(name)
    steps: list[str | Scope] = []
    for unit in sequence:
        inside = frozenset(members[unit])
        steps.append(unit if unit in names else _scope(network, unit, inside, order))
    taken: dict[Value, None] = {}
    gives: dict[Value, None] = {}
    for step in steps:
        for name in [step] if isinstance(step, str) else step.blocks():
            taken.update({(w.src, w.out): None for w in network.inputs_of(name) if w.src not in names})
            gives.update({(w.src, w.out): None for w in network.outputs_of(name) if w.dst not in names})
            gives.update(dict.fromkeys(order.leaving.get(name, ())))
    return Scope(path, tuple(steps), tuple(taken), tuple(gives))
