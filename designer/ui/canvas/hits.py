"""What lies under a point of the scene: a port first, then a block, then a wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt

from designer.graph.model import Wire
from designer.ui.canvas.items import WireItem
from designer.ui.canvas.scene import CanvasScene

__all__ = ["PortAt", "block_at", "port_at", "ports_near", "wire_at"]


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
    for name in scene.cells.within(_around(point, radius + 1)):
        item = scene.blocks[name]
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
        if isinstance(item, WireItem):
            distance = item.distance(point)
            if distance <= radius and (best is None or distance < best[0]):
                best = (distance, item.wire)
    return best[1] if best else None
