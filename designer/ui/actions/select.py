"""What is selected."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from designer.graph import choose
from designer.graph.model import Network
from designer.ui.actions.table import canvas_action, canvas_condition

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__: list[str] = []

ORDER = 30


@canvas_action(
    "select_all",
    "Select &all",
    "Select",
    shortcut="Ctrl+A",
    icon="mdi6.select-all",
    tip="Select all blocks",
    when="blocks",
    scope="canvas",
    context="paper",
)
def select_all(view: CanvasView) -> None:
    """Select every block."""
    view.select_all()


@canvas_condition("two chosen")
def _two_chosen(view: CanvasView) -> bool:
    return len(view.canvas.selection) > 1


def _row(
    name: str,
    text: str,
    keys: str,
    tip: str,
    find: Callable[[Network, Iterable[str]], set[str]],
    when: str = "selection",
    line: bool = False,
) -> None:
    @canvas_action(name, text, "Select", shortcut=keys, tip=tip, when=when, scope="canvas", line=line)
    def select(view: CanvasView) -> None:
        visible = view.canvas.visible
        blocks = [name for shown in view.canvas.selection for name in visible.blocks(shown)]
        found = find(view.document.network, blocks)  # a card stands for the blocks inside
        view.select(shown for name in found if (shown := visible.shown(name)) is not None)


_row(
    "select_others", "&Invert", "Ctrl+I", "Select what is not selected, and nothing else", choose.others, when="blocks"
)
_row("select_above", "&Upstream", "Alt+Up", "Select everything that feeds the selected blocks", choose.above, line=True)
_row("select_below", "&Downstream", "Alt+Down", "Select everything that the selected blocks feed", choose.below)
_row(
    "select_between",
    "&Path between",
    "Shift+P",
    "Select everything on the way from one selected block to another",
    choose.between,
    when="two chosen",
)
_row("select_connected", "Connec&ted", "Shift+L", "Select everything that hangs together by wires", choose.connected)
_row("select_alike", "&Same type", "Shift+T", "Select all blocks of the selected types", choose.alike, line=True)
_row("select_more", "&Grow", "Shift+G", "Select the neighbours by wire too", choose.grown)
_row("select_less", "Sh&rink", "Shift+S", "Leave out the blocks at the rim of the selection", choose.shrunk)
