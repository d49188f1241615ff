"""The edit that arranges a network: asks the engine (designer.arrange) and says how the blocks move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from designer.arrange.drawing import Drawing, Line, Point
from designer.arrange.engine import Direction
from designer.arrange.engine import arrange as places_of
from designer.graph.edits import Move
from designer.graph.marks import mark_of
from designer.graph.model import Network

__all__ = ["Direction", "arrange"]


def arrange(
    network: Network,
    sizes: Mapping[str, tuple[float, float]],
    direction: Direction = "down",
    only: Iterable[str] | None = None,
    fold: float | None = None,
) -> Move:
    """The edit that puts blocks (all, or ``only`` these) into rows, or into columns for ``right``.

    ``sizes`` gives width and height of each block. Blocks keep the order in which they stand now, pinned ones their
    places. With ``fold``, the width over the height of the view, a long spine goes on in further columns.
    """
    names = network.order(only)
    if not names:
        return Move({})
    among = set(names)
    places = {n: (network[n].x, network[n].y) for n in network.nodes}
    drawing = Drawing(
        sizes={n: sizes[n] for n in names},
        lines=[line for n in names for line in _lines(network, sizes, n) if line.src in among],
        last=_standing(places, names),
        pinned={n: places[n] for n in names if mark_of(network[n].marks, "pinned")},
        around=[(x, y, x + sizes[n][0], y + sizes[n][1]) for n, (x, y) in places.items() if n not in among],
    )
    found = places_of(drawing, direction, fold)
    if not drawing.last and not drawing.pinned:
        found = _moved(found, min(places[n][0] for n in names), min(places[n][1] for n in names))
    return Move(found)


def _lines(network: Network, sizes: Mapping[str, tuple[float, float]], name: str) -> list[Line]:
    """The wires that end at a block, their ports spread evenly."""
    wires = network.inputs_of(name)
    found = []
    for i, wire in enumerate(wires):
        ports = len(network[wire.src].block.outputs)
        leaves = sizes[wire.src][0] * (wire.out + 1) / (ports + 1)
        found.append(Line(wire.src, name, leaves, sizes[name][0] * (i + 1) / (len(wires) + 1)))
    return found


def _standing(places: Mapping[str, Point], names: Iterable[str]) -> dict[str, Point]:
    """The blocks that somebody has put somewhere: those on the very spot of another have not been placed yet."""
    names = list(names)
    heaps = Counter(places[n] for n in names)
    return {n: places[n] for n in names if heaps[places[n]] == 1}


def _moved(places: Mapping[str, Point], left: float, top: float) -> dict[str, Point]:
    dx, dy = left - min(x for x, _ in places.values()), top - min(y for _, y in places.values())
    return {n: (round(x + dx, 1), round(y + dy, 1)) for n, (x, y) in places.items()}
