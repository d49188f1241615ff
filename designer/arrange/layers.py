"""Rows from inputs to outputs. A chain without branches is one piece, so that a block more in it changes no row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from designer.arrange.drawing import GAP, Drawing, Rows, Spot

__all__ = ["Layers", "components", "layers"]

Links = Mapping[str, Mapping[str, float]]  # block to neighbour, with the place of the port at the far end


@dataclass
class Layers:
    """Rows of pieces, and the long wires: pieces which they leave and those at which they arrive."""

    rows: Rows
    long: list[tuple[Spot, list[Spot]]]


@dataclass(eq=False)
class _Chain:
    names: list[str]
    row: int = 0
    before: list[_Chain] = field(default_factory=list)
    after: list[_Chain] = field(default_factory=list)
    pieces: list[Spot] = field(default_factory=list)


def components(drawing: Drawing) -> list[list[str]]:
    """The blocks that hang together, each group in an order in which every wire runs forward.

    Raises ValueError for wires that run in a circle.
    """
    order = _order(drawing)
    leader = {name: name for name in order}

    def find(name: str) -> str:
        while leader[name] != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    for line in drawing.lines:
        leader[find(line.src)] = find(line.dst)
    groups: dict[str, list[str]] = {}
    for name in order:
        groups.setdefault(find(name), []).append(name)
    return list(groups.values())


def _order(drawing: Drawing) -> list[str]:
    before: dict[str, list[str]] = {name: [] for name in drawing.sizes}
    for line in drawing.lines:
        before[line.dst].append(line.src)
    try:
        return list(TopologicalSorter(before).static_order())
    except CycleError as error:
        raise ValueError(f"Wires run in a circle: {' → '.join(map(str, error.args[1]))}.") from None


def layers(drawing: Drawing, names: Sequence[str], after: Links, before: Links) -> Layers:
    """The rows of one group of blocks, given in order with their neighbours."""
    chains = _chains(names, after, before)
    for chain in chains:
        chain.row = 1 + max((c.row for c in chain.before), default=-1)
    for chain in reversed(chains):  # an input that only a late block needs goes down to it
        if not chain.before and chain.after:
            chain.row = min(c.row for c in chain.after) - 1
    rows: Rows = [[] for _ in range(1 + max(c.row for c in chains))]
    _cut(drawing, chains, rows)
    long: list[tuple[Spot, list[Spot]]] = []
    for chain in chains:
        last = chain.pieces[-1]
        ends = [c.pieces[0] for c in chain.after]
        near = [end for end in ends if end.row == last.row + 1]
        for end in near:
            last.after.append(end)
            end.before.append(last)
        if len(near) < len(ends):
            long.append((last, [end for end in ends if end.row > last.row + 1]))
    return Layers(rows, long)


def _chains(names: Sequence[str], after: Links, before: Links) -> list[_Chain]:
    """The chains in order; the neighbours of each in the order of the ports."""
    of: dict[str, _Chain] = {}
    chains: list[_Chain] = []
    for name in names:
        sources = before[name]
        only = next(iter(sources)) if len(sources) == 1 else None
        if only is not None and len(after[only]) == 1:
            of[name] = of[only]
            of[name].names.append(name)
        else:
            of[name] = _Chain([name])
            chains.append(of[name])
    for chain in chains:
        sources = before[chain.names[0]]
        chain.before = [of[n] for n in sorted(sources, key=sources.__getitem__)]
        chain.after = [of[n] for n in after[chain.names[-1]]]
    return chains


def _cut(drawing: Drawing, chains: Sequence[_Chain], rows: Rows) -> None:
    """Put chains into rows; one with rows to spare goes on in them instead of making its first row tall."""
    deep = [0.0] * len(rows)
    spare = {c: min((o.row for o in c.after), default=c.row + 1) - c.row - 1 if c.before else 0 for c in chains}
    for chain in chains:
        if not spare[chain]:
            deep[chain.row] = max(deep[chain.row], _height(drawing, chain.names))
    for chain in chains:
        left, row, last = list(chain.names), chain.row, chain.row + spare[chain]
        while left:
            count = len(left) if row == last else 1
            while count < len(left) and _height(drawing, left[: count + 1]) <= deep[row]:
                count += 1
            piece = _piece(drawing, tuple(left[:count]), row)
            if chain.pieces:
                chain.pieces[-1].after.append(piece)
                piece.before.append(chain.pieces[-1])
            chain.pieces.append(piece)
            rows[row].append(piece)
            del left[:count]
            row += 1


def _height(drawing: Drawing, names: Sequence[str]) -> float:
    return sum(drawing.sizes[n][1] for n in names) + GAP[1] * (len(names) - 1)


def _piece(drawing: Drawing, names: tuple[str, ...], row: int) -> Spot:
    known = sorted(m for m in map(drawing.middle, _first_column(drawing, names)) if m is not None)
    return Spot(
        names,
        max(drawing.axis(n) for n in names),
        max(drawing.sizes[n][0] - drawing.axis(n) for n in names),
        _height(drawing, names),
        row,
        known[len(known) // 2] if known else None,
    )


def _first_column(drawing: Drawing, names: tuple[str, ...]) -> Iterator[str]:
    """The blocks of a chain before last time's first fold: what is beside a chain is beside its upper end."""
    deep = float("-inf")
    for name in names:
        y = drawing.last[name][1] if name in drawing.last else deep
        if y < deep:
            return
        deep = y
        yield name
