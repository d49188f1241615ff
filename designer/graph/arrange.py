"""The edit that arranges what is shown: asks the engine (designer.arrange) and says how blocks and cards move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from designer.arrange.drawing import Box, Drawing, Line, Point
from designer.arrange.engine import Direction
from designer.arrange.engine import arrange as places_of
from designer.arrange.frames import frames
from designer.arrange.nested import arrange_nested
from designer.graph.edits import Batch, Bend, Edit, Move
from designer.graph.marks import mark_of
from designer.graph.model import Network, Wire
from designer.graph.names import prefixes
from designer.graph.visible import Visible

__all__ = ["Direction", "Shown", "Size", "arrange", "arrange_shown", "frames_around"]

Size = tuple[float, float]
Sizes = Callable[[str], Size]  # of a block, or of the card of a group


@dataclass(frozen=True)
class Shown:
    """What is to be arranged: blocks and cards in the order of the flow, and the wires as they are seen."""

    names: list[str]
    wires: Iterable[Wire]
    places: Mapping[str, Point]  # of all that is shown, the ends that stay with it
    outputs: Mapping[str, int]
    pinned: Collection[str]
    within: Mapping[str, tuple[str, ...]]  # the frames of open groups, the outermost first
    fed: Collection[str] = ()  # what reads values from outside of what is shown
    cards: bool = False  # whether there are any: wires between them may run in circles


def arrange(
    network: Network,
    sizes: Mapping[str, Size],
    direction: Direction = "down",
    only: Iterable[str] | None = None,
    fold: float | None = None,
) -> Move:
    """The edit that puts blocks (all, or ``only`` these) into rows, or into columns for ``right``.

    ``sizes`` gives width and height of each block. Blocks keep the order in which they stand now, pinned ones their
    places. With ``fold``, the width over the height of the view, a long spine goes on in further columns. Closed
    groups are not looked at (`arrange_shown` does); those that are open stay together.
    """
    names = network.order(only)
    shown = Shown(
        names,
        [wire for name in names for wire in network.inputs_of(name)],
        {n: (node.x, node.y) for n, node in network.nodes.items()},
        {n: len(network[n].block.outputs) for n in network.nodes},
        _pinned(network, names),
        frames_around(network, network.nodes),
    )
    return Move(_places(shown, sizes.__getitem__, direction, fold))


def arrange_shown(
    visible: Visible,
    sizes: Sizes,
    direction: Direction = "down",
    only: Iterable[str] | None = None,
    fold: float | None = None,
) -> Batch:
    """The edit that arranges what is shown of a scope, closed groups as the cards that one sees.

    Wires that were led through points by hand run freely again, unless both ends are pinned.
    """
    network, all_of = visible.network, visible.names()
    chosen = all_of if only is None else all_of.intersection(only)
    flow = network.order(b for name in all_of for b in visible.blocks(name))
    names = [n for n in dict.fromkeys(visible.shown(b) for b in flow) if n is not None and n in chosen]
    wires = visible.wires()
    fed = {w.dst for w in wires.values() if w.src not in all_of} if only is None else ()
    shown = Shown(
        names,
        dict.fromkeys(w for w in wires.values() if w.src in all_of and w.dst in all_of),
        {n: place_of(network, n) for n in all_of},
        _outputs(visible),
        _pinned(network, names),
        frames_around(network, all_of, visible.scope),
        fed,
        bool(visible.cards()),
    )
    found = _places(shown, sizes, direction, fold)
    moved = {n: at for n, at in found.items() if at != shown.places[n]}
    edits: list[Edit] = [Move(moved)] if moved else []
    for wire in sorted(network.bends):
        seen, held = wires.get(wire), _pinned(network, (wire.src, wire.dst))
        if seen is not None and not chosen.isdisjoint((seen.src, seen.dst)) and len(held) < 2:
            edits.append(Bend(wire, ()))
    return Batch("Arrange", tuple(edits))


def place_of(network: Network, name: str) -> Point:
    """The top left corner of a block or of a group's card."""
    thing = network.nodes.get(name) or network.groups[name]
    return thing.x, thing.y


