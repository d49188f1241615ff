"""Carrying out a mapping: the numbers of a file, made to fit, as a whole state dict of the network. Imports torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from designer.errors import FileDamaged, UsageError
from designer.exchange.contents import read_part
from designer.exchange.mapping.spec import Source, WeightMap
from designer.exchange.mapping.transforms import TRANSFORMS
from designer.exchange.mapping.weight import Weight, shape_text

__all__ = ["Applied", "apply_map", "weights_of_state"]

State = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class Applied:
    """The network's whole state, and which of the taken weights hold NaN or infinite values."""

    state: dict[str, torch.Tensor]
    not_finite: tuple[str, ...]

    @property
    def warning(self) -> str:
        """A sentence about values that are no numbers; empty where all are."""
        if not self.not_finite:
            return ""
        n = len(self.not_finite)
        what = "One weight holds" if n == 1 else f"{n} weights hold"
        return (
            f"{what} values that are not numbers (NaN or infinite), first {self.not_finite[0]}: a network with them "
            "gives no usable answers. Look for an earlier checkpoint."
        )


def weights_of_state(state: State) -> tuple[Weight, ...]:
    """Names and shapes of a state dict."""
    return tuple(Weight(n, tuple(t.shape), str(t.dtype).removeprefix("torch.")) for n, t in state.items())


def apply_map(state: State, path: Path, mapping: WeightMap) -> Applied:
    """``state`` with what the mapping takes from the file; the rest is kept as it is.

    Raises FileDamaged, and UsageError where the mapping does not fit the file or the network; then nothing was changed.
    """
    wanted = {source.name for source in mapping.weights.values()}
    tensors = read_part(path, mapping.part, sorted(wanted))
    made = dict(state)
    broken = []
    for target, source in mapping.weights.items():
        if target not in state:
            raise UsageError(f"The network has no weight “{target}”. The mapping is of another drawing.")
        made[target] = _fitted(target, state[target], tensors[source.name], source)
        if made[target].is_floating_point() and not bool(torch.isfinite(made[target]).all()):
            broken.append(target)
    return Applied(made, tuple(broken))


def _fitted(target: str, fresh: torch.Tensor, tensor: torch.Tensor, source: Source) -> torch.Tensor:
    """One tensor, of the network's shape and kind of number."""
    if tensor.is_complex() and not fresh.is_complex():
        raise FileDamaged(f"The weight {source.name} holds complex numbers; expected real ones for {target}.")
    way = TRANSFORMS[source.by]
    if not way.fits(tuple(fresh.shape), tuple(tensor.shape)):
        raise UsageError(
            f"{target}: “{source.by}” does not make {shape_text(tuple(fresh.shape))} "
            f"of {shape_text(tuple(tensor.shape))}."
        )
    rows = source.rows
    if rows and (not way.rows or len(rows) != fresh.shape[0] or max(rows) >= tensor.shape[0]):
        raise UsageError(f"{target}: expected {fresh.shape[0]} row numbers below {tensor.shape[0]}.")
    # 8-bit floats know no arithmetic, and sums of halves lose digits: change the shape as the network's own numbers.
    tensor = tensor if tensor.dtype == fresh.dtype else tensor.to(fresh.dtype)
    return way.apply(tensor, fresh, rows).to(fresh.dtype).reshape(fresh.shape).contiguous()
