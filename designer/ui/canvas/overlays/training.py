"""Which weights training changes."""

from __future__ import annotations

from collections.abc import Sequence

from designer.graph.document import Document
from designer.graph.marks import is_frozen
from designer.ui.canvas.overlays.spec import Figure, Overlay

__all__ = ["TRAINING"]

_CLASSES = ("Trains", "Frozen", "Some frozen")


def _values(document: Document, _batch: int) -> dict[str, Figure]:
    found = {}
    for name, node in document.network.nodes.items():
        frozen = is_frozen(node)
        # A frozen block is shown even while its weights are not known.
        if document.shapes[name].cost.params or (frozen and node.block.cost is not None):
            found[name] = Figure(float(frozen), _CLASSES[frozen])
    return found


def _together(figures: Sequence[Figure]) -> Figure:
    return figures[0] if len(set(figures)) == 1 else Figure(2.0, _CLASSES[2])


TRAINING = Overlay(
    "training", "Frozen or training", "Which blocks' weights training changes", _values, 60, _together, classes=_CLASSES
)
