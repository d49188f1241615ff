"""Searching: what to add, what is there, what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.ui.actions.table import action, canvas_action
from designer.ui.canvas.search.find import open_find
from designer.ui.canvas.search.popup import open_search

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView
    from designer.ui.window import MainWindow

__all__: list[str] = []

ORDER = 25


@canvas_action(
    "search",
    "Add block or c&hain…",
    "Edit",
    shortcut="Tab",
    icon="mdi6.plus-circle-outline",
    tip="Search a block, or type a chain such as conv 64 k3 | bn | relu; a tap on Space does the same",
    when="writable",
    scope="canvas",
    line=True,
    context="both",
)
def search(view: CanvasView) -> None:
    """After the selection, or at the cursor."""
    open_search(view)


@canvas_action(
    "find",
    "&Find block…",
    "Edit",
    shortcut="Ctrl+F",
    icon="mdi6.magnify",
    tip="Find a block of the network by name or type",
    when="editor",
)
def find(view: CanvasView) -> None:
    """The bar at the corner of the canvas."""
    open_find(view)


@action("find_outline", "Search the &outline", "Edit", tip="Find a block in the tree of names", when="editor")
def find_outline(window: MainWindow) -> None:
    """Go to the outline's search."""
    window.find_block()


@action(
    "command_palette",
    "Command &palette…",
    "Edit",
    shortcut="Ctrl+Shift+P",
    icon="mdi6.console-line",
    tip="Search everything that can be done, and every block",
)
def command_palette(window: MainWindow) -> None:
    """Over the window."""
    from designer.ui.command_palette import open_palette

    open_palette(window)
