"""Places to come back to: kept with the network, so that they are saved, undone and sent along like any edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from designer.errors import EditRefused
from designer.graph.edits import Batch, Put
from designer.graph.names import natural
from designer.graph.scenery import Bookmark

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["add_bookmark", "bookmark_names", "delete_bookmark", "free_name", "go_to_bookmark"]


def bookmark_names(view: CanvasView) -> list[str]:
    """The bookmarks in the order in which they are numbered."""
    return sorted(view.document.network.bookmarks, key=natural)


def free_name(view: CanvasView) -> str:
    """A name that no bookmark has: of the one selected block, or a number."""
    taken = view.document.network.bookmarks
    chosen = view.selected()
    if len(chosen) == 1 and chosen[0] not in taken:
        return chosen[0]
    return next(name for name in (f"Bookmark {i}" for i in range(1, len(taken) + 2)) if name not in taken)


def add_bookmark(view: CanvasView, name: str) -> bool:
    """Keep what one sees now under a name; a bookmark of that name moves here. False where that is refused."""
    name = name.strip()
    middle = view.visible_area().center()
    known = name in view.document.network.bookmarks
    try:
        mark = Bookmark(name, round(middle.x(), 2), round(middle.y(), 2), view.zoom, view.canvas.scope)
    except EditRefused as error:
        view.statusMessage.emit(error.message)
        return False
    label = f"Move bookmark {name}" if known else f"Add bookmark {name}"
    if view.bridge.do(Batch(label, (Put("bookmark", name, mark),))) is None:
        return False
    view.statusMessage.emit(f"The bookmark {name} {'is now' if known else 'was added'} here")
    return True


def go_to_bookmark(view: CanvasView, name: str) -> None:
    """Show what a bookmark keeps."""
    mark = view.document.network.bookmarks.get(name)
    if mark is None:
        view.statusMessage.emit(f"There is no bookmark {name}. View > Bookmarks lists those that there are.")
        return
    known = not mark.scope or view.document.network.is_prefix(mark.scope)
    view.inside.enter(mark.scope if known else "")
    view.look_at(QPointF(mark.x, mark.y), mark.zoom)
    view.setFocus()


def delete_bookmark(view: CanvasView, name: str) -> None:
    """Forget a bookmark."""
    view.bridge.do(Put("bookmark", name, None))
