"""What goes into a block or a group and comes out of it, in rows."""

from __future__ import annotations

from designer.blocks.dims import Tensor
from designer.graph.document import Document
from designer.graph.nesting import Value
from designer.graph.ports import ports_of

__all__ = ["block_rows", "group_rows"]

Rows = list[tuple[str, str]]
MOST_PORTS = 6  # rows of a group's inputs, and of its outputs


def block_rows(document: Document, name: str) -> Rows:
    """The shapes at the ports of a block."""
    node, shapes = document.network[name], document.shapes[name]
    rows = []
    for wire in document.network.inputs_of(name):
        port = node.block.port_of(wire.slot)
        title = "In" if len(node.block.inputs) == 1 else (port.name if port else "in").capitalize()
        rows.append((title, _tensor(document, shapes.inputs.get(wire.slot))))
    rows += [("In", "not connected") for _ in shapes.missing[:1]]
    several = len(shapes.outputs) > 1
    for port, tensor in zip(node.block.outputs, shapes.outputs, strict=False):
        told = "measuring…" if shapes.wanted else _tensor(document, tensor)
        rows.append((port.name.capitalize() if several else "Out", told))
    return rows


def group_rows(document: Document, path: str) -> Rows:
    """The shapes at the ports of a group."""
    ports = ports_of(document.network, path)
    inputs = [_value(document, entry.source) if entry.source else "not connected" for entry in ports.inputs]
    return _numbered("In", inputs) + _numbered("Out", [_value(document, end.value) for end in ports.outputs])


def _value(document: Document, value: Value) -> str:
    made = document.shapes[value[0]].outputs
    return _tensor(document, made[value[1]] if value[1] < len(made) else None)


def _numbered(title: str, values: list[str]) -> Rows:
    if len(values) == 1:
        return [(title, values[0])]
    rows = [(f"{title} {i}", words) for i, words in enumerate(values[:MOST_PORTS], 1)]
    return rows + ([("", f"and {len(values) - MOST_PORTS} more")] if len(values) > MOST_PORTS else [])


def _tensor(document: Document, tensor: Tensor | None) -> str:
    return str(tensor.at(document.tried)) if tensor is not None else "unknown"
