"""Focus mode: only the path through what is selected stays bright."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from designer.graph.choose import above, below
from designer.graph.model import Network

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["Focus", "path_through"]


class Focus(QObject):
    """Follows selection and edits while it is on. With nothing selected nothing fades."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self.on = False
        view.selectionChanged.connect(self._follow)
        view.bridge.changed.connect(self._follow)

    def switch(self, on: bool) -> None:
        """Turn it on or off."""
        if on == self.on:
            return
        self.on = on
        self._follow()
        if on and self._view.canvas.focused is None:
            self._view.statusMessage.emit("Focus mode is on: select a block to see only the path through it")

    def _follow(self, _what: object = None) -> None:
        scene = self._view.canvas
        wanted: frozenset[str] | None = None
        if self.on and (scene.selection or scene.cut):
            wanted = self._path()
        if wanted != scene.focused:
            scene.focus(wanted)
            self._view.viewport().update()

    def _path(self) -> frozenset[str]:
        scene, network = self._view.canvas, self._view.document.network
        up = set(scene.selection).union(wire.src for wire in scene.cut)
        down = set(scene.selection).union(wire.dst for wire in scene.cut)
        found = path_through(network, up, down)
        cards = (name for name in scene.blocks if name not in network)  # closed groups
        return found.union(card for card in cards if any(name.startswith(f"{card}.") for name in found))


def path_through(network: Network, up: Iterable[str], down: Iterable[str]) -> frozenset[str]:
    """Everything that feeds ``up`` and everything that ``down`` feeds; a path stands for the blocks under it."""
    return frozenset(above(network, _inside(network, up)) | below(network, _inside(network, down)))


def _inside(network: Network, names: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for name in names:
        found.update((name,) if name in network else (n for n in network.nodes if n.startswith(f"{name}.")))
    return found
