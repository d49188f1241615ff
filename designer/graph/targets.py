"""What formats of export cannot take: facts that were measured, for saying so while the network is drawn. No torch.

Each block is exported in its first example and run; what fails is written down here. A test measures them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["TARGETS", "Target"]


@dataclass(frozen=True)
class Target:
    """A format: its name in a sentence, and why it cannot take blocks of some types."""

    title: str
    refuses: Mapping[str, str]


_NO_OPERATOR = "ONNX has no operator for it, and the exporter does not spell it out."

TARGETS: Mapping[str, Target] = {
    "onnx": Target("ONNX", dict.fromkeys(("fractional_max_pool2d", "fractional_max_pool3d", "rrelu"), _NO_OPERATOR)),
}
