"""What a person can mark a block with, beside its parameters: one declaration a mark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from designer.blocks.spec import Param, Value
from designer.errors import EditRefused

if TYPE_CHECKING:
    from designer.graph.model import Network, Node

__all__ = ["MARKS", "OF_LAYER", "check_marks", "is_frozen", "mark_of", "marked", "only", "rate_of"]

MARKS: dict[str, Param] = {
    mark.name: mark
    for mark in (
        Param("pinned", "Pinned", "bool", False, "Arranging leaves the block where it is."),
        Param("frozen", "Frozen", "bool", False, "Training leaves the block's weights as they are."),
        Param(
            "rate",
            "Rate factor",
            "float",
            1.0,
            "What the learning rate is multiplied by for the block: 0.1 makes it learn ten times slower.",
            minimum=0,
            maximum=1000,
        ),
        Param("muted", "Muted warnings", "labels", (), "Design warnings that are not shown for the block."),
    )
}
OF_LAYER = frozenset({"frozen", "rate"})  # said of the layer: blocks that share one have the same


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


def is_frozen(node: Node) -> bool:
    """Whether training leaves a block's weights as they are."""
    return node.marks.get("frozen") is True


def rate_of(node: Node) -> float:
    """What the learning rate is multiplied by for a block; frozen or not."""
    rate = mark_of(node.marks, "rate")
    assert isinstance(rate, int | float)
    return float(rate)
