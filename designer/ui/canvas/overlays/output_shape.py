"""What comes out of a block."""

from __future__ import annotations

from designer.graph.document import Document
from designer.graph.memory import size_of
from designer.ui.canvas.overlays.spec import Figure, Overlay

__all__ = ["OUTPUT_SHAPE"]


def _values(document: Document, _batch: int) -> dict[str, Figure]:
    found: dict[str, Figure] = {}
    for name, known in document.shapes.items():
        given = [tensor for tensor in known.outputs if tensor is not None]
        sizes = [size_of(tensor, {"B": 1}) for tensor in given]
        if given:
            numbers = sum(size for size in sizes if size is not None) / 4
            found[name] = Figure(numbers, ", ".join(map(str, given)))
    return found


OUTPUT_SHAPE = Overlay(
    "output_shape",
    "Output shape",
    "What comes out of each block; the colour says how many numbers a sample",
    _values,
    50,
)