def frames_around(network: Network, names: Iterable[str], scope: str = "") -> dict[str, tuple[str, ...]]:
    """By name, the open groups inside of a scope that show a frame around it, the outermost first."""
    shown = {p for p, g in network.groups.items() if not g.closed and p.startswith(f"{scope}." if scope else "")}
    return {n: tuple(p for p in prefixes(n) if p in shown) for n in names} if shown else {}


def _pinned(network: Network, names: Iterable[str]) -> set[str]:
    return {n for n in names if n in network and mark_of(network[n].marks, "pinned")}


def _outputs(visible: Visible) -> dict[str, int]:
    cards, network = visible.cards(), visible.network
    return {n: len(cards[n].outputs if n in cards else network[n].block.outputs) for n in visible.names()}


# --- asking the engine ---------------------------------------------------------------------------------------


def _places(shown: Shown, sizes: Sizes, direction: Direction, fold: float | None) -> dict[str, Point]:
    names, places = shown.names, shown.places
    if not names:
        return {}
    among = set(names)
    within = _whole(shown, among)
    last, pinned = _standing(places, names), {n: places[n] for n in names if n in shown.pinned}
    # What was never placed is laid out from the corner where it waits.
    x, y = (min(places[n][i] for n in names) if not last and not pinned else 0.0 for i in (0, 1))
    drawing = Drawing(
        sizes={n: sizes(n) for n in names},
        lines=_lines(shown, among, sizes),
        last=last,
        pinned=pinned,
        around=[(a - x, b - y, c - x, d - y) for a, b, c, d in _around(shown, among, sizes)],
    )
    if any(within.values()) or shown.fed or shown.cards:
        found = arrange_nested(drawing, within, direction, fold, shown.fed)
    else:
        found = places_of(drawing, direction, fold)
    return {n: (round(a + x, 1), round(b + y, 1)) for n, (a, b) in found.items()} if x or y else found


def _whole(shown: Shown, among: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The frames of which all that is shown is to be arranged."""
    split = {p for name, chain in shown.within.items() if name not in among for p in chain}
    return {n: tuple(p for p in shown.within.get(n, ()) if p not in split) for n in among}


def _around(shown: Shown, among: Collection[str], sizes: Sizes) -> list[Box]:
    """What stays: blocks, cards, and the frames that hold nothing of what moves."""
    boxes = {}
    for name, (x, y) in shown.places.items():
        if name not in among:
            width, height = sizes(name)
            boxes[name] = (x, y, x + width, y + height)
    moving = {p for name in among for p in shown.within.get(name, ())}
    still = {n: tuple(p for p in shown.within.get(n, ()) if p not in moving) for n in boxes}
    return [*boxes.values(), *frames(boxes, still).values()]


def _lines(shown: Shown, among: Collection[str], sizes: Sizes) -> list[Line]:
    """The wires among what is arranged, their ports spread evenly."""
    into: dict[str, list[Wire]] = {}
    for wire in shown.wires:
        into.setdefault(wire.dst, []).append(wire)
    found = []
    for name in shown.names:
        wires = sorted(into.get(name, ()), key=lambda w: (w.slot, w))
        for i, wire in enumerate(wires):
            if wire.src in among:
                leaves = sizes(wire.src)[0] * (wire.out + 1) / (shown.outputs[wire.src] + 1)
                found.append(Line(wire.src, name, leaves, sizes(name)[0] * (i + 1) / (len(wires) + 1)))
    return found


def _standing(places: Mapping[str, Point], names: Iterable[str]) -> dict[str, Point]:
    """The blocks that somebody has put somewhere: those on the very spot of another have not been placed yet."""
    names = list(names)
    heaps = Counter(places[n] for n in names)
    return {n: places[n] for n in names if heaps[places[n]] == 1}
