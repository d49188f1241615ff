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
    above, below = view.canvas.blocks[wire.src].body, view.canvas.blocks[wire.dst].body
    if below.top() <= above.bottom():
        return corner, {}
    gap = GAP[1]
    y = max(above.bottom() + gap, min(corner.y(), below.top() - gap - height))
    short = y + height + gap - below.top()
    moved = insertion_room(view.document.network, wire, names, below.top(), short) if short > 0 else {}
    return QPointF(corner.x(), y), moved
