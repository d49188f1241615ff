"""A double click on empty paper searches what to put there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from designer.ui.canvas.gestures.base import Press, double_click
from designer.ui.canvas.search.popup import open_search

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__: list[str] = []


@double_click(95, ("Double-click empty canvas", "Search blocks, or type a chain"))
def search_here(view: CanvasView, press: Press) -> bool:
    """On nothing, without modifiers."""
    if press.under is not None or press.modifiers != Qt.KeyboardModifier.NoModifier:
        return False
    view.select(())
    return open_search(view, press.at) is not None
