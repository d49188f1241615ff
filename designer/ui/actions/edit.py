"""Undo, the clipboard, names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.ui.actions.table import action, canvas_action

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView
    from designer.ui.window import MainWindow

__all__: list[str] = []

ORDER = 20


@action("undo", "&Undo", "Edit", shortcut="Ctrl+Z", icon="mdi6.undo", tip="Take the last edit back", when="undo")
def undo(window: MainWindow) -> None:
    """Take back."""
    window.bridge.document.undo()


@action("redo", "&Redo", "Edit", shortcut="Ctrl+Shift+Z; Ctrl+Y", icon="mdi6.redo", tip="Do it again", when="redo")
def redo(window: MainWindow) -> None:
    """Do again."""
    window.bridge.document.redo()


@canvas_action(
    "rename",
    "Rena&me…",
    "Edit",
    shortcut="F2",
    icon="mdi6.pencil-outline",
    tip="Give the selected block another name",
    when="one block",
    scope="canvas",
    line=True,
    context="block",
)
def rename(view: CanvasView) -> None:
    """Go to the block's name."""
    view.rename()


@canvas_action(
    "cut",
    "Cu&t",
    "Edit",
    shortcut="Ctrl+X",
    icon="mdi6.content-cut",
    tip="Cut the selected blocks",
    when="editable things",
    line=True,
    context="block",
)
def cut(view: CanvasView) -> None:
    """Cut blocks."""
    view.cut()


@canvas_action(
    "copy",
    "&Copy",
    "Edit",
    shortcut="Ctrl+C",
    icon="mdi6.content-copy",
    tip="Copy the selected blocks",
    when="things",
    context="block",
)
def copy(view: CanvasView) -> None:
    """Copy blocks."""
    view.copy()


@canvas_action(
    "paste",
    "&Paste",
    "Edit",
    shortcut="Ctrl+V",
    icon="mdi6.content-paste",
    tip="Paste blocks",
    when="writable",
    context="paper",
)
def paste(view: CanvasView) -> None:
    """Paste blocks."""
    view.paste()


@canvas_action(
    "duplicate",
    "&Duplicate",
    "Edit",
    shortcut="Ctrl+D",
    icon="mdi6.content-duplicate",
    tip="Copy the selected blocks beside",
    when="editable selection",
    context="block",
)
def duplicate(view: CanvasView) -> None:
    """Copy and paste in one."""
    view.duplicate()


@canvas_action(
    "duplicate_wired",
    "Dup&licate with connections",
    "Edit",
    shortcut="Ctrl+Shift+D",
    tip="Copy the selected blocks beside; the copies read from the same blocks",
    when="editable selection",
    context="block",
)
def duplicate_wired(view: CanvasView) -> None:
    """Copies that hang where the originals hang."""
    from designer.ui.canvas import commands  # with the canvas, after the first paint

    commands.duplicate(view, wired=True)


@canvas_action(
    "delete",
    "De&lete",
    "Edit",
    shortcut="Del; Backspace",
    icon="mdi6.delete-outline",
    tip="Delete the selected blocks and wires",
    when="writable",
    scope="canvas",
    context="block",
)
def delete(view: CanvasView) -> None:
    """Delete blocks and wires."""
    view.delete_selected()


@action("add", "&Add block…", "Edit", shortcut="Ctrl+Space", tip="Find a kind of block and add it", when="writable")
def add(window: MainWindow) -> None:
    """Go to the palette's search."""
    window.find_kind()
