"""Which weights training changes, and how fast."""

from __future__ import annotations

from collections.abc import Sequence

from designer.graph.document import Document
from designer.graph.marks import is_frozen, rate_of
from designer.ui.canvas.overlays.spec import Figure, Overlay

__all__ = ["TRAINING"]

_CLASSES = ("Trains", "Frozen", "Rate of its own", "Mixed")
_FULL, _FROZEN, _OWN, _MIXED = range(4)


def _values(document: Document, _batch: int) -> dict[str, Figure]:
    found = {}
    for name, node in document.network.nodes.items():
        known = document.shapes[document.network.owner(name)].cost.params
        # A frozen block is shown even while its weights are not known.
        if known or (is_frozen(node) and node.block.cost is not None):
            found[name] = _figure(is_frozen(node), rate_of(node))
    return found


def _figure(frozen: bool, rate: float) -> Figure:
    if frozen:
        return Figure(_FROZEN, _CLASSES[_FROZEN])
    return Figure(_FULL, _CLASSES[_FULL]) if rate == 1 else Figure(_OWN, f"×{rate:g}")


def _together(figures: Sequence[Figure]) -> Figure:
    kinds = {figure.amount for figure in figures}
    if len(set(figures)) == 1:
        return figures[0]
    return Figure(_MIXED, "Some frozen" if _FROZEN in kinds else "Several rates")


TRAINING = Overlay(
    "training",
    "What trains",
    "Which blocks' weights training changes, and how fast",
    _values,
    60,
    _together,
    classes=_CLASSES,
    hatched=_CLASSES[_FROZEN],
)
