"""How wires run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.ui.actions.table import canvas_action, canvas_condition

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__: list[str] = []

ORDER = 62


@canvas_condition("bends")
def _bends(view: CanvasView) -> bool:
    scene = view.canvas
    return not view.read_only and any(
        w in scene.cut or (w.src in scene.selection and w.dst in scene.selection) for w in view.document.network.bends
    )


@canvas_action(
    "straighten",
    "Straighten &wires",
    "Network",
    icon="mdi6.vector-line",
    tip="Take the points away that lead the selected wires; a double click on a wire makes one",
    when="bends",
    context="block",
)
def straighten(view: CanvasView) -> None:
    """Let wires find their own way."""
    from designer.ui.canvas.gestures.bend import straighten as take_away

    take_away(view)
