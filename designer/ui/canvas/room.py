"""Room for what is put into a wire: it lies between the two blocks, and what follows makes way."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from designer.arrange.drawing import GAP
from designer.graph.model import Wire
from designer.graph.splice import insertion_room

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["room_in"]


def room_in(
    view: CanvasView, wire: Wire, corner: QPointF, height: float, names: Collection[str] = ()
) -> tuple[QPointF, dict[str, tuple[float, float]]]:
    """Where something of a height that was dropped at a corner comes to lie in a wire, and where others go for it."""
    scene = view.canvas
    shown = scene.wires[wire].shown
    if shown.src not in scene.blocks or shown.dst not in scene.blocks:  # a stub
        return corner, {}
    above, below = scene.blocks[shown.src].body, scene.blocks[shown.dst].body
    if below.top() <= above.bottom():
        return corner, {}
    gap = GAP[1]
    y = max(above.bottom() + gap, min(corner.y(), below.top() - gap - height))
    short = y + height + gap - below.top()
    if short <= 0:
        return QPointF(corner.x(), y), {}
    if scene.visible.plain:
        return QPointF(corner.x(), y), insertion_room(view.document.network, wire, names, below.top(), short)
    follow = {scene.visible.shown(name) for name in view.document.network.downstream([wire.dst])}
    places = {n: at for n in follow - set(names) if n is not None and (at := scene.staging.place_of(n)) is not None}
    return QPointF(corner.x(), y), {n: (p.x(), p.y() + short) for n, p in places.items() if p.y() >= below.top()}
