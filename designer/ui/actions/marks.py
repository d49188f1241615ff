"""Mark the selected blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.graph.edits import SetMarks
from designer.graph.marks import is_frozen
from designer.graph.model import natural
from designer.ui.actions.table import canvas_action, canvas_condition
from designer.ui.words import plural

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__: list[str] = []

ORDER = 62


def _blocks(view: CanvasView) -> list[str]:
    """The selected blocks, those inside selected cards too."""
    return [name for shown in view.canvas.selection for name in view.canvas.visible.blocks(shown)]


def _all_pinned(view: CanvasView) -> bool:
    nodes, names = view.document.network.nodes, _blocks(view)
    return bool(names) and all(bool(nodes[name].marks.get("pinned")) for name in names)


@canvas_action(
    "pin",
    "P&inned",
    "Network",
    shortcut="P",
    icon="mdi6.pin-outline",
    tip="Arranging leaves the selected blocks where they are",
    when="editable selection",
    scope="canvas",
    context="block",
    checked=_all_pinned,
)
def pin(view: CanvasView) -> None:
    """Pin what is not pinned; when all are, let them go."""
    view.bridge.do(SetMarks(tuple(sorted(_blocks(view), key=natural)), {"pinned": not _all_pinned(view)}))


def _with_weights(view: CanvasView) -> list[str]:
    """The selected blocks, those inside selected groups too, that have weights to freeze."""
    shapes, network = view.document.shapes, view.document.network
    chosen = set(network.blocks_of(n for n in view.canvas.selection if n in network or network.is_prefix(n)))
    found = [node for name, node in network.nodes.items() if name in chosen]
    return [n.name for n in found if shapes[n.shares or n.name].cost.params or is_frozen(n)]


def _all_frozen(view: CanvasView) -> bool:
    names = _with_weights(view)
    return bool(names) and all(is_frozen(view.document.network[name]) for name in names)


@canvas_condition("editable weights")
def _editable_weights(view: CanvasView) -> bool:
    return not view.read_only and bool(_with_weights(view))


@canvas_action(
    "freeze",
    "Fro&zen",
    "Network",
    shortcut="Ctrl+Shift+F",
    icon="mdi6.snowflake",
    tip="Training leaves the weights of the selected blocks as they are",
    when="editable weights",
    scope="canvas",
    context="block",
    checked=_all_frozen,
)
def freeze(view: CanvasView) -> None:
    """Freeze the selected blocks, or let them train again where all are frozen."""
    names = _with_weights(view)
    frozen = not _all_frozen(view)
    if view.bridge.do(SetMarks(tuple(names), {"frozen": frozen})) is not None:
        kept = "keep their weights" if frozen else "train again"
        single = "keeps its weights" if frozen else "trains again"
        view.statusMessage.emit(f"{names[0]} {single}" if len(names) == 1 else f"{plural(len(names), 'block')} {kept}")
