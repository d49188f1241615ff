"""How much memory a block's results hold until backward has used them."""

from __future__ import annotations

from designer.graph.document import Document
from designer.graph.memory import measure_memory
from designer.ui.canvas.overlays.spec import Figure, Overlay, added
from designer.ui.words import in_bytes

__all__ = ["ACTIVATIONS"]


def _values(document: Document, batch: int) -> dict[str, Figure]:
    found = measure_memory(document.network, document.shapes, {"B": batch})
    return {name: Figure(memory.kept, in_bytes(memory.kept)) for name, memory in found.items() if memory.kept}


ACTIVATIONS = Overlay(
    "activation_memory",
    "Activation memory",
    "What training keeps of each block's results until backward; plain where nothing is kept",
    _values,
    30,
    added(in_bytes),
    by_batch=True,
    total=lambda n: f"{in_bytes(n)} in all",
)
