"""The canvas's context menus."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from designer.ui.theme import icon

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["context_menu"]

_Row = tuple[str, str, str, Callable[[], object], bool] | None


def context_menu(view: CanvasView, over_something: bool) -> QMenu:
    """The menu for what is selected, or for the canvas itself."""
    edit = not view.read_only
    chosen = bool(view.selected())
    rows: tuple[_Row, ...]
    if over_something:
        rows = (
            ("Rename", "pencil-outline", "F2", view.rename, edit and len(view.selected()) == 1),
            None,
            ("Cut", "content-cut", "Ctrl+X", view.cut, edit and chosen),
            ("Copy", "content-copy", "Ctrl+C", view.copy, chosen),
            ("Duplicate", "content-duplicate", "Ctrl+D", view.duplicate, edit and chosen),
            None,
            ("Zoom to selection", "fit-to-screen-outline", "Shift+F", view.fit_selection, chosen),
            None,
            ("Delete", "delete-outline", "Del", view.delete_selected, edit),
        )
    else:
        rows = (
            ("Paste", "content-paste", "Ctrl+V", view.paste, edit),
            ("Select all", "select-all", "Ctrl+A", view.select_all, bool(view.canvas.blocks)),
            None,
            ("Arrange", "sitemap-outline", "Ctrl+L", view.arrange, edit and bool(view.canvas.blocks)),
            ("Zoom to fit", "fit-to-screen-outline", "F", view.fit, bool(view.canvas.blocks)),
        )
    menu = QMenu(view)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for row in rows:
        if row is None:
            menu.addSeparator()
            continue
        text, picture, keys, call, enabled = row
        action = menu.addAction(icon(f"mdi6.{picture}"), f"{text}\t{keys}" if keys else text)
        action.triggered.connect(call)
        action.setEnabled(enabled)
    return menu
