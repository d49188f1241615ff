"""Blocks of a person's own class, moved to another text of its file in one step that can be undone."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from designer.blocks.catalog import catalog
from designer.blocks.spec import Block, Value
from designer.blocks.userclass import UserClass, declared
from designer.errors import EditRefused
from designer.graph.document import Document
from designer.graph.edits import Batch, Disconnect, Edit, SetParams
from designer.graph.model import Node

__all__ = ["retyped"]


def retyped(document: Document, classes: Mapping[str, UserClass], older: Collection[str]) -> Batch | None:
    """The edit that makes blocks of the texts with the hashes ``older`` blocks of these classes, by name.

    Parameters of the same name keep their values where those fit; wires to what is gone are taken away. None where
    there is nothing to do.
    """
    network = document.network
    edits: list[Edit] = []
    for node in network.nodes.values():
        old = declared(node.type)
        new = classes.get(old.name) if old is not None and old.sha256 in older else None
        if new is None or new.type == node.type:
            continue
        block = catalog()[new.type]
        edits += [Disconnect(wire) for wire in network.inputs_of(node.name) if block.port_of(wire.slot) is None]
        edits += [Disconnect(wire) for wire in network.outputs_of(node.name) if wire.out >= len(block.outputs)]
        if not node.shares:
            edits.append(SetParams(node.name, _kept(node, block), type=new.type))
    edits.sort(key=lambda edit: isinstance(edit, SetParams))  # wires first: a block cannot lose a slot in use
    file = next(iter(classes.values())).file if classes else ""
    return Batch(f"Use the new {file}", tuple(_unique(edits))) if edits else None


def _unique(edits: list[Edit]) -> list[Edit]:
    """Each wire once: it may end and start at blocks that both change."""
    found: list[Edit] = []
    for edit in edits:
        if edit not in found:
            found.append(edit)
    return found


def _kept(node: Node, block: Block) -> dict[str, Value]:
    kept: dict[str, Value] = {}
    for param in block.params:
        if param.name in node.params:
            try:
                kept[param.name] = param.check(node.params[param.name])
            except EditRefused:
                kept[param.name] = param.default
    return kept
