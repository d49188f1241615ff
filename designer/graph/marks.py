"""What a person can mark a block with, beside its parameters: one declaration a mark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from designer.blocks.spec import Param, Value
from designer.errors import EditRefused

if TYPE_CHECKING:
    from designer.graph.model import Network

__all__ = ["MARKS", "OF_LAYER", "check_marks", "mark_of", "marked", "only"]

MARKS: dict[str, Param] = {
    mark.name: mark
    for mark in (
        Param("pinned", "Pinned", "bool", False, "Arranging leaves the block where it is."),
        Param("frozen", "Frozen", "bool", False, "Training leaves the block's weights as they are."),
        Param("muted", "Muted warnings", "labels", (), "Design warnings that are not shown for the block."),
    )
}
OF_LAYER = frozenset({"frozen"})  # said of the layer: blocks that share one have the same


def check_marks(marks: Mapping[str, object]) -> dict[str, Value]:
    """The marks in canonical form and order, without those that say nothing. Raises EditRefused with a sentence."""
    for name in marks:
        if name not in MARKS:
            raise EditRefused(f"There is no mark called {str(name)[:60]!r}. Choose one of {', '.join(MARKS)}.")
    checked = {name: MARKS[name].check(marks[name]) for name in MARKS if name in marks}
    return {name: value for name, value in checked.items() if value != MARKS[name].default}


def mark_of(marks: Mapping[str, Value], name: str) -> Value:
    """The value of one mark, its default where it is not set."""
    return marks.get(name, MARKS[name].default)


def only(marks: Mapping[str, Value], names: Iterable[str]) -> dict[str, Value]:
    """These marks with their values, defaults written out."""
    return {name: mark_of(marks, name) for name in names}


def marked(network: Network, name: str) -> list[str]:
    """The blocks whose mark ``name`` is set to something."""
    return [block for block, node in network.nodes.items() if node.marks.get(name)]
