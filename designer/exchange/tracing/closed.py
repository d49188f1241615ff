"""Parts of a library's model that stay closed: the block that stands for them."""

from __future__ import annotations

from torch import nn

from designer.exchange.converters.table import Converted
from designer.exchange.tracing.trace import OpaqueBlock

__all__ = ["closed_part"]


def closed_part(library: str, model: str) -> OpaqueBlock:
    """For ``trace``: what cannot be drawn becomes a block that the library builds. ``library``: torchvision or timm."""

    def block(path: str, module: nn.Module) -> Converted | None:
        return ("opaque", {"library": library, "model": model, "path": path}) if path else None

    return block
