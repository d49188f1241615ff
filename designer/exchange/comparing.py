"""The outputs of a file beside those of the network: how far apart, how often the same class, and where it begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from designer.errors import ExportError
from designer.exchange.format import Bundle, Format, Inputs, Outputs
from designer.exchange.suspect import first_difference, inside

__all__ = ["TOLERANCE", "Compared", "Judge"]

TOLERANCE = 1e-4
"""Largest difference allowed where another engine computes, as a part of the largest output (at least 0.1)."""


@dataclass(frozen=True)
class Compared:
    """The figures of a comparison."""

    samples: int
    batch_sizes: tuple[int, ...]
    largest: float
    mean: float
    tolerance: float | None
    agree: float | None
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Judge:
    """Compares, and where a file is wrong says so. ``batches`` are for the network, ``fed`` the same for the file."""

    fmt: Format
    bundle: Bundle
    part: Path
    batches: Sequence[Inputs]
    fed: Sequence[Inputs]
    classifies: bool

    def compare(
        self, expected: Sequence[Outputs], found: Sequence[Outputs], targets: torch.Tensor | None = None
    ) -> Compared:
        """Raises ExportError where shapes differ, or numbers by more than the format allows."""
        largest = total = scale = 0.0
        numbers = 0
        for number, (want, got) in enumerate(zip(expected, found, strict=True)):
            self._same_shapes(want, got)
            for a, b in zip(want, got, strict=True):
                difference = (a.double() - b.double()).abs()
                if not bool(torch.isfinite(difference).all()):
                    raise ExportError(
                        f"{self.fmt.title} gives values that are not finite where the network does not."
                        f"{self._where(number)}"
                    )
                if difference.numel():
                    largest = max(largest, float(difference.max()))
                    scale = max(scale, float(a.double().abs().max()))
                total += float(difference.sum())
                numbers += difference.numel()
        samples = sum(len(want[0]) for want in expected)
        tolerance = None if self.fmt.lossy else 0.0 if self.fmt.exact else TOLERANCE * max(scale, 0.1)
        if tolerance is not None and largest > tolerance:
            worst = max(range(len(expected)), key=lambda n: _distance(expected[n], found[n]))
            raise ExportError(
                f"{self.fmt.title} does not compute what the network does: outputs differ by {largest:.3g} "
                f"(allowed: {tolerance:.3g}) on {samples} samples.{self._where(worst)} It was not saved."
            )
        sizes = tuple(sorted({len(want[0]) for want in expected}))
        agree, before, after = self._classes(expected, found, targets)
        return Compared(samples, sizes, largest, total / max(1, numbers), tolerance, agree, before, after)

    def _same_shapes(self, want: Outputs, got: Outputs) -> None:
        shapes, theirs = [tuple(t.shape) for t in want], [tuple(t.shape) for t in got]
        if shapes != theirs:
            raise ExportError(
                f"{self.fmt.title} gives outputs of another shape: expected {shapes}, "
                f"got {theirs} for a batch of {len(want[0])}. It was not saved."
            )

    def _where(self, number: int) -> str:
        """The first block that differs on a batch, as a sentence; empty where the format cannot be looked into."""
        if self.fmt.inside is None:
            return ""
        expected = inside(self.bundle.module, self.bundle.program, self.batches[number])
        found = self.fmt.inside(self.bundle, self.part, self.fed[number])
        first = first_difference(expected, found, TOLERANCE)
        if first is not None:
            return f" The first block that differs is {first[0]}, by {first[1]:.3g}."
        looked = len(expected.keys() & found.keys())
        return f" All {looked} blocks that could be looked into agree, so it arises at the ends." if looked else ""

    def _classes(
        self, expected: Sequence[Outputs], found: Sequence[Outputs], targets: torch.Tensor | None
    ) -> tuple[float | None, float | None, float | None]:
        """How many get the same class, and the right one before and after."""
        slot = _main_slot(self.bundle)
        if not self.classifies or expected[0][slot].ndim < 2:
            return None, None, None
        mine = torch.cat([want[slot].argmax(1).flatten() for want in expected])
        theirs = torch.cat([got[slot].argmax(1).flatten() for got in found])
        agree = float((mine == theirs).double().mean()) if len(mine) else None
        if targets is None or targets.is_floating_point():
            return agree, None, None
        right = targets.flatten()
        known = right >= 0  # a pixel that no one labelled has a negative class
        if len(right) > len(mine) or not bool(known.any()):
            return agree, None, None
        mine, theirs = mine[: len(right)], theirs[: len(right)]
        return agree, float((mine == right)[known].double().mean()), float((theirs == right)[known].double().mean())


def _main_slot(bundle: Bundle) -> int:
    main = bundle.program.main
    return bundle.program.outputs.index(main) if main is not None else 0


def _distance(want: Outputs, got: Outputs) -> float:
    far = [float((a.double() - b.double()).abs().max()) for a, b in zip(want, got, strict=True) if a.numel()]
    return max(far, default=0.0)
