"""How long a batch takes: in PyTorch, and in the engine of a file, one after the other on the same processor."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

from torch import nn

from designer.exchange.engine import run_module
from designer.exchange.format import Inputs, Outputs

__all__ = ["latencies"]

_SIZES = (1, 32)
_ROUNDS, _SECONDS = 30, 0.25  # at most so many, at least three, for each of the two


def latencies(
    module: nn.Module, run: Callable[[Inputs], Outputs], eager: Sequence[Inputs], fed: Sequence[Inputs]
) -> dict[str, dict[str, float]]:
    """Milliseconds (medians) by batch size; ``eager`` and ``fed`` are the same batches as each of them takes it."""
    found = {}
    for size in _SIZES:
        number = next((n for n, batch in enumerate(eager) if len(batch[0]) == size), None)
        if number is not None:
            mine, theirs = eager[number], fed[number]
            found[str(size)] = {
                "eager": _milliseconds(lambda batch=mine: run_module(module, [batch])),  # type: ignore[misc]
                "file": _milliseconds(lambda batch=theirs: run(batch)),  # type: ignore[misc]
            }
    return found


def _milliseconds(work: Callable[[], object]) -> float:
    work()  # the first call makes what later ones find
    times: list[float] = []
    started = time.perf_counter()
    while len(times) < 3 or (len(times) < _ROUNDS and time.perf_counter() - started < _SECONDS):
        before = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - before))
    return round(statistics.median(times), 4)
