"""What a heat map asks of a network: the score of one class, and what a block put out on the way to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import torch
from torch import nn

from designer.errors import DataError

__all__ = ["Asked", "Heard", "Watch", "by_modules", "grid_of", "scores"]

Heard = Callable[[str, torch.Tensor], None]
Watch = Callable[[Heard], AbstractContextManager[object]]
"""While it is entered, ``heard(block, output)`` is called for what every block puts out."""


@dataclass(frozen=True)
class Asked:
    """A picture ``x`` [1, ...] of ``dims`` (C, H, W), and the place of the class among the scores."""

    module: nn.Module
    x: torch.Tensor
    dims: tuple[int, int, int]
    target: int
    watch: Watch
    output: int = 0
    block: str = ""  # what Grad-CAM looks at; empty: the last one that still knows places


def scores(asked: Asked, x: torch.Tensor) -> torch.Tensor:
    """The score of the class for each picture of ``x``: [N]."""
    result = asked.module(x)
    out: torch.Tensor = result if isinstance(result, torch.Tensor) else result[asked.output]
    if out.dim() < 2 or not 0 <= asked.target < out.shape[1]:
        raise DataError(
            f"There is no class number {asked.target}: the network gives {tuple(out.shape[1:])} numbers a picture. "
            "Choose another class."
        )
    return out[:, asked.target].flatten(1).mean(1) if out.dim() > 2 else out[:, asked.target]


def by_modules(module: nn.Module) -> Watch:
    """Hear the innermost modules of a network, by their paths."""

    @contextmanager
    def watch(heard: Heard) -> Iterator[None]:
        def listen(name: str) -> Callable[[nn.Module, object, object], None]:
            def hook(_layer: nn.Module, _inputs: object, output: object) -> None:
                if isinstance(output, torch.Tensor):
                    heard(name, output)

            return hook

        leaves = [(name, layer) for name, layer in module.named_modules() if name and not list(layer.children())]
        handles = [layer.register_forward_hook(listen(name)) for name, layer in leaves]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    return watch


def grid_of(output: torch.Tensor) -> torch.Tensor | None:
    """A block's output [1, ...] as a map of features [C, H, W]; None where it knows no places.

    Pictures are [1, C, H, W], or [1, H, W, C] where the two first sizes are the same and the last is not. Rows of
    tokens [1, T, C] are a square of patches, with or without a token for the class in front.
    """
    if output.dim() == 4 and len(output) == 1:
        _, a, b, c = output.shape
        last = a == b != c and a > 1
        found = output[0].permute(2, 0, 1) if last else output[0]
        return found if min(found.shape[1:]) > 1 else None
    if output.dim() == 3 and len(output) == 1:
        count = output.shape[1]
        for extra in (0, 1):
            side = round(max(0, count - extra) ** 0.5)
            if side > 1 and side * side == count - extra:
                return output[0, extra:].T.reshape(-1, side, side)
    return None
