"""What the cards show besides: one overlay at a time, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.ui.actions.table import canvas_action
from designer.ui.canvas.overlays.spec import overlays

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__: list[str] = []

ORDER = 42
_MENU = "View/&Overlay"


def _overlay_row(name: str, title: str, tip: str) -> None:
    @canvas_action(
        f"overlay_{name or 'none'}",
        title,
        _MENU,
        tip=tip,
        when="editor",
        context="paper",
        checked=lambda view: view.heat.chosen == name,
        group="overlay",
    )
    def show(view: CanvasView) -> None:
        view.heat.choose(name)


_overlay_row("", "&None", "Show the blocks without figures")
for _overlay in overlays().values():
    _overlay_row(_overlay.id, _overlay.title, _overlay.tip)


@canvas_action(
    "next_overlay",
    "Ne&xt overlay",
    _MENU,
    shortcut="Shift+O",
    icon="mdi6.layers-outline",
    tip="Show the next overlay on the blocks; after the last none",
    when="editor",
    scope="canvas",
    line=True,
)
def next_overlay(view: CanvasView) -> None:
    """One further."""
    view.heat.next()
