"""The strings between the Health panel, the canvas, and the runs."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from designer.errors import LayerloomError

if TYPE_CHECKING:
    from designer.ui.editor import Editor
    from designer.ui.health.page import HealthPanel
    from designer.ui.runs import RunController
    from designer.ui.window import MainWindow

__all__ = ["make_panel", "show_step", "watch"]


def watch(editor: Editor, runs: RunController) -> None:
    """Let the canvas follow the health of the runs, and show the block by which one ends."""
    editor.canvas.vitals.watch(runs)
    runs.happened.connect(partial(_ended, editor, runs))


def make_panel(window: MainWindow, editor: Editor) -> HealthPanel:
    """The Health panel, which follows the selection."""
    from designer.ui.health.page import HealthPanel

    panel = HealthPanel(window.bridge, editor.canvas.vitals)
    panel.ordered.connect(window.running.order)
    panel.showBlock.connect(editor.go_to)
    panel.replayAsked.connect(partial(_replay, window, panel))
    editor.canvas.selectionChanged.connect(panel.show_blocks)
    panel.show_blocks(sorted(editor.canvas.canvas.selection))
    return panel


def show_step(window: MainWindow) -> None:
    """The step by which the shown run ended, in the Health panel."""
    if window.running.run_id is not None:
        window.show_panel("health")
        window.build_editor().health.show_step(Path(window.running.run_id))


def _ended(editor: Editor, runs: RunController, run_id: str, event: dict[str, Any]) -> None:
    """Select the block where a training, while one watched, met its first NaN or infinity."""
    run = runs.run(run_id)
    block = event.get("block")
    if event.get("type") != "failed" or event.get("kind") != "non_finite" or not isinstance(block, str):
        return
    if run is not None and run.kind == "train" and not run.over and block in editor.canvas.document.network:
        editor.canvas.inside.pick([block])


def _replay(window: MainWindow, panel: HealthPanel, folder: str) -> None:
    runs = window.running.controller()
    try:
        asked = runs.replay(folder)
    except LayerloomError as error:
        panel.step.failed(error.message)
        return

    def result(run_id: str, found: dict[str, Any]) -> None:
        if run_id == asked:
            panel.step.show_again(found)

    def happened(run_id: str, event: dict[str, Any]) -> None:
        if run_id == asked and event.get("type") in ("failed", "lost"):
            panel.step.failed(str(event.get("message") or ""))
        if run_id == asked and event.get("type") in ("failed", "lost", "finished"):
            runs.result.disconnect(result)
            runs.happened.disconnect(happened)

    runs.result.connect(result)
    runs.happened.connect(happened)
