"""Sizes of the canvas, in scene units (logical pixels at 100 % zoom)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from PySide6.QtCore import QPointF
from PySide6.QtGui import QFontMetricsF

from designer.graph import card_size as card_size_rules
from designer.graph.card_size import LOW, PITCH, TALL, block_size
from designer.graph.model import Network, Node
from designer.ui.theme import font

__all__ = [
    "FAR_BELOW",
    "FLAT_BELOW",
    "GRID",
    "LABELS_FROM",
    "LABEL_GROWTH",
    "LEAST_ZOOM",
    "LOW",
    "MARGIN",
    "MOST_ZOOM",
    "PORT",
    "SNAP",
    "STUB_HEIGHT",
    "TALL",
    "card_size",
    "group_width",
    "label_growth",
    "port_x",
    "sizes",
    "snapped",
]

GRID = 24.0  # dots
SNAP = 8.0  # blocks land on multiples of this
PORT = 5.0  # radius
MARGIN = 12.0  # around a card: ports, selection ring, shadow
STUB_HEIGHT = 32.0

FAR_BELOW = 0.4  # zoom under which blocks are bars of colour
FLAT_BELOW = 0.75  # zoom under which a card is a flat box and its title
LABELS_FROM = 0.5  # zoom under which the shapes on wires are left out
LABEL_GROWTH = 1.6
LEAST_ZOOM, MOST_ZOOM = 0.03, 4.0


@lru_cache(maxsize=20_000)
def _name_width(name: str) -> float:
    return QFontMetricsF(font("title")).horizontalAdvance(name)


def card_size(node: Node, slots: int) -> tuple[float, float]:
    """Width and height of a block's card with so many input slots. Only a long name or many ports widen it."""
    return block_size(node, slots, _name_width)


def group_width(title: str, ports: int) -> float:
    """The width of a group's card."""
    return card_size_rules.group_width(title, ports, _name_width)


def sizes(network: Network, names: Sequence[str] | None = None) -> dict[str, tuple[float, float]]:
    """The size of every block's card, for the arranger."""
    found: dict[str, tuple[float, float]] = {}
    for name in names if names is not None else network.nodes:
        node = network[name]
        found[name] = card_size(node, node.block.slots([w.slot for w in network.inputs_of(name)]))
    return found


def port_x(width: float, index: int, count: int) -> float:
    """How far from the card's left edge a port sits."""
    pitch = min(PITCH, (width - 24) / max(1, count))
    return width / 2 + (index - (count - 1) / 2) * pitch


def snapped(point: QPointF, step: float = SNAP) -> QPointF:
    """The nearest point of the invisible grid."""
    return QPointF(round(point.x() / step) * step, round(point.y() / step) * step)


def label_growth(zoom: float) -> float:
    """How much larger than the rest a wire's label is drawn, so that it can be read from some way off."""
    return max(1.0, min(LABEL_GROWTH, 0.92 / zoom))
