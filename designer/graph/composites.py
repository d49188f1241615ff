"""Ready-made groups of blocks: residual, inception and others, one JSON file each in resources/composites.

A file declares a few parameters and a network between ``in`` and ``out``. Values that begin with ``=`` are sums over
the parameters and ``in``, the channels (or features) that arrive; ``auto`` of a parameter is such a sum for when it is
left open, and ``sums`` are named on the way. A block with ``only`` stays where all its pairs are equal, one with
``unless`` goes where they are; its wires then pass straight through.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from designer.blocks.catalog import catalog, on_change, put_away
from designer.blocks.dims import Tensor
from designer.blocks.spec import Block, Cost, Param, Params, Port, Value
from designer.errors import ShapeError
from designer.graph.edits import AddBlock, Batch, Connect, Disconnect, Edit, Put
from designer.graph.infer import infer_block
from designer.graph.model import Network, Node, Wire
from designer.graph.scenery import Group
from designer.resources import resource

if TYPE_CHECKING:
    from designer.graph.document import Document

__all__ = ["GROUP", "Composite", "Draft", "Grown", "composites", "draft", "offered", "put_down"]

GROUP = "Ready-made"
_IN, _OUT = "in", "out"
_SUM = re.compile(r"[a-z_]+|\d+|\*|//|\+|-", re.ASCII)


@dataclass(frozen=True)
class Grown:
    """The blocks that a composite becomes under a path: the edits, the slots that its input feeds, and its output."""

    path: str
    blocks: tuple[AddBlock, ...]
    wires: tuple[Wire, ...]
    inputs: tuple[tuple[str, int], ...]
    output: tuple[str, int]

    def slots(self, number: int) -> tuple[tuple[str, int], ...]:
        """The slots that an input feeds; there is only one."""
        return self.inputs if number == 0 else ()

    def edits(self, x: float, y: float) -> list[Edit]:
        """Put it down as a closed group, its card with the top left corner at (x, y)."""
        left, top = min(b.x for b in self.blocks), min(b.y for b in self.blocks)
        start = len(self.path) + 1
        inputs = (tuple((name[start:], slot) for name, slot in self.inputs),)
        added: list[Edit] = [replace(b, x=b.x - left + x, y=b.y - top + y) for b in self.blocks]
        added += [Connect(wire) for wire in self.wires]
        return [*added, Put("group", self.path, Group(self.path, x=x, y=y, inputs=inputs))]


@dataclass(frozen=True)
class Composite:
    """One file. ``block`` declares it as a block is declared, so that palette, search and typed chains know it."""

    block: Block
    data: Mapping[str, Any]

    def grow(self, path: str, params: Mapping[str, Value], arriving: Tensor | None = None) -> Grown:
        """Its blocks under a path, fitted to what arrives."""
        known = self._numbers(params, arriving)
        kept, straight = self._kept(known)
        blocks = tuple(
            AddBlock(f"{path}.{b['name']}", b["type"], _values(b, known), float(b["at"][0]), float(b["at"][1]))
            for b in kept
        )
        wires, inputs, output = [], [], ("", 0)
        for src, out, dst, slot in self.data["wires"]:
            if dst in straight:
                continue
            while src in straight:
                src, out = straight[src]
            if dst == _OUT:
                output = (f"{path}.{src}", out)
            elif src == _IN:
                inputs.append((f"{path}.{dst}", slot))
            else:
                wires.append(Wire(f"{path}.{src}", out, f"{path}.{dst}", slot))
        return Grown(path, blocks, tuple(wires), tuple(inputs), output)

    def _numbers(self, params: Mapping[str, Value], arriving: Tensor | None) -> dict[str, Value]:
        axis = self.data.get("axis", 1)
        width = arriving.dims[axis] if arriving is not None and arriving.rank > max(axis, 0) else None
        known: dict[str, Value] = {_IN: width if isinstance(width, int) else self.data[_IN]}
        autos = {p["name"]: p.get("auto") for p in self.data["parameters"]}
        for param in reversed(self.block.params):  # a sum may name what is declared after it
            value = params.get(param.name, param.default)
            known[param.name] = _number(autos[param.name], known) if value is None else value
        for name, text in self.data.get("sums", {}).items():
            known[name] = _number(text, known)
        return known

    def _kept(self, known: Mapping[str, Value]) -> tuple[list[Mapping[str, Any]], dict[str, tuple[str, int]]]:
        """The blocks that stay; for each other one what its first input reads."""
        kept, straight = [], {}
        for block in self.data["blocks"]:
            only, unless = block.get("only"), block.get("unless")
            gone = (only and not _equal(only, known)) or (unless and _equal(unless, known))
            if gone:
                feeds = {(dst, slot): (src, out) for src, out, dst, slot in self.data["wires"]}
                straight[block["name"]] = feeds[block["name"], 0]
            else:
                kept.append(block)
        return kept, straight

    def trial(self, params: Params, arriving: Tensor) -> tuple[Tensor, Cost]:
        """What it gives of what arrives, and what it costs. Raises the ShapeError of the block inside."""
        grown = self.grow("c", params, arriving)
        network = Network()
        for block in grown.blocks:
            network.put(Node(block.name, block.type, catalog()[block.type].check(block.params)))
        for wire in grown.wires:
            network.link(wire)
        found: dict[tuple[str, int], Tensor | None] = {}
        total = Cost()
        for name in network.order():
            inputs = {w.slot: found[w.src, w.out] for w in network.inputs_of(name)}
            inputs |= {slot: arriving for other, slot in grown.inputs if other == name}
            shapes = infer_block(network[name], dict(sorted(inputs.items())))
            if shapes.error is not None:
                e = shapes.error
                inside = f"{e.expected} (for {name.removeprefix('c.')} inside {self.block.title})"
                raise ShapeError(inside, e.found, e.advice, e.code)
            found |= {(name, i): tensor for i, tensor in enumerate(shapes.outputs)}
            total = Cost(total.params + shapes.cost.params, total.macs + shapes.cost.macs)
        result = found[grown.output]
        assert result is not None
        return result, total


def _values(block: Mapping[str, Any], known: Mapping[str, Value]) -> dict[str, Value]:
    values = block.get("params", {})
    filled = {k: _number(v[1:], known) if isinstance(v, str) and v.startswith("=") else v for k, v in values.items()}
    return catalog()[block["type"]].check(filled)


def _equal(pairs: list[list[str]], known: Mapping[str, Value]) -> bool:
    return all(_number(a, known) == _number(b, known) for a, b in pairs)


def _number(text: str, known: Mapping[str, Value]) -> Value:
    """A sum from left to right, at least 1; a name alone keeps its value, whatever it is."""
    parts = _SUM.findall(text)
    if len(parts) == 1 and parts[0] in known:
        return known[parts[0]]
    total = _term(parts[0], known)
    for sign, part in zip(parts[1::2], parts[2::2], strict=True):
        other = _term(part, known)
        total = {"*": total * other, "//": total // max(1, other), "+": total + other, "-": total - other}[sign]
    return max(1, total)


def _term(part: str, known: Mapping[str, Value]) -> int:
    value = int(part) if part.isdigit() else known[part]
    assert isinstance(value, int)
    return value


@dataclass(frozen=True)
class Draft(Node):
    """A composite that is about to be put down, in the place of a block."""

    composite: Composite | None = field(default=None, compare=False)

    @property
    def block(self) -> Block:
        """Its declaration."""
        return self.composite.block if self.composite is not None else super().block


def draft(name: str, kind: str, params: Mapping[str, object]) -> Node:
    """A block, or a composite in a block's place, with these parameters and the defaults."""
    found = composites().get(kind)
    if found is not None:
        return Draft(name, kind, found.block.check(params), composite=found)
    return Node(name, kind, catalog()[kind].check(params))


