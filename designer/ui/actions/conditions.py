"""When an action makes sense: the names that rows give as ``when``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.ui.actions.table import canvas_condition, condition

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView
    from designer.ui.window import MainWindow

__all__: list[str] = []


@canvas_condition("editor")
def _editor(view: CanvasView) -> bool:
    return True


@canvas_condition("writable")
def _writable(view: CanvasView) -> bool:
    return not view.read_only


@canvas_condition("blocks")
def _blocks(view: CanvasView) -> bool:
    return bool(view.canvas.blocks)


@canvas_condition("editable blocks")
def _editable_blocks(view: CanvasView) -> bool:
    return bool(view.canvas.blocks) and not view.read_only


@canvas_condition("selection")
def _selection(view: CanvasView) -> bool:
    return bool(view.canvas.selection)


@canvas_condition("editable selection")
def _editable_selection(view: CanvasView) -> bool:
    return bool(view.canvas.selection) and not view.read_only


@canvas_condition("things")
def _things(view: CanvasView) -> bool:
    return bool(view.canvas.selection or view.canvas.sheets.chosen)


@canvas_condition("editable things")
def _editable_things(view: CanvasView) -> bool:
    return _things(view) and not view.read_only


@canvas_condition("one block")
def _one(view: CanvasView) -> bool:
    return len(view.canvas.selection) == 1 and not view.read_only


@canvas_condition("several")
def _several(view: CanvasView) -> bool:
    return len(view.canvas.selection) > 1 and not view.read_only


@condition("undo")
def _undo(window: MainWindow) -> bool:
    return window.editing and not window.session.read_only and window.bridge.document.can_undo


@condition("redo")
def _redo(window: MainWindow) -> bool:
    return window.editing and not window.session.read_only and window.bridge.document.can_redo


@condition("trainable")
def _trainable(window: MainWindow) -> bool:
    return window.editing and bool(len(window.bridge.document.network)) and not window.running.training


@condition("training")
def _training(window: MainWindow) -> bool:
    return window.editing and window.running.training


@condition("trained")
def _trained(window: MainWindow) -> bool:
    return window.editing and window.running.weights() is not None


@condition("imported")
def _imported(window: MainWindow) -> bool:
    return window.editing and window.session.project.imported is not None
