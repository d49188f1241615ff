"""What blocks cost, in words: the inspector and the status bar show it."""

from __future__ import annotations

from collections.abc import Collection

from designer.graph.document import Document
from designer.graph.field import measure_fields
from designer.graph.marks import is_frozen
from designer.graph.memory import measure_memory
from designer.graph.open_sizes import at_size, open_names
from designer.ui.words import count, in_bytes, plural, seen, short, strides

__all__ = ["cost_rows", "field_rows", "total_words"]

Rows = list[tuple[str, str]]


def cost_rows(document: Document, names: Collection[str], batch: int) -> Rows:
    """Parameters, multiply-adds of a sample, and memory of these blocks together at a batch size."""
    document = at_size(document, document.tried)
    shapes, nodes = document.shapes, document.network.nodes
    params = sum(shapes[name].cost.params for name in names)
    frozen = sum(shapes[name].cost.params for name in names if is_frozen(nodes[name]))
    macs = sum(shapes[name].cost.macs for name in names)
    rows = [("Parameters", count(params))]
    if frozen:
        rows.append(("Frozen", "all" if frozen == params else count(frozen)))
    if macs and open_names(document.network):
        rows.append(("Multiply-adds", "depend on open sizes"))
    else:
        rows.append(("Multiply-adds", count(macs) if len(names) == 1 else short(macs)))
    memory = measure_memory(document.network, shapes, {"B": batch})
    known = [memory[name] for name in names if name in memory]
    if known:
        made, kept = sum(m.made for m in known), sum(m.kept for m in known)
        rows.append(("Memory", f"{in_bytes(made)} forward\n{in_bytes(kept)} backward"))
    return rows


def field_rows(document: Document, name: str) -> Rows:
    """What one result of a block sees of the input."""
    field = measure_fields(document.network, document.shapes, [name]).get(name)
    if field is None:
        return []
    rows = [("Receptive field", seen(field))]
    if any(side.stride is not None for side in field.sides):
        rows.append(("Output stride", strides(field)))
    return rows


def total_words(document: Document, batch: int) -> str:
    """The whole network in a few lines."""
    rows = dict(cost_rows(document, document.network.nodes, batch))
    lines = [plural(len(document.network), "block"), f"{rows['Parameters']} parameters"]
    if "Frozen" in rows:
        lines[-1] += f", {rows['Frozen']} of them frozen"
    lines.append(f"{rows['Multiply-adds']} multiply-adds for one sample")
    if "Memory" in rows:
        kept = rows["Memory"].split("\n")[1].removesuffix(" backward")
        lines.append(f"{kept} of results kept while training with batches of {batch}")
    return "\n".join(lines)
