"""Networks with groups, and what a drawing of them must hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

from hypothesis import strategies as st

from designer.arrange.drawing import Box, Point
from designer.arrange.frames import frames
from designer.graph.arrange import frames_around, place_of
from designer.graph.edits import AddBlock, Connect, Move, Put, apply
from designer.graph.model import Network, Wire
from designer.graph.names import prefixes
from designer.graph.scenery import Group
from designer.graph.visible import Visible
from tests.pure.arrange.traced import paths, topology

SIZE = (216.0, 68.0)


def traced(name: str) -> Network:
    """A traced model: blocks that take anything under its own module paths, all at one place."""
    kinds, wires = topology(name)
    names = paths(name)
    network = Network()
    for path, kind in zip(names, kinds, strict=True):
        apply(network, AddBlock(path, "input" if kind == "placeholder" else "concatenate"))
    slots = dict.fromkeys(names, 0)
    for src, dst, _ in wires:
        apply(network, Connect(Wire(names[src], 0, names[dst], slots[names[dst]])))
        slots[names[dst]] += 1
    return network


def show_groups(network: Network, closed: Iterable[str] = (), deep: int = 9) -> Network:
    """Every path of several blocks down to a depth becomes a group, open or closed."""
    chosen = set(closed)
    for path in sorted({p for name in network.nodes for p in prefixes(name) if p.count(".") < deep}):
        if network.count(path) > 1:
            apply(network, Put("group", path, Group(path, closed=path in chosen)))
    return network


def boxes_of(network: Network, scope: str = "", size: Point = SIZE) -> dict[str, Box]:
    """What is seen, as boxes."""
    found = {}
    for name in Visible(network, scope).names():
        x, y = place_of(network, name)
        found[name] = (x, y, x + size[0], y + size[1])
    return found


def over(a: Box, b: Box) -> bool:
    return a[0] < b[2] - 0.2 and b[0] < a[2] - 0.2 and a[1] < b[3] - 0.2 and b[1] < a[3] - 0.2


def covered(boxes: Mapping[str, Box]) -> list[tuple[str, str]]:
    """Pairs that lie on one another."""
    return [(a, b) for a, b in combinations(boxes, 2) if over(boxes[a], boxes[b])]


def trespassing(network: Network, boxes: Mapping[str, Box]) -> list[tuple[str, str]]:
    """Frames with a block in them that is not theirs, and frames that overlap."""
    around = frames(boxes, frames_around(network, boxes))
    found = []
    for path, frame in around.items():
        found += [(path, n) for n, box in boxes.items() if not n.startswith(f"{path}.") and over(box, frame)]
        for other, box in around.items():
            nested = f"{other}.".startswith(f"{path}.") or f"{path}.".startswith(f"{other}.")
            if other < path and not nested and over(box, frame):
                found.append((path, other))
    return found


@st.composite
def nested(draw: Any, most: int = 24) -> Network:
    """Random wires among blocks under random paths, some of which are open groups and some closed."""
    count = draw(st.integers(1, most))
    stems = draw(st.lists(st.sampled_from(("", "a.", "a.b.", "a.b.c.", "a.d.", "e.", "e.f.")), min_size=1, max_size=5))
    names = [f"{draw(st.sampled_from(stems))}n{i}" for i in range(count)]
    network = Network()
    for name in names:
        apply(network, AddBlock(name, "concatenate"))
    for i in range(1, count):
        for slot, j in enumerate(draw(st.lists(st.integers(0, i - 1), max_size=2, unique=True))):
            apply(network, Connect(Wire(names[j], 0, names[i], slot)))
    for path in sorted({p for name in names for p in prefixes(name)}):
        if draw(st.booleans()):
            apply(network, Put("group", path, Group(path, closed=draw(st.integers(0, 3)) == 0)))
    return network


def scattered(draw: Any, network: Network) -> None:
    """Put what is seen anywhere."""
    at = st.tuples(st.integers(-8, 8), st.integers(-8, 8))
    apply(network, Move({n: (240.0 * x, 90.0 * y) for n in Visible(network).names() for x, y in [draw(at)]}))
