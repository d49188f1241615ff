"""What every gesture is: started by a press, moved, and then ended or cancelled; one edit at most.

A gesture says by itself when it begins: its module decorates a function with `starter`, and the modules of this folder
are found by themselves. On a press, a pull (the mouse moved with the button down) or a double click, the view asks the
functions in their order; the first that answers has it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QPoint, QPointF, Qt

import designer.ui.canvas.gestures as folder

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = [
    "Gesture",
    "Press",
    "answer_double_click",
    "answer_tap",
    "begin",
    "double_click",
    "load",
    "starter",
    "tapped",
    "told",
]


class Gesture:
    """Lives from press to release. ``cancel`` leaves the canvas as the document says; ``end`` may do one edit."""

    cursor: Qt.CursorShape | None = None

    def __init__(self, view: CanvasView) -> None:
        self.view = view
        self.scene = view.canvas

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """The cursor is at a point of the scene."""

    def end(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """The button was released."""

    def cancel(self) -> None:
        """Escape was pressed, the document changed underneath, or the window lost the mouse."""


@dataclass(frozen=True)
class Press:
    """Where and how a button went down. ``under`` is what lies there (hits.py), None for empty paper."""

    button: Qt.MouseButton
    modifiers: Qt.KeyboardModifier
    point: QPoint  # on the view
    at: QPointF  # on the scene
    under: object

    @property
    def left(self) -> bool:
        """Whether it is the left button."""
        return self.button == Qt.MouseButton.LeftButton

    def held(self, modifier: Qt.KeyboardModifier) -> bool:
        """Whether a modifier is held."""
        return bool(self.modifiers & modifier)


When = Literal["press", "pull"]
Start = Callable[["CanvasView", Press], Gesture | None]
Answer = Callable[["CanvasView", Press], bool]
Told = tuple[str, str]  # what the hand does, and what comes of it
_TOLD: list[Told] = []
_STARTERS: dict[When, list[tuple[int, Start]]] = {"press": [], "pull": []}
_DOUBLE: list[tuple[int, Answer]] = []
_TAPPED: list[tuple[int, Answer]] = []


def starter(when: When, order: int = 50, *told: Told) -> Callable[[Start], Start]:
    """Let a function begin a gesture at a press or a pull, before those with a higher ``order``.

    ``told`` is what the list of keys and gestures says of it, as pairs of what one does and what comes of it.
    """

    def note(start: Start) -> Start:
        _TOLD.extend(told)
        _STARTERS[when].append((order, start))
        return start

    return note


def double_click(order: int = 50, *told: Told) -> Callable[[Answer], Answer]:
    """Let a function answer double clicks; it says whether it did."""

    def note(answer: Answer) -> Answer:
        _TOLD.extend(told)
        _DOUBLE.append((order, answer))
        return answer

    return note


def tapped(order: int = 50) -> Callable[[Answer], Answer]:
    """Let a function answer presses that select something of its own kind; it says whether it did."""

    def note(answer: Answer) -> Answer:
        _TAPPED.append((order, answer))
        return answer

    return note


@cache
def load() -> None:
    """Import the gestures of this folder, once; what they find under the cursor comes with them."""
    for found in pkgutil.iter_modules(folder.__path__):
        importlib.import_module(f"{folder.__name__}.{found.name}")
    for entries in (*_STARTERS.values(), _DOUBLE, _TAPPED):
        entries.sort(key=lambda entry: entry[0])  # type: ignore[attr-defined]


def begin(view: CanvasView, when: When, press: Press) -> Gesture | None:
    """The gesture that a press or a pull begins."""
    load()
    for _, start in _STARTERS[when]:
        gesture = start(view, press)
        if gesture is not None:
            return gesture
    return None


def answer_double_click(view: CanvasView, press: Press) -> bool:
    """Whether somebody answered a double click."""
    load()
    return any(answer(view, press) for _, answer in _DOUBLE)


def answer_tap(view: CanvasView, press: Press) -> bool:
    """Whether a press was on something that its own module selects."""
    load()
    return any(answer(view, press) for _, answer in _TAPPED)


def told() -> tuple[Told, ...]:
    """All gestures as pairs of what the hand does and what comes of it."""
    load()
    return tuple(sorted(_TOLD))
