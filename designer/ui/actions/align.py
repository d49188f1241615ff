"""Put the selected blocks into line: one edit each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

from designer.graph.align import Box, Edge, Places, align, distribute, line_up
from designer.graph.edits import Batch, Move
from designer.ui.actions.table import canvas_action, canvas_condition

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__: list[str] = []

ORDER = 61
MENU = "Network/A&lign"
COLUMN_GAP, ROW_GAP = 56.0, 48.0  # as after Arrange
Plan = Callable[[Mapping[str, Box], Sequence[Box]], Places]
_KEYS: dict[Edge, str] = {
    "left": "Alt+Shift+Left",
    "centre": "Alt+Shift+C",
    "right": "Alt+Shift+Right",
    "top": "Alt+Shift+Up",
    "middle": "Alt+Shift+M",
    "bottom": "Alt+Shift+Down",
}
_ICONS: dict[Edge, str] = {
    "left": "mdi6.align-horizontal-left",
    "centre": "mdi6.align-horizontal-center",
    "right": "mdi6.align-horizontal-right",
    "top": "mdi6.align-vertical-top",
    "middle": "mdi6.align-vertical-center",
    "bottom": "mdi6.align-vertical-bottom",
}


@canvas_condition("three chosen")
def _three_chosen(view: CanvasView) -> bool:
    return len(view.canvas.selection) > 2 and not view.read_only


def _boxes(view: CanvasView) -> tuple[dict[str, Box], list[Box]]:
    """The rectangles of the selected blocks, and those of the others."""
    chosen, network = view.canvas.selection, view.document.network
    found: dict[str, Box] = {}
    others: list[Box] = []
    for name, rect in view.canvas.cells.rects.items():
        node = network.nodes.get(name) or network.groups.get(name)  # a card may still be gliding to where its block is
        corner = (node.x, node.y) if node is not None else (rect.x(), rect.y())
        box = (*corner, rect.width(), rect.height())
        if name in chosen:
            found[name] = box
        else:
            others.append(box)
    return found, others


def _row(name: str, text: str, plan: Plan, tip: str, when: str = "several", **fields: Any) -> None:
    label = text.replace("&", "")

    @canvas_action(name, text, MENU, tip=tip, when=when, scope="canvas", context="block", **fields)
    def run(view: CanvasView) -> None:
        boxes, others = _boxes(view)
        moved = {n: place for n, place in plan(boxes, others).items() if place != boxes[n][:2]}
        if moved:
            view.bridge.do(Batch(label, (Move(moved),)))


def _align(edge: Edge, boxes: Mapping[str, Box], others: Sequence[Box]) -> Places:
    return align(boxes, edge, others)


for _edge in get_args(Edge):
    _row(
        f"align_{_edge}",
        f"Align &{_edge}",
        partial(_align, _edge),
        f"Bring the selected blocks to one line: {_edge}",
        shortcut=_KEYS[_edge],
        icon=_ICONS[_edge],
        line=_edge == "top",
    )
_row(
    "distribute_across",
    "Distribute &across",
    lambda boxes, others: distribute(boxes, "across", others),
    "Equal gaps from left to right",
    "three chosen",
    shortcut="Alt+Shift+A",
    icon="mdi6.distribute-horizontal-center",
    line=True,
)
_row(
    "distribute_down",
    "Distribute &down",
    lambda boxes, others: distribute(boxes, "down", others),
    "Equal gaps from top to bottom",
    "three chosen",
    shortcut="Alt+Shift+D",
    icon="mdi6.distribute-vertical-center",
)
_row(
    "tidy_column",
    "Tidy into a c&olumn",
    lambda boxes, others: line_up(boxes, "column", others, COLUMN_GAP),
    "One below the other, middle on middle",
    icon="mdi6.view-sequential-outline",
    line=True,
)
_row(
    "tidy_row",
    "Tidy into a &row",
    lambda boxes, others: line_up(boxes, "row", others, ROW_GAP),
    "One beside the other, middle on middle",
    icon="mdi6.view-column-outline",
)
