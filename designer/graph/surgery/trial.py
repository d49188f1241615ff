"""An edit tried on a copy: it must not break what was sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.errors import EditRefused
from designer.graph.edits import Edit
from designer.graph.infer import Shapes
from designer.graph.links import apply_everywhere

if TYPE_CHECKING:
    from designer.graph.document import Document

__all__ = ["need_sound"]


def need_sound(document: Document, edit: Edit, what: str) -> Shapes:
    """The shapes after the edit. Raises EditRefused where a block that was in order no longer is."""
    network, before = document.network.copy(), document.shapes
    apply_everywhere(network, edit)
    after = Shapes(network)
    for name in network.order():
        was_well = name not in before or before[name].error is None
        error = after[name].error
        if was_well and error is not None:
            raise EditRefused(f"{what}: {name} would no longer fit. {error}")
    return after
