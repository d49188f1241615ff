"""Groups by mouse: a double click looks inside a card; the tab of an open group selects, moves and closes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from designer.ui.canvas.gestures.base import Gesture, Press, double_click, starter, tapped
from designer.ui.canvas.gestures.move import MoveBlocks
from designer.ui.canvas.group_frames import TabAt
from designer.ui.canvas.hits import finder

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__: list[str] = []


@finder(30)
def _find(view: CanvasView, at: QPointF) -> object:
    return view.canvas.frames.at(at, view.zoom)


@double_click(80, ("Double-click a group", "Look inside; Escape comes back"))
def inside(view: CanvasView, press: Press) -> bool:
    """On the card of a group."""
    on = press.under
    if not isinstance(on, str) or on in view.document.network or press.modifiers != Qt.KeyboardModifier.NoModifier:
        return False
    view.inside.enter(on)
    return True


@double_click(25, ("Double-click the tab of an open group", "Close it: one card for its blocks"))
def close(view: CanvasView, press: Press) -> bool:
    """On the tab of an open group: one card for it."""
    if not isinstance(press.under, TabAt) or view.read_only:
        return False
    view.inside.toggle(press.under.path)
    return True


@tapped(25)
def select(view: CanvasView, press: Press) -> bool:
    """A press on a tab selects all that is in the group."""
    if not isinstance(press.under, TabAt):
        return False
    inside = set(view.canvas.frames.members(press.under.path))
    adding = press.held(Qt.KeyboardModifier.ShiftModifier) or press.held(Qt.KeyboardModifier.ControlModifier)
    view.select(view.canvas.selection ^ inside if adding else inside)
    return True


@starter("pull", 25, ("Drag the tab of an open group", "Move all of it"))
def move(view: CanvasView, press: Press) -> Gesture | None:
    """A pull at a tab moves all that is in the group."""
    if not isinstance(press.under, TabAt) or view.read_only or not view.canvas.selection:
        return None
    names = frozenset(view.canvas.selection)
    grabbed = next(iter(view.canvas.frames.members(press.under.path)), None)
    return MoveBlocks(view, grabbed if grabbed in names else next(iter(names)), press.at, names)
