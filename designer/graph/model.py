"""The network as drawn: blocks, wires, and the order in which numbers flow.

Plain dicts and the standard library's graphlib: importing networkx took half of the time to the first paint.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from designer.blocks.catalog import catalog
from designer.blocks.spec import Block, Port, Value
from designer.blocks.userclass import declared, to_json
from designer.errors import EditRefused
from designer.graph.names import check_name, common_parent, natural, prefixes
from designer.graph.scenery import FAR, Bookmark, Group, Item, Kind, Note, Scenery

__all__ = ["FAR", "MOST_BLOCKS", "Network", "Node", "Points", "Wire", "check_name", "natural"]

Points = tuple[tuple[float, float], ...]  # where a wire is led through, from its start to its end

MOST_BLOCKS = 50_000


@dataclass(frozen=True)
class Node:
    """A block in the drawing. ``x`` and ``y`` are the top left corner on the canvas.

    ``shares`` names the block whose layer it calls once more; empty for a layer of its own.
    """

    name: str
    type: str
    params: Mapping[str, Value] = field(default_factory=dict)
    x: float = 0.0
    y: float = 0.0
    marks: Mapping[str, Value] = field(default_factory=dict)  # see marks.py; those that say nothing are left out
    shares: str = ""

    @property
    def block(self) -> Block:
        """The declaration."""
        return catalog()[self.type]

    @property
    def outputs(self) -> tuple[Port, ...]:
        """Its outputs, which may depend on its parameters."""
        return self.block.outputs_for(self.params)


@dataclass(frozen=True, order=True)
class Wire:
    """From output ``out`` of ``src`` to input ``slot`` of ``dst``."""

    src: str
    out: int
    dst: str
    slot: int

    def renamed(self, old: str, new: str) -> Wire:
        """The same wire after a block changed its name."""
        return replace(self, src=new if self.src == old else self.src, dst=new if self.dst == old else self.dst)


class Network:
    """Blocks and wires. Only edits (edits.py) change it; everybody else reads."""

    def __init__(self) -> None:
        self._nodes: dict[str, Node] = {}
        self._in: dict[str, dict[int, Wire]] = {}  # by slot
        self._out: dict[str, dict[Wire, None]] = {}
        self._positions: dict[str, int] | None = {}
        self._prefixes: dict[str, int] = {}
        self._sharers: dict[str, dict[str, None]] = {}  # by the owner of the layer
        self._bends: dict[Wire, Points] = {}
        self._scenery = Scenery()
        self._links: Mapping[str, list[str]] | None = {}

    # --- reading ---------------------------------------------------------------------------------------------

    @property
    def nodes(self) -> Mapping[str, Node]:
        """The blocks by name."""
        return self._nodes

    def __len__(self) -> int:
        return len(self._nodes)

    def __contains__(self, name: object) -> bool:
        return name in self._nodes

    def __getitem__(self, name: str) -> Node:
        try:
            return self._nodes[name]
        except KeyError:
            raise EditRefused(f"There is no block called {name!r}.") from None

    def names(self) -> list[str]:
        """All names, conv2 before conv10."""
        return sorted(self._nodes, key=natural)

    def wires(self) -> list[Wire]:
        """All wires, sorted."""
        return sorted(wire for wires in self._out.values() for wire in wires)

    def inputs_of(self, name: str) -> list[Wire]:
        """The wires that end at a block, by slot."""
        wires = self._in[name]
        return [wires[slot] for slot in sorted(wires)]

    def slots_of(self, name: str) -> Mapping[int, Wire]:
        """The wires that end at a block, by slot, in the order in which they were drawn."""
        return self._in[name]

    def outputs_of(self, name: str) -> list[Wire]:
        """The wires that start at a block."""
        return sorted(self._out[name])

    def wires_of(self, name: str) -> list[Wire]:
        """All wires at a block."""
        return self.inputs_of(name) + self.outputs_of(name)

    def wire_at(self, dst: str, slot: int) -> Wire | None:
        """The wire that ends at an input slot."""
        return self._in.get(dst, {}).get(slot)

    def has_wire(self, wire: Wire) -> bool:
        """Whether exactly this wire is drawn."""
        return wire in self._out.get(wire.src, ())

    @property
    def shared(self) -> Mapping[str, Collection[str]]:
        """The blocks that call the layer of another one, by the block that owns it."""
        return self._sharers

    def owner(self, name: str) -> str:
        """The block that owns the layer which this one calls: itself where it shares none."""
        return self[name].shares or name

    def family(self, name: str) -> list[str]:
        """All blocks that call the same layer, its owner first; just the block where nobody shares."""
        owner = self.owner(name)
        return [owner, *sorted(self._sharers.get(owner, ()), key=natural)]

    @property
    def bends(self) -> Mapping[Wire, Points]:
        """The points that wires are led through; a wire without any is not in it."""
        return self._bends

    @property
    def groups(self) -> Mapping[str, Group]:
        """How groups of blocks are shown, by their paths. Each has blocks inside."""
        return self._scenery.groups

    @property
    def notes(self) -> Mapping[str, Note]:
        """Notes and frames, by their ids."""
        return self._scenery.notes

    @property
    def bookmarks(self) -> Mapping[str, Bookmark]:
        """Places to come back to, by their names."""
        return self._scenery.bookmarks

    def items(self, kind: Kind) -> Mapping[str, Item]:
        """Groups, notes or bookmarks."""
        return self._scenery.of(kind)

    @property
    def links(self) -> Mapping[str, list[str]]:
        """The paths of linked groups, by their link."""
        if self._links is None:
            self._links = self._scenery.links()
        return self._links

    def count(self, path: str) -> int:
        """How many blocks lie under a path."""
        return self._prefixes.get(path, 0)

    def blocks_of(self, names: Iterable[str]) -> list[str]:
        """The blocks of a selection of blocks and group paths, each once. Raises EditRefused for what there is not."""
        found: dict[str, None] = {}
        for name in names:
            found.update(dict.fromkeys(self.inside(name) if self.is_prefix(name) else (self[name].name,)))
        return list(found)

    def group_around(self, *names: str) -> str:
        """The innermost group that all of these blocks lie in; empty for the top."""
        paths = reversed([*prefixes(common_parent(names)), common_parent(names)]) if self.groups else ()
        return next((path for path in paths if path in self.groups), "")

    def inside(self, path: str) -> list[str]:
        """The blocks under a path, conv2 before conv10; all blocks for the empty path."""
        start = f"{path}." if path else ""
        return sorted((name for name in self._nodes if name.startswith(start)), key=natural)

    def successors(self, name: str) -> Iterable[str]:
        """The blocks that read from this one, each once."""
        return {wire.dst: None for wire in self._out[name]}

    def predecessors(self, name: str) -> Iterable[str]:
        """The blocks that this one reads from, each once."""
        return {wire.src: None for wire in self._in[name].values()}

    def positions(self) -> Mapping[str, int]:
        """A number for each block such that every wire goes from a lower to a higher one."""
        if self._positions is None:
            sorter = TopologicalSorter({name: self.predecessors(name) for name in self._nodes})
            self._positions = {name: i for i, name in enumerate(sorter.static_order())}
        return self._positions

    def order(self, among: Iterable[str] | None = None) -> list[str]:
        """The blocks from inputs to outputs; the same for the same drawing, however it came about."""
        names = set(self._nodes if among is None else among)
        waiting = {name: sum(p in names for p in self.predecessors(name)) for name in names}
        ready = [(natural(name), name) for name, count in waiting.items() if count == 0]
        heapq.heapify(ready)
        found = []
        while ready:
            _, name = heapq.heappop(ready)
            found.append(name)
            for other in self.successors(name):
                if other in names:
                    waiting[other] -= 1
                    if waiting[other] == 0:
                        heapq.heappush(ready, (natural(other), other))
        return found

    def reaches(self, src: str, dst: str) -> bool:
        """Whether numbers from ``src`` arrive at ``dst``."""
        positions = self.positions()
        last = positions[dst]
        return dst in self._closure([src], lambda name: (n for n in self.successors(name) if positions[n] <= last))

    def upstream(self, names: Iterable[str]) -> set[str]:
        """The blocks and all that feeds them."""
        return self._closure(names, self.predecessors)

    def downstream(self, names: Iterable[str]) -> set[str]:
        """The blocks and all that they feed."""
        return self._closure(names, self.successors)

    @staticmethod
    def _closure(names: Iterable[str], step: Callable[[str], Iterable[str]]) -> set[str]:
        seen = set(names)
        stack = list(seen)
        while stack:
            for other in step(stack.pop()):
                if other not in seen:
                    seen.add(other)
                    stack.append(other)
        return seen

    def is_prefix(self, path: str) -> bool:
        """Whether other blocks lie under this module path."""
        return path in self._prefixes

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Network)
            and self._nodes == other._nodes
            and self.wires() == other.wires()
            and self._bends == other._bends
            and self._scenery == other._scenery
        )

    __hash__ = None  # type: ignore[assignment]

    # --- writing, for edits only -----------------------------------------------------------------------------

    def put(self, node: Node) -> None:
        """Add a block, or exchange the block of that name."""
        if node.name not in self._nodes:
            self._in[node.name], self._out[node.name] = {}, {}
            if self._positions is not None:
                self._positions[node.name] = max(self._positions.values(), default=-1) + 1 if self._positions else 0
            self._count_prefixes(node.name, 1)
            self._follow(node.name, "", node.shares)
        else:
            self._follow(node.name, self._nodes[node.name].shares, node.shares)
        self._nodes[node.name] = node

    def drop(self, name: str) -> None:
        """Take a block away with its wires."""
        for wire in self.wires_of(name):
            self.unlink(wire)
        self._follow(name, self._nodes[name].shares, "")
        del self._nodes[name], self._in[name], self._out[name]
        if self._positions is not None:
            del self._positions[name]
        self._count_prefixes(name, -1)

    def _follow(self, name: str, old: str, new: str) -> None:
        """Note that a block calls the layer of another one than before."""
        if old == new:
            return
        if old:
            self._sharers[old].pop(name)
            if not self._sharers[old]:
                del self._sharers[old]
        if new:
            self._sharers.setdefault(new, {})[name] = None

    def link(self, wire: Wire) -> None:
        """Draw a wire."""
        self._out[wire.src][wire] = None
        self._in[wire.dst][wire.slot] = wire
        positions = self._positions
        if positions is not None and positions[wire.src] >= positions[wire.dst]:
            self._positions = None

    def expect(self, wires: Iterable[Wire]) -> None:
        """Number the blocks for wires that will be drawn: one by one, each could number all of them anew.

        Wires of blocks that are not there are overlooked; where the wires go round, nothing is done.
        """
        sources: dict[str, list[str]] = {name: [] for name in self._nodes}
        for wire in wires:
            if wire.src in sources and wire.dst in sources:
                sources[wire.dst].append(wire.src)
        with suppress(CycleError):
            self._positions = {name: i for i, name in enumerate(TopologicalSorter(sources).static_order())}

    def unlink(self, wire: Wire) -> None:
        """Take a wire away."""
        del self._out[wire.src][wire], self._in[wire.dst][wire.slot]
        self._bends.pop(wire, None)

    def bend(self, wire: Wire, via: Points) -> None:
        """Lead a wire through points, or straight again without any."""
        if via:
            self._bends[wire] = via
        else:
            self._bends.pop(wire, None)

    def show(self, kind: Kind, key: str, item: Item | None) -> None:
        """Put down a group, note or bookmark, or take it away."""
        if kind == "group":
            self._links = None
        if item is None:
            del self._scenery.of(kind)[key]
        else:
            self._scenery.of(kind)[key] = item

    def _count_prefixes(self, name: str, step: int) -> None:
        for prefix in prefixes(name):
            count = self._prefixes.get(prefix, 0) + step
            if count:
                self._prefixes[prefix] = count
            else:
                del self._prefixes[prefix]

    # --- plain data ------------------------------------------------------------------------------------------

    def to_json(self) -> dict[str, Any]:
        """Plain data in a stable order."""
        blocks = []
        for name in self.names():
            node = self._nodes[name]
            params = _plain(node.params)
            block = {"name": name, "type": node.type, "params": params, "at": [node.x, node.y]}
            if node.marks:
                block["marks"] = _plain(node.marks)
            if node.shares:
                block["shares"] = node.shares
            blocks.append(block)
        kinds = sorted({node.type for node in self._nodes.values()})
        classes = [to_json(cls) for kind in kinds if (cls := declared(kind)) is not None]
        data: dict[str, Any] = {"classes": classes} if classes else {}
        data |= {"blocks": blocks, "wires": [[w.src, w.out, w.dst, w.slot] for w in self.wires()]}
        if self._bends:
            bends = sorted(self._bends.items())
            data["bends"] = [{"wire": [w.src, w.out, w.dst, w.slot], "via": [list(p) for p in via]} for w, via in bends]
        return {**data, **self._scenery.to_json()}

    def copy(self) -> Network:
        """A network of its own that later edits do not reach."""
        twin = Network()
        twin._nodes = dict(self._nodes)
        twin._in = {name: dict(wires) for name, wires in self._in.items()}
        twin._out = {name: dict(wires) for name, wires in self._out.items()}
        twin._positions = dict(self._positions) if self._positions is not None else None
        twin._prefixes = dict(self._prefixes)
        twin._sharers = {owner: dict(names) for owner, names in self._sharers.items()}
        twin._bends = dict(self._bends)
        twin._scenery, twin._links = self._scenery.copy(), self._links
        return twin


def _plain(values: Mapping[str, Value]) -> dict[str, Any]:
    return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}
