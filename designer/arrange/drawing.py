"""What the engine is told and what it works on: blocks as sizes, wires as lines between ports, spots in rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["COLUMN_GAP", "GAP", "LANE", "Box", "Drawing", "Line", "Point", "Rows", "Spot"]

GAP = (48.0, 56.0)  # between neighbours in a row, between rows
COLUMN_GAP = 120.0  # between the columns of a folded spine: room for the wire that goes back up
LANE = 14.0  # from one rail to the next

Point = tuple[float, float]
Box = tuple[float, float, float, float]  # left, top, right, bottom


class Line(NamedTuple):
    """A wire: the blocks at its ends, and how far from their left edges its ports are."""

    src: str
    dst: str
    leaves: float
    arrives: float


@dataclass(frozen=True)
class Drawing:
    """What is to be arranged.

    ``last`` are the places of last time, whose order is kept; ``pinned`` are blocks that stay exactly there; ``around``
    are other things that stay where they are and should not be covered. ``axes`` say how far from its edge a block is
    held in its column, where that is not its middle.
    """

    sizes: Mapping[str, tuple[float, float]]
    lines: Sequence[Line] = ()
    last: Mapping[str, Point] = field(default_factory=dict)
    pinned: Mapping[str, Point] = field(default_factory=dict)
    around: Sequence[Box] = ()
    axes: Mapping[str, float] = field(default_factory=dict)

    def axis(self, name: str) -> float:
        """How far from the edge of a block its column runs through it."""
        at = self.axes.get(name)
        return self.sizes[name][0] / 2 if at is None else at

    def middle(self, name: str) -> float | None:
        """Where across the flow the axis of a block was last time."""
        at = self.last.get(name)
        return None if at is None else at[0] + self.axis(name)


@dataclass(eq=False)
class Spot:
    """A piece of a chain in its row: blocks one below the other, or (no names) a stop of a long wire."""

    names: tuple[str, ...]
    left: float  # from the axis to the edge
    right: float
    height: float
    row: int
    was: float | None = None  # the axis of last time
    before: list[Spot] = field(default_factory=list)
    after: list[Spot] = field(default_factory=list)
    rank: int = 0
    at: float = 0.0  # the axis across the flow


Rows = list[list[Spot]]
