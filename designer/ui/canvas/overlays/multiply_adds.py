"""How much a block computes."""

from __future__ import annotations

from designer.graph.document import Document
from designer.ui.canvas.overlays.spec import Figure, Overlay, added
from designer.ui.words import short

__all__ = ["MULTIPLY_ADDS"]


def _values(document: Document, _batch: int) -> dict[str, Figure]:
    counts = ((name, known.cost.macs) for name, known in document.shapes.items())
    return {name: Figure(macs, short(macs)) for name, macs in counts if macs}


MULTIPLY_ADDS = Overlay(
    "multiply_adds",
    "Multiply-adds",
    "Multiplications with an addition that each block does for one sample",
    _values,
    20,
    added(short),
    total=lambda n: f"{short(n)} a sample",
)