def put_down(
    document: Document,
    kind: str,
    at: tuple[float, float],
    scope: str = "",
    after: tuple[str, int] | None = None,
    into: Wire | None = None,
) -> Batch:
    """The edit that puts a composite down, in the group ``scope``: wired after an output, into a wire, or loose."""
    path = document.fresh_name(kind, scope=scope)
    source = (into.src, into.out) if into is not None else after
    arriving = document.shapes[source[0]].outputs[source[1]] if source is not None else None
    grown = composites()[kind].grow(path, {}, arriving)
    edits: list[Edit] = [Disconnect(into)] if into is not None else []
    edits += grown.edits(*at)
    edits += [Connect(Wire(*source, name, slot)) for name, slot in grown.inputs] if source is not None else []
    if into is not None:
        edits.append(Connect(Wire(*grown.output, into.dst, into.slot)))
    return Batch(f"{'Insert' if into is not None else 'Add'} {path}", tuple(edits))


@cache
def composites() -> Mapping[str, Composite]:
    """All composites by their types, in the order that their files give."""
    found = []
    for path in resource("composites").glob("*.json"):
        data = json.loads(path.read_text(encoding="utf-8"))
        found.append((data["order"], path.stem, data))
    read = {kind: _read(kind, data) for _, kind, data in sorted(found, key=lambda entry: entry[:2])}
    return MappingProxyType(read)


@cache
def offered() -> Mapping[str, Block]:
    """Everything that a person can put down: the blocks, and the composites declared like blocks."""
    made = {kind: composite.block for kind, composite in composites().items()}
    return MappingProxyType({kind: block for kind, block in {**catalog(), **made}.items() if not put_away(kind)})


on_change(offered.cache_clear)


def _read(kind: str, data: Mapping[str, Any]) -> Composite:
    params = tuple(_param(entry) for entry in data["parameters"])

    def shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return (found.trial(p, inputs[0])[0],)

    def cost(p: Params, inputs: tuple[Tensor, ...], _: tuple[Tensor, ...]) -> Cost:
        return found.trial(p, inputs[0])[1]

    block = Block(
        type=kind,
        title=data["title"],
        group=GROUP,
        help=data["help"],
        shape=shape,
        params=params,
        inputs=(Port(),),
        cost=cost,
        synonyms=tuple(data["synonyms"]),
        summary=lambda p: ", ".join(f"{param.label.lower()} {p[param.name]}" for param in params if p[param.name]),
    )
    found = Composite(block, data)
    return found


def _param(entry: Mapping[str, Any]) -> Param:
    kind, auto = entry.get("kind", "int"), "auto" in entry
    return Param(
        entry["name"],
        entry["label"],
        kind,
        None if auto else entry["default"],
        entry.get("help", ""),
        minimum=entry.get("minimum", 1),
        maximum=entry.get("maximum"),
        optional=auto,
        short=entry.get("short", ""),
    )
