"""How many learnable numbers a block has."""

from __future__ import annotations

from designer.graph.document import Document
from designer.ui.canvas.overlays.spec import Figure, Overlay, added
from designer.ui.words import short

__all__ = ["PARAMETERS"]


def _values(document: Document, _batch: int) -> dict[str, Figure]:
    counts = ((name, known.cost.params) for name, known in document.shapes.items())
    return {name: Figure(params, short(params)) for name, params in counts if params}


PARAMETERS = Overlay(
    "parameters",
    "Parameters",
    "Learnable numbers of each block",
    _values,
    10,
    added(short),
    total=lambda n: f"{short(n)} in all",
)
