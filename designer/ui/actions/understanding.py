"""Look into what a trained network does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.ui.actions.table import action, condition

if TYPE_CHECKING:
    from designer.ui.understanding.try_page import TryPage
    from designer.ui.window import MainWindow

__all__: list[str] = []

ORDER = 71


@condition("trained")
def _trained(window: MainWindow) -> bool:
    return window.editing and window.running.weights() is not None


@condition("trained block")
def _trained_block(window: MainWindow) -> bool:
    return _trained(window) and len(window.canvas.canvas.selection) == 1


@action(
    "try_picture",
    "&Try a picture…",
    "Train",
    icon="mdi6.image-search-outline",
    tip="Show the trained network a picture: what it sees, how sure it is, and where it looks",
    when="trained",
)
def try_picture(window: MainWindow) -> None:
    """The page where pictures are tried."""
    _page(window)


@action(
    "look_at_block",
    "See what this block looks &at",
    "Train",
    icon="mdi6.eye-outline",
    tip="Show where in a picture the selected block sees what speaks for the answer (Grad-CAM)",
    when="trained block",
    context="block",
)
def look_at_block(window: MainWindow) -> None:
    """Grad-CAM at the selected block; of a card at the last block in it."""
    (shown,) = window.canvas.canvas.selection
    blocks = window.canvas.canvas.visible.blocks(shown)
    page = _page(window)
    if blocks:
        page.look_at(list(blocks)[-1])


def _page(window: MainWindow) -> TryPage:
    window.show_panel("results")
    results = window.build_editor().results
    window.running.controller()
    results.show_page("try")
    return results.trial
