"""Looking into groups and coming back: each level remembers where one looked. And going to what lies in one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from designer.graph import groups
from designer.ui.canvas.metrics import FAR_BELOW
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

    def top_look(self) -> tuple[QPointF, float]:
        """Where one looks at the whole network, or looked before one went into a group: the middle, and the scale."""
        view = self._view
        here = view.visible_area().center(), view.zoom
        return self._looks.get("", here) if view.canvas.scope else here

    def subject(self) -> str:
        """The group that the selection stands for: its card, all that it shows, or with nothing selected the scope."""
        canvas, network = self._view.canvas, self._view.document.network
        chosen = canvas.selection
        if not chosen:
            return "" if canvas.sheets.chosen or canvas.cut else canvas.scope
        first = next(iter(chosen))
        if len(chosen) == 1:
            return "" if first in network else first
        around = network.group_around(*chosen)
        known = network.groups.get(around)
        whole = known is not None and not known.closed and around != canvas.scope
        return around if whole and len(canvas.frames.members(around)) == len(chosen) else ""

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
        known, sizes = view.document.network.groups.get(path), view.canvas.staging.size_of
        if known is not None and known.closed:
            if view.bridge.do_made(lambda: groups.open_group(view.document, path, sizes)) is not None:
                view.select(view.canvas.frames.members(path))
        elif view.bridge.do_made(lambda: groups.close_group(view.document, path, sizes)) is not None:
            view.select([path])

    # --- going to what lies anywhere -------------------------------------------------------------------------

    def reveal(self, name: str) -> None:
        """Select a block, or what is seen of a group, and bring it into the middle, close enough to read."""
        view = self._view
        self.pick([name])
        area = view.canvas.content(view.canvas.selection)
        if area.isEmpty():
            return
        if view.zoom < FAR_BELOW * 1.5:
            view.set_zoom(1.0)
        view.fitted = False
        view.centerOn(area.center())
        view.setFocus()

    def reveal_softly(self, name: str) -> None:
        """Scroll no further than it takes to see a block, or what stands for it here."""
        view = self._view
        area = view.canvas.content(self.seen([name]))
        if not area.isEmpty() and not view.visible_area().adjusted(16, 16, -16, -16).contains(area):
            view.fitted = False
            view.ensureVisible(area, 48, 64)

    def pick(self, names: Iterable[str]) -> None:
        """Select these blocks and groups. Where they lie together in another group, that is looked into first.

        Of those that lie elsewhere, the cards in which they are get selected.
        """
        view, names = self._view, list(names)
        visible, network = view.canvas.visible, view.document.network
        known = [name for name in names if name in network or network.is_prefix(name)]
        homes = {visible.home(name) for name in known}
        if len(homes) == 1:
            self.enter(homes.pop())
        view.select(self.seen(known))

    def seen(self, names: Iterable[str]) -> set[str]:
        """What is seen here of some blocks and groups."""
        canvas, found = self._view.canvas, set[str]()
        for name in names:
            shown = canvas.visible.shown(name)
            if shown in canvas.blocks:
                found.add(shown)
            elif shown is not None:
                found.update(canvas.frames.members(shown))
        return found
