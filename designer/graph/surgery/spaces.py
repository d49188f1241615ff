"""Channels that must change together: what makes them, what keeps a number for each, what reads them.

A *space* is a number of channels. A residual addition makes one space of two, a concatenation lays spaces side by
side, a Flatten repeats each channel once a place. Where channels lie along an axis is told by *runs* of spaces.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import lcm
from typing import NamedTuple

from designer.graph.weight_steps import Part

__all__ = ["Layout", "Run", "Size", "Space", "Spaces"]


class Run(NamedTuple):
    """A stretch of an axis: the channels of a space in order, each ``each`` times in a row."""

    space: int
    each: int = 1


@dataclass(frozen=True)
class Layout:
    """Where the channels lie in a tensor: along which axis, and the runs that it consists of."""

    axis: int
    runs: tuple[Run, ...]


class Size(NamedTuple):
    """A parameter that says how many channels there are, those of all its runs together."""

    block: str
    param: str
    runs: tuple[Run, ...]


@dataclass
class Space:
    """One number of channels and all that depends on it.

    ``makers`` are the weights whose rows make the channels, ``parts`` all tensors that change. ``fixed`` says why the
    number cannot change; ``grouped`` into how many equal groups it must stay divisible. ``uniform`` names blocks whose
    result stays the same only where all channels are copied equally often.
    """

    size: int
    makers: list[Part] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    fixed: str = ""
    grouped: int = 1
    uniform: list[str] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)  # the layers that make the channels


class Spaces:
    """All spaces of a network, merged as it demands, and the parameters that follow from them."""

    def __init__(self) -> None:
        self._all: list[Space] = []
        self._root: list[int] = []
        self.sizes: list[Size] = []

    def new(self, size: int, fixed: str = "") -> int:
        """A space of its own."""
        self._all.append(Space(size, fixed=fixed))
        self._root.append(len(self._root))
        return len(self._root) - 1

    def root(self, space: int) -> int:
        """The number that stands for a space and all that were merged with it."""
        while self._root[space] != space:
            self._root[space] = self._root[self._root[space]]
            space = self._root[space]
        return space

    def __getitem__(self, space: int) -> Space:
        return self._all[self.root(space)]

    def merge(self, one: int, other: int) -> None:
        """Two spaces are the same channels from now on."""
        one, other = self.root(one), self.root(other)
        if one == other:
            return
        kept, gone = self._all[one], self._all[other]
        self._root[other] = one
        kept.makers += gone.makers
        kept.parts += gone.parts
        kept.uniform += gone.uniform
        kept.owners += gone.owners
        kept.fixed = kept.fixed or gone.fixed
        kept.grouped = lcm(kept.grouped, gone.grouped)
        if kept.size != gone.size:
            kept.fixed = kept.fixed or "its channels meet another number of channels"

    def fix(self, runs: Iterable[Run], why: str) -> None:
        """The number of channels of these spaces cannot change."""
        for run in runs:
            space = self[run.space]
            space.fixed = space.fixed or why

    def equal(self, left: Layout, right: Layout, why: str) -> None:
        """Two tensors are joined number by number: their channels are the same ones."""
        here = [(self[r.space].size, r.each) for r in left.runs]
        there = [(self[r.space].size, r.each) for r in right.runs]
        if left.axis != right.axis or here != there:
            self.fix((*left.runs, *right.runs), why)
            return
        for one, other in zip(left.runs, right.runs, strict=True):
            self.merge(one.space, other.space)

    def length(self, runs: Iterable[Run], instead: Mapping[int, int] | None = None) -> int:
        """How many numbers the runs have; ``instead`` gives other sizes by the root of a space."""
        found = 0
        for run in runs:
            root = self.root(run.space)
            found += run.each * (instead or {}).get(root, self._all[root].size)
        return found

    def hold(
        self, runs: Iterable[Run], tensor: str, axis: int = 0, *, each: int = 1, groups: int = 1, shared: bool = False
    ) -> None:
        """A tensor has a number, or ``each``, for every entry of the runs along an axis."""
        start = 0
        for run in runs:
            space = self[run.space]
            space.parts.append(Part(tensor, axis, start, run.each * each, groups, shared))
            start += space.size * run.each * each
