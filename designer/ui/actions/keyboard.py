"""What the mouse does by dragging, done with keys: go along the wires, draw and choose wires, open the menu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from designer.graph.choose import Way
from designer.ui.actions.table import canvas_action, canvas_condition
from designer.ui.canvas.walking import cycle_wires, open_menu, walk

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__: list[str] = []

ORDER = 31
_WORDS: dict[Way, tuple[str, str]] = {
    "up": ("Go to the &source", "Select the block that feeds the selected one"),
    "down": ("Go to the &target", "Select the block that reads from the selected one"),
    "left": ("Go &left", "Select the block beside, on the left, that shares a source or a target"),
    "right": ("Go &right", "Select the block beside, on the right, that shares a source or a target"),
}


@canvas_condition("one wire or block")
def _one_wire_or_block(view: CanvasView) -> bool:
    return len(view.canvas.selection) + len(view.canvas.cut) == 1


def _walk_row(way: Way) -> None:
    text, tip = _WORDS[way]

    @canvas_action(
        f"go_{way}",
        text,
        "Select/&Along the wires",
        shortcut=f"Ctrl+{way.title()}",
        tip=tip,
        when="blocks",
        scope="canvas",
        line=way == "up",
    )
    def go(view: CanvasView) -> None:
        walk(view, way)

    @canvas_action(
        f"extend_{way}",
        f"{text}, add it".replace("&", ""),
        "Select/&Along the wires",
        shortcut=f"Ctrl+Shift+{way.title()}",
        tip=f"{tip} too",
        when="blocks",
        scope="canvas",
    )
    def extend(view: CanvasView) -> None:
        walk(view, way, extend=True)


for _way in get_args(Way):
    _walk_row(_way)


def _wire_row(word: str, step: int, keys: str) -> None:
    @canvas_action(
        f"{word}_wire",
        f"{word.title()} wire",
        "Select/&Along the wires",
        shortcut=keys,
        tip=f"Select the {word} wire of the selected block",
        when="one wire or block",
        scope="canvas",
        line=step > 0,
    )
    def cycle(view: CanvasView) -> None:
        cycle_wires(view, step)


_wire_row("next", 1, "Alt+Right")
_wire_row("previous", -1, "Alt+Left")


def _draw(view: CanvasView, side: Literal["out", "in"]) -> None:
    from designer.ui.canvas.gestures.wire_keys import wire_by_keys  # with the canvas, after the first paint

    wire_by_keys(view, side)


@canvas_action(
    "wire_on",
    "Draw a wire &from it",
    "Network",
    shortcut="W",
    icon="mdi6.transit-connection-variant",
    tip="Draw a wire from the selected block: choose the port with arrows or Tab, then Enter",
    when="one block",
    scope="canvas",
    line=True,
    context="block",
)
def wire_on(view: CanvasView) -> None:
    """From the output."""
    _draw(view, "out")


@canvas_action(
    "wire_back",
    "Draw a wire &to it",
    "Network",
    shortcut="Shift+W",
    tip="Draw a wire to the selected block: choose the source with arrows or Tab, then Enter",
    when="one block",
    scope="canvas",
)
def wire_back(view: CanvasView) -> None:
    """To the input."""
    _draw(view, "in")


@canvas_action(
    "menu",
    "Open the &menu here",
    "Edit",
    shortcut="Menu; Shift+F10",
    tip="Open the menu of what is selected",
    when="editor",
    scope="canvas",
)
def menu(view: CanvasView) -> None:
    """The context menu by key."""
    open_menu(view)
