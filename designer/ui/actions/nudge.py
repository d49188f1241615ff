"""The arrow keys: they move what is selected, or the paper when nothing is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.ui.actions.table import canvas_action

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__: list[str] = []

ORDER = 25
FAR = 4  # steps with Shift
SCROLL = 64  # pixels


def _row(word: str, dx: int, dy: int) -> None:
    for keys, times, how in ((word.title(), 1, ""), (f"Shift+{word.title()}", FAR, " further")):

        @canvas_action(
            f"nudge_{word}{how.replace(' ', '_')}",
            f"Move {word}{how}",
            "Edit/&Move",
            shortcut=keys,
            tip="Move the selected blocks by a step of the grid; without a selection, the paper",
            when="editor",
            scope="canvas",
        )
        def nudge(view: CanvasView, dx: int = dx * times, dy: int = dy * times) -> None:
            led = view.canvas.cut & view.document.network.bends.keys()
            if not (view.canvas.selection or view.canvas.sheets.chosen or led):
                view.scroll_by(dx * SCROLL, dy * SCROLL)
            else:
                view.nudge(dx, dy)


_row("left", -1, 0)
_row("right", 1, 0)
_row("up", 0, -1)
_row("down", 0, 1)
