"""Plain data to a network, trusting nothing in it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from typing import Any

from designer.blocks.catalog import catalog
from designer.blocks.userclass import declare, from_json
from designer.errors import EditRefused, FileDamaged
from designer.graph import scenery
from designer.graph.edits import AddBlock, Connect, Edit, Put, Share, apply
from designer.graph.links import why_unequal
from designer.graph.marks import check_marks
from designer.graph.model import MOST_BLOCKS, Network, Points, Wire
from designer.graph.scenery import MOST

__all__ = ["network_from_json", "read_blocks"]

MOST_CLASSES = 500
_SHOWN = 8  # blocks of a loop
ENTRIES = ("classes", "blocks", "wires", "bends", *scenery.ENTRIES)


def _list(data: dict[str, Any], key: str, most: int) -> list[Any]:
    value = data.get(key)
    if not isinstance(value, list):
        raise FileDamaged(f"Expected a list of {key} in the network, found {type(value).__name__}.")
    if len(value) > most:
        raise FileDamaged(f"The network has {len(value)} {key}; at most {most} can be opened.")
    return value


def _block(item: object) -> AddBlock:
    if not isinstance(item, dict) or not set(item) <= {"name", "type", "params", "at", "marks", "shares"}:
        raise FileDamaged("Expected each block to have name, type, params, at, marks and shares, found something else.")
    kind, at, params = item.get("type"), item.get("at", [0.0, 0.0]), item.get("params", {})
    if not isinstance(kind, str) or kind not in catalog():
        raise FileDamaged(f"This version of Layerloom has no block of type {str(kind)[:60]!r}; a newer one may.")
    if not isinstance(params, dict):
        raise FileDamaged(f"Expected the parameters of {item.get('name')!r} by name, found {type(params).__name__}.")
    if not (isinstance(at, list) and len(at) == 2 and all(_is_place(v) for v in at)):
        raise FileDamaged(f"Expected two finite numbers as the place of {item.get('name')!r}.")
    name = item.get("name")
    if not isinstance(name, str):
        raise FileDamaged("Expected a name for each block.")
    marks = item.get("marks", {})
    if not isinstance(marks, dict):
        raise FileDamaged(f"Expected the marks of {name!r} by name, found {type(marks).__name__}.")
    checked = catalog()[kind].check(params)
    return AddBlock(name, kind, checked, float(at[0]), float(at[1]), check_marks(marks))


def _shares(items: list[Any]) -> list[Edit]:
    """The edit that lets blocks call the layers of others, if any do."""
    layers: dict[str, str] = {}
    for item in items:
        owner = item.get("shares", "")
        if not isinstance(owner, str):
            raise FileDamaged(f"Expected the name of the block whose layer {item.get('name')!r} shares.")
        if owner:
            layers[item["name"]] = owner
    return [Share(layers)] if layers else []


def _is_place(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and abs(value) < 1e7


def _wire(item: object) -> Wire:
    if isinstance(item, list) and len(item) == 4:
        src, out, dst, slot = item
        ports = all(isinstance(v, int) and not isinstance(v, bool) and 0 <= v < MOST_BLOCKS for v in (out, slot))
        if isinstance(src, str) and isinstance(dst, str) and ports:
            return Wire(src, out, dst, slot)
    raise FileDamaged("Expected each wire as [block, output, block, input], found something else.")


def _bend(item: object) -> tuple[Wire, Points]:
    if isinstance(item, dict) and set(item) == {"wire", "via"} and isinstance(item["via"], list):
        via = item["via"]
        if all(isinstance(p, list) and len(p) == 2 and all(_is_place(v) for v in p) for p in via):
            return _wire(item["wire"]), tuple((float(x), float(y)) for x, y in via)
    raise FileDamaged("Expected each bend as a wire and the points it is led through (via), found something else.")


def _scenery(data: dict[str, Any]) -> list[Edit]:
    puts: list[Edit] = []
    for entry, kind in scenery.ENTRIES.items():
        items = [scenery.item_from_json(kind, item) for item in _list(data, entry, MOST)] if entry in data else []
        if len({item.key for item in items}) != len(items):
            raise FileDamaged(f"The network has two {entry} of the same name.")
        puts += [Put(kind, item.key, item) for item in items]
    return puts


def read_blocks(data: object) -> list[Edit]:
    """The edits that draw what the data describes. Raises FileDamaged or EditRefused."""
    if not isinstance(data, dict):
        raise FileDamaged(f"Expected a network with blocks and wires, found {type(data).__name__}.")
    for key in data:
        if key not in ENTRIES:
            raise FileDamaged(f"Expected {', '.join(ENTRIES)} in the network, found {str(key)[:60]!r}.")
    for item in _list(data, "classes", MOST_CLASSES) if "classes" in data else ():
        declare(from_json(item))  # only declared: the code itself is neither here nor run
    items = _list(data, "blocks", MOST_BLOCKS)
    blocks: list[Edit] = [_block(item) for item in items]
    wires = [_wire(item) for item in _list(data, "wires", MOST_BLOCKS * 8)]
    bends = dict(_bend(item) for item in _list(data, "bends", MOST_BLOCKS * 8)) if "bends" in data else {}
    if not bends.keys() <= set(wires):
        raise FileDamaged("The network has bends of a wire that it does not have.")
    return [*blocks, *_shares(items), *(Connect(wire, bends.get(wire, ())) for wire in wires), *_scenery(data)]


def _refuse_loop(wires: Iterable[Wire]) -> None:
    """Raise EditRefused where numbers would run in a circle, which no order can compute; it names the blocks."""
    readers: dict[str, set[str]] = {}
    for wire in wires:
        readers.setdefault(wire.dst, set()).add(wire.src)
    try:
        TopologicalSorter(readers).prepare()
    except CycleError as error:
        circle = error.args[1]
        shown = circle if len(circle) <= _SHOWN else [*circle[: _SHOWN - 1], "…", circle[-1]]
        raise EditRefused(
            f"expected wires that lead from inputs to outputs, found the loop {' → '.join(shown)}. Take one of its "
            "wires out of the file."
        ) from error


def network_from_json(data: object) -> Network:
    """The network that plain data describes. Raises FileDamaged for anything that no network could be."""
    network = Network()
    try:
        edits = read_blocks(data)
        first = next((at for at, edit in enumerate(edits) if isinstance(edit, Connect)), len(edits))
        for edit in edits[:first]:
            apply(network, edit)
        wires = [edit.wire for edit in edits if isinstance(edit, Connect)]
        _refuse_loop(wires)
        network.expect(wires)
        for edit in edits[first:]:
            apply(network, edit)
        unequal = next((why for link in network.links if (why := why_unequal(network, link))), None)
        if unequal:
            raise EditRefused(unequal)
    except EditRefused as error:
        raise FileDamaged(f"The network in this file is damaged: {error}") from error
    return network
