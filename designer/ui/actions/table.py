"""The table of actions: each row is one decorated function, and menus, keys, toolbar and tooltips follow from the rows.

A row runs on the window (`action`) or on the canvas (`canvas_action`); what runs on the canvas also works on a canvas
without a window. ``when`` names a condition (conditions.py). The modules of this folder are found by themselves; in a
menu the rows stand in the order of their modules' ``ORDER``, then as they are written.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu

import designer.ui.actions as folder

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView
    from designer.ui.window import MainWindow

__all__ = [
    "MENUS",
    "TOOLBAR",
    "Action",
    "Submenu",
    "action",
    "allowed",
    "canvas_action",
    "canvas_condition",
    "condition",
    "rows",
    "submenu",
    "submenus",
]

MENUS = ("File", "Edit", "Select", "View", "Network", "Train", "Help")
# Ids; None is a line, "" the space that pushes what follows to the right.
TOOLBAR = ("home", "open", "save", None, "undo", "redo", None, "arrange", "fit", "", "export", "train")

Target = Literal["window", "canvas"]
Place = Literal["", "block", "paper", "both"]
WindowRun = Callable[["MainWindow"], object]
CanvasRun = Callable[["CanvasView"], object]


@dataclass(frozen=True)
class Action:
    """One row. ``menu`` is a path such as ``Edit`` or ``View/&Overlay``, empty for none.

    ``scope`` "canvas" keeps a shortcut of a single key away from the fields where people type; ``context`` puts the row
    into the canvas's context menu over a block or a wire, over empty paper, or both; ``checked`` makes it a switch,
    and rows with the same ``group`` are a choice of one.
    """

    id: str
    text: str
    run: Callable[[Any], object]
    on: Target
    menu: str
    shortcut: str
    icon: str
    tip: str
    when: str
    scope: Target
    line: bool  # a line above it in the menu
    context: Place
    checked: Callable[[Any], bool] | None
    group: str

    @property
    def plain(self) -> str:
        """The text without marks of menus."""
        return self.text.replace("&", "").replace("…", "")

    @property
    def keys(self) -> list[QKeySequence]:
        """The shortcuts, the one that is shown first."""
        return [QKeySequence(part) for part in self.shortcut.split("; ") if part]


@dataclass(frozen=True)
class Submenu:
    """A menu that is filled when it opens, such as the recent projects."""

    menu: str
    fill: Callable[[MainWindow, QMenu], object]
    when: str


_ACTIONS: list[Action] = []
_SUBMENUS: list[Submenu] = []
_CONDITIONS: dict[str, tuple[Target, Callable[[Any], bool]]] = {"": ("window", lambda _window: True)}


def _noted(
    on: Target,
    name: str,
    text: str,
    menu: str = "",
    shortcut: str = "",
    icon: str = "",
    tip: str = "",
    when: str = "",
    scope: Target = "window",
    line: bool = False,
    context: Place = "",
    checked: Callable[[Any], bool] | None = None,
    group: str = "",
) -> Callable[[Any], Any]:
    def note(run: Any) -> Any:
        row = Action(name, text, run, on, menu, shortcut, icon, tip, when, scope, line, context, checked, group)
        _ACTIONS.append(row)
        return run

    return note


def action(name: str, text: str, menu: str = "", **fields: Any) -> Callable[[WindowRun], WindowRun]:
    """Put the decorated function of the window into the table under the id ``name``; see `Action` for the fields."""
    return _noted("window", name, text, menu, **fields)


def canvas_action(name: str, text: str, menu: str = "", **fields: Any) -> Callable[[CanvasRun], CanvasRun]:
    """Put the decorated function of the canvas into the table under the id ``name``; see `Action` for the fields."""
    return _noted("canvas", name, text, menu, **fields)


def condition(name: str) -> Callable[[Callable[[MainWindow], bool]], Callable[[MainWindow], bool]]:
    """Let rows say ``when=name``: the decorated function answers for the window."""

    def note(test: Callable[[MainWindow], bool]) -> Callable[[MainWindow], bool]:
        _CONDITIONS[name] = ("window", test)
        return test

    return note


def canvas_condition(name: str) -> Callable[[Callable[[CanvasView], bool]], Callable[[CanvasView], bool]]:
    """Let rows say ``when=name``: the decorated function answers for the canvas."""

    def note(test: Callable[[CanvasView], bool]) -> Callable[[CanvasView], bool]:
        _CONDITIONS[name] = ("canvas", test)
        return test

    return note


def submenu(menu: str, when: str = "") -> Callable[[Callable[..., object]], Callable[..., object]]:
    """Let the decorated function ``fill(window, menu)`` fill the menu of this path each time it opens."""

    def note(fill: Callable[..., object]) -> Callable[..., object]:
        _SUBMENUS.append(Submenu(menu, fill, when))
        return fill

    return note


@cache
def _load() -> None:
    for found in sorted(module.name for module in pkgutil.iter_modules(folder.__path__)):
        importlib.import_module(f"{folder.__name__}.{found}")
    order = {
        f"{folder.__name__}.{found.name}": getattr(
            importlib.import_module(f"{folder.__name__}.{found.name}"), "ORDER", 50
        )
        for found in pkgutil.iter_modules(folder.__path__)
    }
    _ACTIONS.sort(key=lambda row: order.get(row.run.__module__, 50))
    _SUBMENUS.sort(key=lambda entry: order.get(entry.fill.__module__, 50))


def rows() -> list[Action]:
    """The whole table."""
    _load()
    return _ACTIONS


def submenus() -> list[Submenu]:
    """The menus that are filled when they open."""
    _load()
    return _SUBMENUS


def allowed(when: str, canvas: CanvasView | None, window: MainWindow | None = None) -> bool:
    """Whether a condition holds. Without a window, what it would have to answer does not hold."""
    _load()
    on, test = _CONDITIONS[when]
    if on == "canvas":
        return canvas is not None and test(canvas)
    return not when or (window is not None and test(window))
