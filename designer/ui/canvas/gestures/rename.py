"""A double click on a block goes to its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from designer.ui.canvas.gestures.base import Press, double_click

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__: list[str] = []


@double_click(90, ("Double-click a block", "Change its name"))
def rename(view: CanvasView, press: Press) -> bool:
    """On a block, without modifiers."""
    if not isinstance(press.under, str) or press.modifiers != Qt.KeyboardModifier.NoModifier:
        return False
    view.select([press.under])
    view.rename()
    return True
