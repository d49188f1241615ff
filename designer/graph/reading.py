"""Plain data to a network, trusting nothing in it."""

from __future__ import annotations

import math
from typing import Any

from designer.blocks.catalog import catalog
from designer.errors import EditRefused, FileDamaged
from designer.graph.edits import AddBlock, Connect, Edit, apply
from designer.graph.model import MOST_BLOCKS, Network, Wire

__all__ = ["network_from_json", "read_blocks"]


def _list(data: dict[str, Any], key: str, most: int) -> list[Any]:
    value = data.get(key)
    if not isinstance(value, list):
        raise FileDamaged(f"Expected a list of {key} in the network, found {type(value).__name__}.")
    if len(value) > most:
        raise FileDamaged(f"The network has {len(value)} {key}; at most {most} can be opened.")
    return value


def _block(item: object) -> AddBlock:
    if not isinstance(item, dict) or not set(item) <= {"name", "type", "params", "at"}:
        raise FileDamaged("Expected each block to have name, type, params and at, found something else.")
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
    checked = catalog()[kind].check(params)
    return AddBlock(name=name, type=kind, params=checked, x=float(at[0]), y=float(at[1]))


def _is_place(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and abs(value) < 1e7


def _wire(item: object) -> Wire:
    if isinstance(item, list) and len(item) == 4:
        src, out, dst, slot = item
        ports = all(isinstance(v, int) and not isinstance(v, bool) and 0 <= v < MOST_BLOCKS for v in (out, slot))
        if isinstance(src, str) and isinstance(dst, str) and ports:
            return Wire(src, out, dst, slot)
    raise FileDamaged("Expected each wire as [block, output, block, input], found something else.")


def read_blocks(data: object) -> list[Edit]:
    """The edits that draw what the data describes. Raises FileDamaged or EditRefused."""
    if not isinstance(data, dict):
        raise FileDamaged(f"Expected a network with blocks and wires, found {type(data).__name__}.")
    blocks: list[Edit] = [_block(item) for item in _list(data, "blocks", MOST_BLOCKS)]
    return blocks + [Connect(_wire(item)) for item in _list(data, "wires", MOST_BLOCKS * 8)]


def network_from_json(data: object) -> Network:
    """The network that plain data describes. Raises FileDamaged for anything that no network could be."""
    network = Network()
    try:
        for edit in read_blocks(data):
            apply(network, edit)
    except EditRefused as error:
        raise FileDamaged(f"The network in this file is damaged: {error}") from error
    return network
