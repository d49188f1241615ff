"""How much of the input one result of a block can see."""

from __future__ import annotations

from designer.graph.document import Document
from designer.graph.field import Field, measure_fields
from designer.ui.canvas.overlays.spec import Figure, Overlay, largest
from designer.ui.words import seen

__all__ = ["RECEPTIVE_FIELD"]


def _values(document: Document, _batch: int) -> dict[str, Figure]:
    fields = measure_fields(document.network, document.shapes)
    largest = max((_largest(field) for field in fields.values()), default=1)
    return {
        name: Figure(largest if field.whole else max(s.seen or 1 for s in field.sides), seen(field))
        for name, field in fields.items()
    }


def _largest(field: Field) -> int:
    lengths = [side.length for side in field.sides if isinstance(side.length, int)]
    return max([*lengths, *(side.seen or 1 for side in field.sides)])


RECEPTIVE_FIELD = Overlay(
    "receptive_field",
    "Receptive field",
    "How much of the input one result of each block can see",
    _values,
    40,
    largest,
)
