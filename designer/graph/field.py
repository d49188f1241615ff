"""The receptive field: which part of an input a single result of a block can depend on.

Each side of each input is followed through the drawing on its own. Where branches meet, the field spans both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from designer.blocks.dims import Dim, Tensor
from designer.blocks.footprint import ANYWHERE, Reach, Step, Window, aligned, straight
from designer.graph.infer import Shapes
from designer.graph.model import Network, Node

__all__ = ["Field", "Side", "measure_fields"]


@dataclass(frozen=True)
class Side:
    """One side of an input: how long it is, how much of it a result sees (None: all), and how far apart the pieces
    are that two neighbouring results see (None: results no longer lie along this side)."""

    length: Dim
    seen: int | None
    stride: Step | None


@dataclass(frozen=True)
class Field:
    """What one result of a block sees of an input: the sides of a picture, volume or sequence, without channels."""

    input: str
    sides: tuple[Side, ...]

    @property
    def whole(self) -> bool:
        """Whether it sees everything."""
        return all(side.seen is None for side in self.sides)


class _Seen(NamedTuple):
    """What a result along dimension ``dim`` sees of a side.

    Before anything is enlarged, ``size`` places in a row; the next result sees the same ``jump`` further on. An
    enlargement makes ``scale`` results of one: from there on ``width`` counts how many further results are seen and
    ``pace`` how many lie between two, because how much that is depends on where one stands. ``middle``: of what the
    very first result sees.
    """

    dim: int
    size: Step
    jump: Step
    middle: float
    folded: bool = False
    scale: int = 1
    width: Step = 0
    pace: Step = 1

    @property
    def most(self) -> Step:
        """The most that any result sees."""
        return self.size + self.width // self.scale * self.jump

    @property
    def stride(self) -> Step:
        """From what one result sees to what the next one sees."""
        return self.jump if self.scale == 1 else self.jump * Fraction(self.pace, self.scale)

    @property
    def kind(self) -> tuple[object, ...]:
        """What two branches must have in common to be counted as one."""
        return (self.dim, self.jump, self.scale, self.pace, self.folded)


_Source = tuple[str, int]  # an Input block and one of its dimensions
_Ways = tuple[_Seen, ...]  # what is seen on different ways; of each kind one
_State = dict[_Source, _Ways | None]  # None: all of it


def _through(ways: _Ways | None, reach: Reach) -> _Ways | None:
    """What a block makes of what its input sees."""
    if ways is None or reach is straight(len(reach)):
        return ways
    if len(ways) == 1:
        new = _step(ways[0], reach)
        return None if new is None else ways if new is ways[0] else (new,)
    passed = [_step(seen, reach) for seen in ways]
    return None if None in passed else tuple(seen for seen in passed if seen is not None)


def _step(seen: _Seen, reach: Reach) -> _Seen | None:
    if seen.dim == ANYWHERE:
        plain = all(w is not None and w.extent == 1 and w.step == 1 for w in reach)
        return seen if plain else None
    window = reach[seen.dim]
    if window is None:
        return None
    if window.extent == 1 and window.step == 1 and not window.first:
        return _moved(seen, window)
    if seen.folded:
        return None
    stride = seen.stride
    more = window.extent - 1
    middle = seen.middle + float(stride) * (float(window.first) + more / 2)
    if window.spread is not None:
        scale = window.step.denominator
        width = seen.width * scale + window.spread * seen.pace
        return seen._replace(dim=window.to, middle=middle, scale=seen.scale * scale, width=width)
    if seen.scale > 1:
        return seen._replace(
            dim=window.to, middle=middle, width=seen.width + more * seen.pace, pace=seen.pace * window.step
        )
    return _Seen(window.to, seen.size + more * stride, stride * window.step, middle)


def _moved(seen: _Seen, window: Window) -> _Seen:
    if window.to == seen.dim and not window.folded:
        return seen
    return seen._replace(dim=window.to, folded=seen.folded or window.folded)


def _both(a: _Ways | None, b: _Ways | None) -> _Ways | None:
    """What is seen where two branches meet."""
    if a is None or b is None or a[0].dim != b[0].dim:
        return None
    if a == b:
        return a
    kinds = {seen.kind: seen for seen in a}
    for seen in b:
        kinds[seen.kind] = _hull(kinds[seen.kind], seen) if seen.kind in kinds else seen
    return tuple(kinds.values())


def _hull(a: _Seen, b: _Seen) -> _Seen:
    """The smallest stretch that holds what two branches of one kind see."""
    size, middle = _stretch((a.middle, a.size), (b.middle, b.size))
    return a._replace(size=size, middle=middle, width=max(a.width, b.width))


def _stretch(*parts: tuple[float, Step]) -> tuple[int, float]:
    first = min(middle - (size - 1) / 2 for middle, size in parts)
    last = max(middle + (size - 1) / 2 for middle, size in parts)
    return ceil(last - first + 1 - 1e-9), (first + last) / 2


def _reach(node: Node, x: Tensor, outputs: Sequence[Tensor | None]) -> Reach:
    block = node.block
    if block.reach is not None:
        return block.reach(block.bind(node.params), x)
    out = outputs[0] if outputs else x  # what ends here is what arrived
    return aligned(x, out) if out is not None else (None,) * x.rank


def _arrived(network: Network, shapes: Shapes, name: str, states: Mapping[str, _State]) -> _State | None:
    """What the results of a block see; None where the block is not sound."""
    node, known = network.nodes[name], shapes[name]
    if not known.complete:
        return None
    if node.block.role == "input":
        out = known.outputs[0]
        return {(name, d): (_Seen(d, 1, 1, 0.0),) for d in range(1, out.rank)} if out is not None else None
    merged: _State = {}
    for slot, wire in network.slots_of(name).items():
        x, before = known.inputs[slot], states.get(wire.src)
        if x is None or before is None:
            return None
        reach = _reach(node, x, known.outputs)
        for source, ways in before.items():
            new = _through(ways, reach)
            merged[source] = _both(merged[source], new) if source in merged else new
    return merged


def measure_fields(network: Network, shapes: Shapes, among: Iterable[str] | None = None) -> dict[str, Field]:
    """The receptive field of each block (of ``among`` and all that feeds them) whose shapes are known.

    With several inputs it is that of the input of which it sees most. Normalisation counts as number by number,
    though its statistics see everything; dropout and pooling likewise count as in use.
    """
    names = network.nodes if among is None else network.upstream(among)
    positions = network.positions()
    states: dict[str, _State] = {}
    for name in sorted(names, key=positions.__getitem__):
        state = _arrived(network, shapes, name, states)
        if state is not None:
            states[name] = state
    return {name: field for name, state in states.items() if (field := _field(shapes, state)) is not None}


def _field(shapes: Shapes, state: _State) -> Field | None:
    found = []
    for entry in dict.fromkeys(source[0] for source in state):
        data = shapes[entry].outputs[0]
        if data is None or data.rank < 2:
            continue
        axes = list(range(2, data.rank)) if data.rank > 3 else list(range(1, data.rank))
        sides = [_side(data.dims[axis], state[entry, axis]) for axis in axes]
        if data.rank <= 3 and any(s.seen is not None for s in sides):
            sides = [s for s in sides if s.seen is not None]  # features or channels are mixed, places are not
        found.append(Field(entry, tuple(sides)))
    return max(found, key=_extent, default=None)


def _side(length: Dim, ways: _Ways | None) -> Side:
    if ways is None:
        return Side(length, None, None)
    kept = all(not seen.folded and seen.dim != ANYWHERE for seen in ways)
    if len(ways) == 1:
        size = ceil(ways[0].most)
    else:
        size, _ = _stretch(*((seen.middle, seen.most) for seen in ways))
    return Side(length, size, max(seen.stride for seen in ways) if kept else None)


def _extent(field: Field) -> tuple[bool, int]:
    return field.whole, sum(side.seen or 0 for side in field.sides)
