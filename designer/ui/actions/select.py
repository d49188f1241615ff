"""What is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.ui.actions.table import canvas_action

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__: list[str] = []

ORDER = 30


@canvas_action(
    "select_all",
    "Select &all",
    "Select",
    shortcut="Ctrl+A",
    icon="mdi6.select-all",
    tip="Select all blocks",
    when="blocks",
    scope="canvas",
    context="paper",
)
def select_all(view: CanvasView) -> None:
    """Select every block."""
    view.select_all()
