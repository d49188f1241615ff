"""Blocks shown elsewhere without an edit, while they are dragged or glide, and how their wires follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF

from designer.graph.model import Wire

if TYPE_CHECKING:
    from designer.ui.canvas.items import WireItem
    from designer.ui.canvas.scene import CanvasScene

__all__ = ["CROWD", "Carrying"]

CROWD = 24  # so many items are repainted one by one, more by one repaint of all
LOOSE = 12  # so many wires look for a way while blocks are dragged, more hang loose until they are dropped


class Carrying:
    """Knows what is under way, so that a frame costs no more than the blocks that move and the wires that must follow.

    A wire between two blocks that move alike goes along as it is; one to a block that stays is laid anew.
    """

    def __init__(self, scene: CanvasScene) -> None:
        self._scene = scene
        self._names: frozenset[str] = frozenset()
        self._within: list[WireItem] = []
        self._across: list[Wire] = []
        self._left: dict[str, QRectF] = {}
        self._adrift: set[Wire] = set()

    def shift(self, positions: Mapping[str, QPointF]) -> None:
        """Show these blocks there."""
        scene = self._scene
        if self._names != positions.keys():
            self._pick_up(positions)
        scene.about_to_move(len(positions) > CROWD)
        step = self._step(positions)
        for name, at in positions.items():
            item = scene.blocks[name]
            item.setPos(at)
            scene.cells.put(name, item.body)
        if step is not None:
            for wire in self._within:
                wire.move_along(step)
        across = self._across if step is not None else [*self._across, *(item.wire for item in self._within)]
        if len(across) > LOOSE:
            for loose in across:
                scene.loose(loose)
        else:
            scene.lay(across)
        scene.bars.note(positions, self._within)

    def _pick_up(self, positions: Iterable[str]) -> None:
        scene = self._scene
        names = frozenset(positions)
        wires = {wire for name in names for wire in scene.wires_at(name)}
        shown = {w: scene.wires[w].shown for w in wires}
        within = [w for w, s in shown.items() if s.src in names and s.dst in names and not scene.wires[w].via]
        self._names, self._within = names, [scene.wires[w] for w in within]
        self._across = list(wires.difference(within))
        self._adrift |= wires
        for name in names:
            self._left.setdefault(name, scene.cells.rects[name])

    def _step(self, positions: Mapping[str, QPointF]) -> QPointF | None:
        """How far the blocks move, where they all move equally far."""
        blocks = self._scene.blocks
        steps = {(at - blocks[name].pos()).toTuple() for name, at in positions.items()}
        return QPointF(*steps.pop()) if len(steps) == 1 else None

    def put_down(self) -> tuple[set[Wire], list[QRectF]]:
        """It is over: the wires that have to be laid properly now, and where the blocks were before."""
        found = self._adrift, list(self._left.values())
        self._names, self._within, self._across = frozenset(), [], []
        self._adrift, self._left = set(), {}
        return found
