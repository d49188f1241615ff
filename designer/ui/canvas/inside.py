"""Looking into groups and coming back: each level remembers where one looked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from designer.graph import groups
from designer.ui.canvas.trail import Trail

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["Inside"]


class Inside:
    """Which group the canvas looks into."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._looks: dict[str, tuple[QPointF, float]] = {}  # by scope
        self.trail = Trail(view)
        view.hud.add(self.trail, "top left")
        view.bridge.reset.connect(self._forget)
        view.canvas.scoped.connect(self._arrived)

    def _forget(self) -> None:
        self._looks.clear()
        self.trail.refresh()

    def enter(self, scope: str) -> None:
        """Look into a group, or (empty) at the whole network, as one left it."""
        view = self._view
        if scope == view.canvas.scope:
            return
        view.cancel_gesture()
        view.glide.stop()
        view.hover.clear()
        before = view.canvas.scope
        self._looks[before] = view.visible_area().center(), view.zoom
        view.canvas.enter(scope)
        # Coming back out, the card that one came from is selected.
        shown = view.canvas.visible.shown(before) if before.startswith(f"{scope}.") or not scope else None
        if before and shown is not None:
            view.select([shown])

    def _arrived(self, scope: str) -> None:
        view = self._view
        look = self._looks.pop(scope, None)
        if look is None:
            view.fit_whole()
        else:
            view.look_at(*look)
        view.viewport().update()

    def leave(self) -> bool:
        """One level up; whether there was one."""
        scope = self._view.canvas.scope
        if scope:
            self.enter(scope.rpartition(".")[0])
        return bool(scope)

    def toggle(self, path: str | None) -> None:
        """Show the blocks of a closed group here, or one card for an open one."""
        view = self._view
        if path is None or view.read_only:
            return
        known = view.document.network.groups.get(path)
        if known is not None and known.closed:
            if view.bridge.do_made(lambda: groups.open_group(view.document, path)) is not None:
                view.select(view.canvas.frames.members(path))
        elif view.bridge.do_made(lambda: groups.close_group(view.document, path)) is not None:
            view.select([path])
