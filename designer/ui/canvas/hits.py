"""What lies under a point of the scene: a port first, then a block, then a wire."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QPointF, QRectF, Qt

from designer.graph.model import Wire
from designer.ui.canvas.items import WireItem
from designer.ui.canvas.metrics import FAR_BELOW
from designer.ui.canvas.scene import CanvasScene

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["PortAt", "block_at", "finder", "port_at", "ports_near", "under", "wire_at"]

Finder = Callable[["CanvasView", QPointF], object]
_FINDERS: list[tuple[int, Finder]] = []


def finder(order: int) -> Callable[[Finder], Finder]:
    """Let a function say what of its kind lies under a point of the scene, None for nothing; low orders first."""

    def note(find: Finder) -> Finder:
        _FINDERS.append((order, find))
        _FINDERS.sort(key=lambda entry: entry[0])
        return find

    return note


def under(view: CanvasView, at: QPointF) -> object:
    """What lies under a point: a PortAt, the name of a block, a Wire, or what another finder knows; None for paper."""
    for _, find in _FINDERS:
        found = find(view, at)
        if found is not None:
            return found
    return None


@dataclass(frozen=True)
class PortAt:
    """A port: its block, which side, its number, and where it is on the scene."""

    block: str
    side: Literal["in", "out"]
    index: int
    at: QPointF


def _around(point: QPointF, radius: float) -> QRectF:
    return QRectF(point.x() - radius, point.y() - radius, 2 * radius, 2 * radius)


def _distance(a: QPointF, b: QPointF) -> float:
    d = a - b
    return float((d.x() ** 2 + d.y() ** 2) ** 0.5)


def ports_near(
    scene: CanvasScene, point: QPointF, radius: float, side: Literal["in", "out"] | None = None
) -> list[tuple[float, PortAt]]:
    """The ports within a radius, nearest first, with their distances."""
    found: list[tuple[float, PortAt]] = []
    items = [(name, scene.blocks[name]) for name in scene.cells.within(_around(point, radius + 1))]
    for name, item in (*items, *scene.stubs.items()):
        corner, card = item.pos(), item.card
        ports: list[PortAt] = []
        if side != "out":
            ports += [PortAt(name, "in", i, corner + card.input_at(i)) for i in range(len(card.wired))]
        if side != "in":
            ports += [PortAt(name, "out", i, corner + card.output_at(i)) for i in range(len(card.fed))]
        for port in ports:
            distance = _distance(point, port.at)
            if distance <= radius:
                found.append((distance, port))
    return sorted(found, key=lambda pair: pair[0])


def port_at(scene: CanvasScene, point: QPointF, radius: float) -> PortAt | None:
    """The port under a point."""
    near = ports_near(scene, point, radius)
    return near[0][1] if near else None


def block_at(scene: CanvasScene, point: QPointF) -> str | None:
    """The block under a point, the one drawn last where two overlap."""
    under = [name for name in scene.cells.within(_around(point, 0.5)) if scene.blocks[name].body.contains(point)]
    if len(under) < 2:
        return under[0] if under else None
    order = {name: i for i, name in enumerate(scene.blocks)}
    return max(under, key=lambda name: (scene.blocks[name].zValue(), order[name]))


def wire_at(scene: CanvasScene, point: QPointF, radius: float) -> Wire | None:
    """The wire that passes nearest to a point, within a radius."""
    mode = Qt.ItemSelectionMode.IntersectsItemBoundingRect
    best: tuple[float, Wire] | None = None
    for item in scene.items(_around(point, radius), mode):
        if isinstance(item, WireItem) and not item.hidden_end:
            distance = item.distance(point, radius)
            if distance <= radius and (best is None or distance < best[0]):
                best = (distance, item.wire)
    return best[1] if best else None


@finder(10)
def _port(view: CanvasView, at: QPointF) -> object:
    if view.zoom < FAR_BELOW or view.read_only:
        return None
    return port_at(view.canvas, at, min(14.0, 11.0 / view.zoom))


@finder(20)
def _block(view: CanvasView, at: QPointF) -> object:
    return block_at(view.canvas, at)


@finder(40)
def _wire(view: CanvasView, at: QPointF) -> object:
    return wire_at(view.canvas, at, 7.0 / view.zoom) if view.zoom >= FAR_BELOW else None
