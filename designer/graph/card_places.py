"""Where the card of a group comes to lie when it closes, and its blocks when it opens, with room for both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from designer.arrange.drawing import Point
from designer.arrange.spread import moved
from designer.graph.arrange import arrange_shown, place_of
from designer.graph.card_room import Part, Sizes, Surroundings, box_at
from designer.graph.edits import Edit, Move, Put
from designer.graph.model import Network
from designer.graph.names import prefixes
from designer.graph.visible import Visible

__all__ = ["closing", "opening"]


def closing(
    network: Network, path: str, parent: str, blocks: Iterable[str], sizes: Sizes, framed: bool
) -> tuple[Point, list[Edit]]:
    """Where the card for some blocks lies: where the first of them in the flow was. And how others take up the room.

    ``framed``: the blocks had a frame around them.
    """
    seen = _seen(network, blocks, parent)
    boxes = {n: box_at(place_of(network, n), sizes(n)) for n in seen}
    around = Surroundings(network, sizes, parent, seen)
    first = boxes[next(iter(seen))]
    width, height = sizes(path)
    left = round((first[0] + first[2] - width) / 2, 1)
    card = around.free(box_at((left, first[1]), (width, height)))
    within = {n: _frames(network, n, parent, path if framed else "") for n in boxes}
    after = around.change(Part(boxes, within), Part({path: card}))
    x, y = after.boxes[path][:2]
    return (round(x, 1), round(y, 1)), list(around.edits({}))


def opening(network: Network, path: str, sizes: Sizes) -> list[Edit]:
    """How the blocks of a closed group come to lie where its card is, and the others make room."""
    group = network.groups[path]
    parent = path.rpartition(".")[0]
    places = _inside(network, path, sizes)
    first = next(iter(places))
    width, _ = sizes(path)
    dx = group.x + (width - sizes(first)[0]) / 2 - places[first][0]
    dy = group.y - places[first][1]
    around = Surroundings(network, sizes, parent, [path])
    boxes = {n: moved(box_at(at, sizes(n)), (dx, dy)) for n, at in places.items()}
    within = {n: _frames(network, n, parent, path) for n in boxes}
    card = Part({path: box_at((group.x, group.y), sizes(path))})
    after = around.change(card, Part(boxes, within))
    steps = _own_steps(network, path, after)
    return [*around.edits(steps), *_notes(network, path, steps[first])]


def _own_steps(network: Network, path: str, after: Part) -> dict[str, Point]:
    """How far all that is inside goes: what is seen to its place, what lies in a closed group as far as its card."""
    steps: dict[str, Point] = {}
    for name, box in after.boxes.items():
        x, y = place_of(network, name)
        steps[name] = box[0] - x, box[1] - y
    hidden = [n for n in (*network.inside(path), *network.groups) if n.startswith(f"{path}.") and n not in steps]
    for name in hidden:
        card = next((p for p in prefixes(name) if p in steps), None)
        if card is not None:
            steps[name] = steps[card]
    return steps


def _notes(network: Network, path: str, step: Point) -> list[Edit]:
    """Notes inside go with the blocks."""
    inside = [n for n in network.notes.values() if f"{n.scope}.".startswith(f"{path}.")] if step != (0.0, 0.0) else ()
    return [Put("note", n.id, replace(n, x=n.x + step[0], y=n.y + step[1])) for n in inside]


def _seen(network: Network, blocks: Iterable[str], parent: str) -> list[str]:
    """What is seen of some blocks, the first in the flow first: blocks, and cards of closed groups around them."""
    closed = {p for p, g in network.groups.items() if g.closed and len(p) > len(parent)}
    order = network.order(blocks)
    return list(dict.fromkeys(next((p for p in prefixes(n) if p in closed), n) for n in order))


def _frames(network: Network, name: str, parent: str, path: str) -> tuple[str, ...]:
    """The frames around a block below a parent: of open groups, and of ``path``."""
    own = [p for p in prefixes(name) if len(p) > len(parent)]
    return tuple(p for p in own if p == path or (p in network.groups and not network.groups[p].closed))


def _inside(network: Network, path: str, sizes: Sizes) -> dict[str, Point]:
    """Where what is inside lies among itself, in the order of the flow; arranged, where it was never placed."""
    visible = Visible(network, path)
    order = network.order(b for n in visible.names() for b in visible.blocks(n))
    names = dict.fromkeys(n for b in order if (n := visible.shown(b)) is not None)
    places = {n: place_of(network, n) for n in names}
    if max(Counter(places.values()).values()) > 1:
        for edit in arrange_shown(visible, sizes).edits:
            if isinstance(edit, Move):
                places |= edit.positions
    return places
