"""The blocks of the palette: their groups in the order of a network, or the answer to a search."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from designer.blocks.spec import Block
from designer.graph.search import groups, search

__all__ = ["Row", "rows"]


@dataclass(frozen=True)
class Row:
    """A line of the list: a block, or (without one) the heading of a group or a note."""

    group: str
    block: Block | None = None
    count: int = 0
    found: bool = False  # in answer to a search, where headings are missing
    note: str = ""


def rows(query: str, collapsed: Iterable[str] = ()) -> list[Row]:
    """What the list shows: all groups, or the blocks that answer a search, best first."""
    if query.strip():
        found = [Row(block.group, block, found=True) for block in search(query)]
        return found or [Row("", note=f"No block matches “{query.strip()}”")]
    folded = set(collapsed)
    listed: list[Row] = []
    for group, blocks in groups().items():
        listed.append(Row(group, count=len(blocks)))
        if group not in folded:
            listed += [Row(group, block) for block in blocks]
    return listed
