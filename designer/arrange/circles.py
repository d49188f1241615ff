"""Wires that run in a circle between frames or cards: a few are not looked at, so that the others can run forward."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from designer.arrange.drawing import Line

__all__ = ["forward"]


def forward(lines: Sequence[Line], sizes: Iterable[str], flow: Mapping[str, float]) -> list[Line]:
    """The lines without those that make circles: of each circle, the one that goes back farthest in the flow goes."""
    if all(flow[line.src] < flow[line.dst] for line in lines):
        return list(lines)
    sources: dict[str, dict[str, None]] = {name: {} for name in sizes}
    for line in lines:
        sources[line.dst][line.src] = None
    dropped: set[tuple[str, str]] = set()
    while (circle := _circle(sources)) is not None:
        src, dst = max(pairwise(circle), key=lambda ends: (flow[ends[0]] - flow[ends[1]], ends))
        del sources[dst][src]
        dropped.add((src, dst))
    return [line for line in lines if (line.src, line.dst) not in dropped] if dropped else list(lines)


def _circle(sources: Mapping[str, Iterable[str]]) -> list[str] | None:
    """Some circle, each followed by one that reads from it; None where there is none."""
    try:
        TopologicalSorter(sources).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return None
