"""Layers of timm that are one block of torch or torchvision under another name. timm itself is not needed here."""

from __future__ import annotations

from typing import Any

from designer.exchange.converters.table import Call, layer_call
from designer.exchange.sketch import Ref

__all__: list[str] = []


@layer_call("timm.layers.drop.DropPath")
def _drop_path(module: Any, call: Call) -> tuple[Ref, ...] | Ref | None:
    """The same draw of random numbers as torchvision's stochastic depth of whole samples."""
    p = float(module.drop_prob or 0.0)
    if not p:
        return call.ref(call.args[0])
    return call.place("stochastic_depth", {"p": p, "mode": "row"}) if module.scale_by_keep else None
