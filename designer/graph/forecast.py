"""What an edit would change, found by doing it to a copy: for a preview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from designer.blocks.rules import spell
from designer.blocks.spec import Value
from designer.errors import EditRefused
from designer.graph.document import Document
from designer.graph.edits import Edit
from designer.graph.links import apply_everywhere
from designer.graph.marks import MARKS, mark_of
from designer.graph.model import Network, Node, Wire

__all__ = ["Forecast", "forecast"]


@dataclass(frozen=True)
class Forecast:
    """The difference that an edit makes. ``changed`` has a line for each parameter or mark: "Kernel size: 7 to 4"."""

    after: Network
    added: Mapping[str, Node] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()
    moved: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    new_wires: frozenset[Wire] = frozenset()
    gone_wires: frozenset[Wire] = frozenset()


def forecast(document: Document, edit: Edit) -> Forecast | None:
    """What the edit would do to the document, in linked groups too; None where it is refused."""
    before, after = document.network, document.network.copy()
    try:
        _, applied = apply_everywhere(after, edit)
    except EditRefused:
        return None
    touched = [n for n in (*before.nodes, *(m for m in after.nodes if m not in before)) if n in applied.touched]
    both = [n for n in touched if n in before and n in after and before[n].type == after[n].type]
    old = {w for n in touched if n in before for w in before.wires_of(n)}
    new = {w for n in touched if n in after for w in after.wires_of(n)}
    lines = {n: tuple(_lines(before[n], after[n])) for n in both}
    return Forecast(
        after,
        {n: after[n] for n in touched if n in after and n not in both},
        frozenset(n for n in touched if n in before and n not in both),
        {n: (after[n].x, after[n].y) for n in both if (after[n].x, after[n].y) != (before[n].x, before[n].y)},
        {n: found for n, found in lines.items() if found},
        frozenset(new - old),
        frozenset(old - new),
    )


def _lines(before: Node, after: Node) -> list[str]:
    found = []
    for param in before.block.params:
        old, new = before.params[param.name], after.params[param.name]
        if old != new:
            found.append(f"{param.label}: {_word(old)} → {_word(new)}")
    for mark in MARKS.values():
        if mark.kind in ("bool", "float") and mark_of(before.marks, mark.name) != mark_of(after.marks, mark.name):
            old, new = mark_of(before.marks, mark.name), mark_of(after.marks, mark.name)
            found.append(f"{mark.label}: {_word(old)} → {_word(new)}")
    return found


def _word(value: Value) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None or value == ():
        return "none"
    if isinstance(value, tuple) and any(isinstance(item, str) for item in value):
        return f"{len(value)} names"
    return f"{value:g}" if isinstance(value, float) else spell(value)
