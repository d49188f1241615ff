"""The table as Qt shows it: QActions and menus for a window, keys and a context menu for the canvas."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from designer.ui.actions.table import MENUS, Action, allowed, rows, submenus
from designer.ui.theme import icon

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView
    from designer.ui.window import MainWindow

_ALWAYS = ("Edit", "Select")  # what a context menu shows greyed rather than not at all

__all__ = ["canvas_rows", "context_menu", "fill_menus", "make_actions", "press", "refresh"]


def make_actions(window: MainWindow) -> dict[str, QAction]:
    """A QAction for every row, by id."""
    made: dict[str, QAction] = {}
    groups: dict[str, QActionGroup] = {}
    for row in rows():
        item = QAction(row.text, window)
        item.setObjectName(row.id)
        if row.icon:
            item.setIcon(icon(row.icon))
        item.setShortcuts(row.keys)
        if row.scope == "canvas":
            item.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        item.setCheckable(row.checked is not None)
        if row.group:
            groups.setdefault(row.group, QActionGroup(window)).addAction(item)
        shown = f" ({row.keys[0].toString(QKeySequence.SequenceFormat.NativeText)})" if row.keys else ""
        item.setToolTip(f"{row.tip or row.plain}{shown}")
        item.setStatusTip(row.tip)
        item.triggered.connect(partial(_trigger, row, window))
        made[row.id] = item
    return made


def _trigger(row: Action, window: MainWindow, _checked: bool = False) -> None:
    row.run(window if row.on == "window" else window.canvas)
    window.refresh_actions()


def refresh(window: MainWindow, made: dict[str, QAction]) -> None:
    """Enable what makes sense now, and tick what is switched on."""
    canvas = window.canvas if window.editing else None
    answers: dict[str, bool] = {}
    for row in rows():
        if row.when not in answers:
            answers[row.when] = allowed(row.when, canvas, window)
        item = made[row.id]
        item.setEnabled(answers[row.when])
        if row.checked is not None and (row.on == "window" or canvas is not None):
            item.setChecked(row.checked(window if row.on == "window" else canvas))


def fill_menus(window: MainWindow, made: dict[str, QAction]) -> dict[str, QMenu]:
    """The menu bar; the menus by their path without marks (``View/Panels``)."""
    bar = window.menuBar()
    menus = {name: bar.addMenu(f"&{name}") for name in MENUS}
    paths = [row.menu for row in rows()]
    for row in rows():
        if row.menu:
            menu = _menu(menus, row.menu)
            if row.line and not menu.isEmpty():
                menu.addSeparator()
            menu.addAction(made[row.id])
    for entry in submenus():
        top, _, title = entry.menu.partition("/")
        menu = _menu(menus, entry.menu)
        menu.aboutToShow.connect(partial(_fill, entry.fill, window, menu))
        if (top, title) == ("File", "Open &recent"):
            menus["File"].insertMenu(made["save"], menu)
    assert all(path.split("/")[0] in (*MENUS, "") for path in paths)
    return menus


def _menu(menus: dict[str, QMenu], path: str) -> QMenu:
    key = path.replace("&", "")
    if key not in menus:
        above, _, title = path.rpartition("/")
        menus[key] = _menu(menus, above).addMenu(title)
    return menus[key]


def _fill(fill: Callable[..., object], window: MainWindow, menu: QMenu) -> None:
    menu.clear()
    fill(window, menu)


# --- the canvas by itself ----------------------------------------------------------------------------------------


def canvas_rows() -> list[Action]:
    """What a canvas can do without a window."""
    return [row for row in rows() if row.on == "canvas"]


def press(view: CanvasView, event: QKeyEvent) -> bool:
    """Do what a key says while the canvas has the focus; whether it says anything."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    pressed = QKeySequence(modifiers.value | event.key())
    for row in canvas_rows():
        if pressed in row.keys and allowed(row.when, view):
            row.run(view)
            return True
    return False


def context_menu(view: CanvasView, over_something: bool) -> QMenu:
    """The menu for what is selected, or for the canvas itself."""
    menu = QMenu(view)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    window = view.window()
    made: dict[str, QAction] = getattr(window, "actions_by_id", {})
    inside: dict[str, QMenu] = {}
    last = ""
    for row in rows():
        if row.context not in ("both", "block" if over_something else "paper") or (row.on == "window" and not made):
            continue
        if row.menu not in _ALWAYS and not allowed(row.when, view, window if made else None):  # type: ignore[arg-type]
            continue
        top, _, title = row.menu.partition("/")
        if not menu.isEmpty() and ((row.line and not title) or top != last):
            menu.addSeparator()
        last = top
        if title and title not in inside:
            inside[title] = menu.addMenu(title)
        place: QWidget = inside[title] if title else menu
        place.addAction(made[row.id] if row.on == "window" else _item(row, view, menu))
    return menu


def _item(row: Action, view: CanvasView, menu: QMenu) -> QAction:
    keys = row.keys[0].toString(QKeySequence.SequenceFormat.NativeText) if row.keys else ""
    item = QAction(f"{row.text}\t{keys}" if keys else row.text, menu)
    if row.icon:
        item.setIcon(icon(row.icon))
    if row.checked is not None:
        item.setCheckable(True)
        item.setChecked(row.checked(view))
    item.setEnabled(allowed(row.when, view))
    item.triggered.connect(partial(_run, row, view))
    return item


def _run(row: Action, view: CanvasView, _checked: bool = False) -> None:
    row.run(view)
