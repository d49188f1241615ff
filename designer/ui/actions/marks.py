"""Mark the selected blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.graph.edits import SetMarks
from designer.ui.actions.table import canvas_action

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__: list[str] = []

ORDER = 62


def _all_pinned(view: CanvasView) -> bool:
    nodes = view.document.network.nodes
    chosen = view.canvas.selection
    return bool(chosen) and all(bool(nodes[name].marks.get("pinned")) for name in chosen if name in nodes)


@canvas_action(
    "pin",
    "P&inned",
    "Network",
    shortcut="P",
    icon="mdi6.pin-outline",
    tip="Arranging leaves the selected blocks where they are",
    when="editable selection",
    scope="canvas",
    context="block",
    checked=_all_pinned,
)
def pin(view: CanvasView) -> None:
    """Pin what is not pinned; when all are, let them go."""
    names = tuple(name for name in view.selected() if name in view.document.network)
    if names:
        view.bridge.do(SetMarks(names, {"pinned": not _all_pinned(view)}))
