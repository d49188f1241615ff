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


@canvas_condition("one wire")
def _one_wire(view: CanvasView) -> bool:
    scene = view.canvas
    return not view.read_only and not scene.selection and len({scene.wires[w].shown for w in scene.cut}) == 1


@canvas_action(
    "add_point",
    "Lead the wire by a &point",
    "Network",
    shortcut="B",
    icon="mdi6.vector-polyline-plus",
    tip="Give the selected wire a point at its middle; the arrow keys move its points",
    when="one wire",
    scope="canvas",
    context="block",
)
def add_point(view: CanvasView) -> None:
    """A point without the mouse."""
    from designer.ui.canvas.gestures.bend import add_bend

    wire = next(iter(view.canvas.cut))
    route = view.canvas.wires[wire].route
    if route is not None:
        add_bend(view, wire, route.path.pointAtPercent(0.5))


@canvas_action(
    "take_out",
    "Take &out of the flow",
    "Network",
    shortcut="Ctrl+Shift+X",
    icon="mdi6.vector-line",
    tip="Cut the selected blocks off and close the wire behind them, as Alt + drag does",
    when="editable selection",
    context="block",
)
def take_out(view: CanvasView) -> None:
    """Aside, without wires to others."""
    from designer.ui.canvas.commands import take_aside

    take_aside(view)


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
