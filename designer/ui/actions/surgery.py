"""Layers made wider, leaner or deeper, models cut and joined, blocks replaced; their weights come along."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from designer.ui.actions.table import action, canvas_condition

if TYPE_CHECKING:
    from designer.graph.surgery.widths import Change
    from designer.ui.canvas.view import CanvasView
    from designer.ui.window import MainWindow

__all__: list[str] = []

ORDER = 64


def _chosen(view: CanvasView) -> str | None:
    """The one selected block."""
    chosen = view.canvas.selection
    name = next(iter(chosen)) if len(chosen) == 1 else None
    return name if name is not None and name in view.document.network else None


@canvas_condition("wide layer")
def _has_width(view: CanvasView) -> bool:
    from designer.graph.surgery.widths import width_of

    name = _chosen(view)
    return name is not None and not view.read_only and width_of(view.document, name) is not None


@canvas_condition("deep layer")
def _can_deepen(view: CanvasView) -> bool:
    from designer.graph.surgery.deepen import why_not_deepen

    name = _chosen(view)
    return name is not None and not view.read_only and why_not_deepen(view.document, name) is None


@canvas_condition("one of several")
def _one(view: CanvasView) -> bool:
    return len(view.canvas.selection) == 1 and len(view.document.network) > 1 and not view.read_only


@action(
    "widen",
    "&Widen…",
    "Network/La&yers",
    icon="mdi6.arrow-expand-horizontal",
    tip="Give the layer more channels; the network computes the same",
    when="wide layer",
    context="block",
)
def widen_layer(window: MainWindow) -> None:
    """Ask how wide."""
    from designer.graph.surgery.widths import widen, width_of
    from designer.ui.surgery.width import WidthDialog

    name = _chosen(window.canvas)
    width = width_of(window.bridge.document, name) if name is not None else None
    if name is None or width is None:
        return
    text = "Some channels come twice, and what reads them shares its weights."

    def make(to: int) -> Change:
        return widen(window.bridge.document, name, to)

    WidthDialog(window.canvas, f"Widen {name}", text, "Widen", width, 2 * width, make, window).open()


@action(
    "prune",
    "&Prune…",
    "Network/La&yers",
    icon="mdi6.arrow-collapse-horizontal",
    tip="Leave the layer the channels with the largest weights",
    when="wide layer",
    context="block",
)
def prune_layer(window: MainWindow) -> None:
    """Ask how lean."""
    from designer.errors import LayerloomError
    from designer.graph.surgery.widths import prune, width_of
    from designer.ui.surgery.width import WidthDialog

    name = _chosen(window.canvas)
    width = width_of(window.bridge.document, name) if name is not None else None
    if name is None or width is None:
        return
    try:
        norms = window.session.weights.trail.norms()
    except LayerloomError as error:
        window.toasts.show("error", error.message)
        return
    text = "The channels with the smallest weights go; what reads them follows."

    def make(to: int) -> Change:
        return prune(window.bridge.document, name, to, norms)

    WidthDialog(window.canvas, f"Prune {name}", text, "Prune", width, max(1, width // 2), make, window).open()


@action(
    "deepen",
    "&Deepen",
    "Network/La&yers",
    icon="mdi6.arrow-expand-vertical",
    tip="Put a layer behind it that starts as the identity; the network computes the same",
    when="deep layer",
    context="block",
)
def deepen_layer(window: MainWindow) -> None:
    """At once."""
    from designer.graph.edits import AddBlock
    from designer.graph.surgery.deepen import deepen

    name = _chosen(window.canvas)
    change = _do(window, partial(deepen, window.bridge.document, name or ""))
    if change is not None:
        window.canvas.select([edit.name for edit in change.edit.edits if isinstance(edit, AddBlock)])


@action(
    "keep_up_to",
    "&Keep everything up to here",
    "Network/La&yers",
    icon="mdi6.content-cut",
    tip="Drop what comes after the block; a network that classifies gets a new head",
    when="one of several",
    context="block",
    line=True,
)
def keep(window: MainWindow) -> None:
    """With a new head."""
    from designer.graph.surgery.cut import keep_up_to

    _do(window, partial(keep_up_to, window.bridge.document, _subject(window)))


@action(
    "keep_up_to_bare",
    "Keep up to here, without a &head",
    "Network/La&yers",
    tip="Drop what comes after the block",
    when="one of several",
)
def keep_bare(window: MainWindow) -> None:
    """Just the first part."""
    from designer.graph.surgery.cut import keep_up_to

    _do(window, partial(keep_up_to, window.bridge.document, _subject(window), head=False))


@action(
    "insert_model",
    "&Insert from file…",
    "Network/La&yers",
    icon="mdi6.file-import-outline",
    tip="Put another project, or its first part, into this drawing with its weights",
    when="writable",
    line=True,
    context="paper",
)
def insert_from_file(window: MainWindow) -> None:
    """Ask for the project."""
    from designer.ui.surgery.browse import browse

    browse(window)


@action(
    "replace_blocks",
    "Find and &replace blocks…",
    "Edit",
    shortcut="Ctrl+H",
    icon="mdi6.find-replace",
    tip="Make all ReLU a GELU: find blocks by type and name, and exchange them in one step",
    when="editable blocks",
)
def replace_blocks(window: MainWindow) -> None:
    """The dialog beside the canvas."""
    from designer.ui.surgery.replace import ReplaceDialog

    ReplaceDialog(window.canvas, window).show()


def _subject(window: MainWindow) -> str:
    """The selected block or group."""
    return next(iter(window.canvas.canvas.selection), "")


def _do(window: MainWindow, make: partial[Change]) -> Change | None:
    """Do a change at once, and say what happened; None where it was refused."""
    from designer.errors import LayerloomError

    try:
        change = make()
    except LayerloomError as error:
        window.bridge.refused.emit(error.message)
        return None
    if window.bridge.do(change.edit) is None:
        return None
    window.canvas.statusMessage.emit(change.sentence)
    return change
