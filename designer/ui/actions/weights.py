"""Weights from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.ui.actions.table import action, condition

if TYPE_CHECKING:
    from designer.ui.window import MainWindow

__all__: list[str] = []

ORDER = 71


@condition("loadable")
def _loadable(window: MainWindow) -> bool:
    return window.editing and not window.session.read_only and bool(len(window.bridge.document.network))


@action(
    "load_weights",
    "Load &weights…",
    "Train",
    shortcut="Ctrl+Shift+W",
    icon="mdi6.database-import-outline",
    tip="Take weights from a checkpoint into this drawing",
    when="loadable",
)
def load_weights(window: MainWindow) -> None:
    """Ask for a file, and show what fits."""
    from designer.ui.weights.loading import loading

    loading(window).browse()
