"""Keys that work while the canvas has the focus, whether or not a window's menu offers them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from designer.ui.canvas import commands

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["press"]

_Mod = Qt.KeyboardModifier
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


def press(view: CanvasView, event: QKeyEvent) -> bool:
    """Do what a key says; whether it says anything."""
    return _shortcut(view, event) or _arrow(view, event)


def _shortcut(view: CanvasView, event: QKeyEvent) -> bool:
    standard = QKeySequence.StandardKey
    for key, call in (
        (standard.Delete, view.delete_selected),
        (standard.Copy, view.copy),
        (standard.Cut, view.cut),
        (standard.Paste, view.paste),
        (standard.SelectAll, view.select_all),
        (standard.ZoomIn, view.zoom_in),
        (standard.ZoomOut, view.zoom_out),
    ):
        if event.matches(key):
            call()
            return True
    plain: dict[tuple[Qt.Key, Qt.KeyboardModifier], Callable[[], object]] = {
        (Qt.Key.Key_Backspace, _Mod.NoModifier): view.delete_selected,
        (Qt.Key.Key_D, _Mod.ControlModifier): view.duplicate,
        (Qt.Key.Key_F2, _Mod.NoModifier): view.rename,
        (Qt.Key.Key_F, _Mod.NoModifier): view.fit,
        (Qt.Key.Key_Home, _Mod.NoModifier): view.fit,
        (Qt.Key.Key_F, _Mod.ShiftModifier): view.fit_selection,
        (Qt.Key.Key_0, _Mod.ControlModifier): view.zoom_reset,
    }
    called = plain.get((Qt.Key(event.key()), event.modifiers() & ~_Mod.KeypadModifier))
    if called is not None:
        called()
    return called is not None


def _arrow(view: CanvasView, event: QKeyEvent) -> bool:
    step = _ARROWS.get(Qt.Key(event.key()))
    if step is None or event.modifiers() & (_Mod.ControlModifier | _Mod.AltModifier):
        return False
    times = 4 if event.modifiers() & _Mod.ShiftModifier else 1
    if not view.canvas.selection:
        view.scroll_by(step[0] * 64, step[1] * 64)
    elif not view.read_only:
        commands.nudge(view, step[0] * times, step[1] * times)
    return True
