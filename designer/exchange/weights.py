"""Weights from a file into a network: read by content, matched by name and shape. Imports torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn

from designer.errors import ProjectError
from designer.exchange.contents import is_safetensors
from designer.exchange.format import formats

__all__ = ["Match", "WrongShape", "load_weights", "match_weights", "read_weights"]


class WrongShape(NamedTuple):
    """A weight whose shape in the file differs from the network's."""

    name: str
    expected: tuple[int, ...]
    found: tuple[int, ...]


@dataclass(frozen=True)
class Match:
    """How the tensors of a file fit a network, by name."""

    matched: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    wrong_shape: tuple[WrongShape, ...]

    @property
    def complete(self) -> bool:
        """Every weight of the network is there; counters of old BatchNorm checkpoints may lack."""
        lacking = [name for name in self.missing if not name.endswith("num_batches_tracked")]
        return not lacking and not self.wrong_shape

    @property
    def sentence(self) -> str:
        """What fits and what does not."""
        parts = [f"{len(self.matched)} of {len(self.matched) + len(self.missing) + len(self.wrong_shape)} weights fit"]
        if self.wrong_shape:
            name, expected, found = self.wrong_shape[0]
            parts.append(
                f"{len(self.wrong_shape)} have another shape (first: {name}, expected {_text(expected)}, "
                f"got {_text(found)})"
            )
        if self.missing:
            parts.append(f"{len(self.missing)} are missing (first: {self.missing[0]})")
        if self.unexpected:
            parts.append(f"{len(self.unexpected)} are not of this network (first: {self.unexpected[0]})")
        return "; ".join(parts) + "."


def _text(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "a single number"


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """Tensors by name from a safetensors file or a PyTorch checkpoint, told apart by content.

    Raises FileDamaged.
    """
    kind = "safetensors" if is_safetensors(path) else "pth"
    read = formats()[kind].read
    assert read is not None
    return read(path)


def match_weights(state: Mapping[str, torch.Tensor], tensors: Mapping[str, torch.Tensor]) -> Match:
    """Compare names and shapes of a network's state dict with those of a file."""
    both = [name for name in state if name in tensors]
    wrong = [
        WrongShape(name, tuple(state[name].shape), tuple(tensors[name].shape))
        for name in both
        if state[name].shape != tensors[name].shape
    ]
    bad = {item.name for item in wrong}
    return Match(
        matched=tuple(name for name in both if name not in bad),
        missing=tuple(name for name in state if name not in tensors),
        unexpected=tuple(name for name in tensors if name not in state),
        wrong_shape=tuple(wrong),
    )


def load_weights(module: nn.Module, weights: Path | Mapping[str, torch.Tensor], *, partial: bool = False) -> Match:
    """Put the weights into ``module`` and say what fitted.

    With ``partial`` what fits is loaded and the rest stays as it was; otherwise ProjectError is raised
    when a weight is missing or has another shape, and nothing is changed.
    """
    tensors = read_weights(weights) if isinstance(weights, Path) else weights
    match = match_weights(module.state_dict(), tensors)
    if not partial and not match.complete:
        where = f" in {weights}" if isinstance(weights, Path) else ""
        raise ProjectError(
            f"The weights{where} are of another network: {match.sentence} "
            "Choose the file that belongs to this drawing, or train it again."
        )
    module.load_state_dict({name: tensors[name] for name in match.matched}, strict=False)
    return match
