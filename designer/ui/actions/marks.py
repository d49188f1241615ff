"""Pin the selected blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.graph.edits import SetMarks
from designer.graph.model import natural
from designer.ui.actions.table import canvas_action

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__: list[str] = []

ORDER = 62


def _blocks(view: CanvasView) -> list[str]:
    """The selected blocks, those inside selected cards too."""
    return [name for shown in view.canvas.selection for name in view.canvas.visible.blocks(shown)]


def _all_pinned(view: CanvasView) -> bool:
    nodes, names = view.document.network.nodes, _blocks(view)
    return bool(names) and all(bool(nodes[name].marks.get("pinned")) for name in names)


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
    view.bridge.do(SetMarks(tuple(sorted(_blocks(view), key=natural)), {"pinned": not _all_pinned(view)}))
