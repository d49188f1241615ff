"""What helps to find one's way: minimap, focus, bookmarks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from designer.ui.actions.table import action, canvas_action, canvas_condition, submenu

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView
    from designer.ui.window import MainWindow

__all__: list[str] = []

ORDER = 42
_NUMBERED = 9


@canvas_condition("bookmarks")
def _bookmarks(view: CanvasView) -> bool:
    return bool(view.document.network.bookmarks)


@canvas_action(
    "minimap",
    "&Minimap",
    "View",
    shortcut="M",
    tip="Show the whole network in a corner while only a part of it is in view",
    when="editor",
    scope="canvas",
    line=True,
    checked=lambda view: view.minimap.wanted,
)
def minimap(view: CanvasView) -> None:
    """The map in the corner."""
    view.minimap.set_wanted(not view.minimap.wanted)
    view.optionChanged.emit("minimap", view.minimap.wanted)


@canvas_action(
    "focus",
    "F&ocus on the path",
    "View",
    shortcut="Shift+H",
    tip="Fade all but the blocks that feed the selected ones, and those that they feed",
    when="editor",
    scope="canvas",
    context="block",
    checked=lambda view: view.focus.on,
)
def focus(view: CanvasView) -> None:
    """Only the path through the selection."""
    view.focus.switch(not view.focus.on)


@action(
    "add_bookmark",
    "Add &bookmark…",
    "View",
    shortcut="Ctrl+B",
    icon="mdi6.bookmark-plus-outline",
    tip="Give what one sees now a name, to come back to it",
    when="writable",
    context="paper",
)
def add_bookmark(window: MainWindow) -> None:
    """Ask for its name."""
    from designer.ui.canvas.bookmarks import add_bookmark, free_name
    from designer.ui.dialogs.name import NameDialog

    dialog = NameDialog("Add bookmark", free_name(window.canvas), "Add", window)
    dialog.named.connect(partial(add_bookmark, window.canvas))
    dialog.open()


@submenu("View/&Bookmarks")
def bookmarks(window: MainWindow, menu: QMenu) -> None:
    """Where one can go, with the keys of the first nine; and those that can be deleted."""
    from designer.ui.canvas.bookmarks import bookmark_names, delete_bookmark, go_to_bookmark

    view = window.canvas if window.editing else None
    names = bookmark_names(view) if view is not None else []
    for old in menu.findChildren(QMenu):
        old.deleteLater()  # the inner menu of last time
    if view is None or not names:
        menu.addAction("No bookmarks yet").setEnabled(False)
        return
    for number, name in enumerate(names, 1):
        if number <= _NUMBERED:  # these have keys
            item = window.actions_by_id[f"bookmark_{number}"]
            item.setText(name.replace("&", "&&"))
            item.setEnabled(True)
            menu.addAction(item)
        else:
            item = menu.addAction(name.replace("&", "&&"))
            item.triggered.connect(partial(_with, go_to_bookmark, view, name))
    menu.addSeparator()
    inner = menu.addMenu("&Delete")
    inner.setEnabled(not view.read_only)
    for name in names:
        item = inner.addAction(name.replace("&", "&&"))
        item.triggered.connect(partial(_with, delete_bookmark, view, name))


def _with(do: object, view: CanvasView, name: str, _checked: bool = False) -> None:
    assert callable(do)
    do(view, name)


def _numbered(number: int) -> None:
    @canvas_action(
        f"bookmark_{number}",
        f"Go to bookmark {number}",
        "View/&Bookmarks",
        shortcut=f"Alt+{number}",
        tip="Go to a place that was kept",
        when="bookmarks",
    )
    def go(view: CanvasView) -> None:
        from designer.ui.canvas.bookmarks import bookmark_names, go_to_bookmark

        names = bookmark_names(view)
        if number <= len(names):
            go_to_bookmark(view, names[number - 1])
        else:
            view.statusMessage.emit(f"There is no bookmark {number} yet")


for _number in range(1, _NUMBERED + 1):
    _numbered(_number)
