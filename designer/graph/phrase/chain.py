"""A planned chain as one edit: its blocks, its wires, and room for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from designer.errors import EditRefused
from designer.graph.composites import Draft, Grown
from designer.graph.document import Document
from designer.graph.edits import AddBlock, Batch, Connect, Disconnect, Edit, Move
from designer.graph.model import Node, Wire
from designer.graph.phrase.grammar import Step
from designer.graph.phrase.plan import Ends, Link, Plan, ends_after, plan

__all__ = ["GAP", "Ground", "build", "chain"]

GAP = (48.0, 56.0)  # to the next block beside and below
_USUAL = (216.0, 68.0)


Box = tuple[float, float, float, float]  # x, y, width, height


@dataclass(frozen=True)
class Ground:
    """What stands on the canvas: the boxes of blocks and of cards of closed groups, and how large new blocks are.

    ``shown`` gives what stands for a block there; None where it is not to be seen.
    """

    boxes: Mapping[str, Box]
    shown: Callable[[str], str | None]
    new: Callable[[Node], tuple[float, float]]

    def box(self, name: str) -> Box:
        """Where a block is seen."""
        return self.boxes.get(self.shown(name) or "", (0.0, 0.0, *_USUAL))


def _plain(document: Document) -> Ground:
    """Every block, in the usual size."""
    boxes = {n.name: (n.x, n.y, *_USUAL) for n in document.network.nodes.values()}
    return Ground(boxes, lambda name: name, lambda _: _USUAL)


def chain(document: Document, steps: Sequence[Step], after: str | None = None, ground: Ground | None = None) -> Batch:
    """The edit that adds the steps, wired one below the other and, with ``after``, to that block.

    Where one wire leaves that block, the chain goes into it. Raises EditRefused where the steps cannot be a chain.
    """
    ends = ends_after(document, [after] if after is not None else [])
    return build(document, plan(document, steps, ends), ground=ground)


def build(
    document: Document, planned: Plan, at: tuple[float, float] | None = None, ground: Ground | None = None
) -> Batch:
    """The edit that draws a plan; ``at`` is where a loose end begins: the port of the first block, or of the last."""
    if planned.refused:
        raise EditRefused(planned.refused)
    if not planned.links:
        raise EditRefused("There is no block to add. Type one, for example conv 64 k3.")
    ground = ground or _plain(document)
    nodes = [link.node for link in planned.links]
    sizes = [ground.new(node) for node in nodes]
    ends = planned.ends
    corners = _column(sizes, _top(ground, ends, sizes, at))
    moved = _follow(document, ground, ends, _shortage(ground, ends, corners[-1][1] + sizes[-1][1]))
    corners = _aside(ground, corners, sizes, moved)
    edits: list[Edit] = [Disconnect(w) for w in _cut(document, ends)]
    if moved:
        edits.append(Move(moved))
    pieces = [_piece(link) for link in planned.links]
    for piece, corner in zip(pieces, corners, strict=True):
        edits += piece.edits(*corner)
    edits += [Connect(wire) for wire in _wires(pieces, ends)]
    label = f"Add {nodes[0].name}" if len(nodes) == 1 else f"Add {len(nodes)} blocks"
    return Batch(label.replace("Add", "Insert") if ends.cut else label, tuple(edits))


@dataclass(frozen=True)
class _Block:
    """A single block of the chain, in the words of a composite that has grown."""

    node: Node

    @property
    def output(self) -> tuple[str, int]:
        return self.node.name, 0

    def slots(self, number: int) -> list[tuple[str, int]]:
        return [(self.node.name, number)]

    def edits(self, x: float, y: float) -> list[Edit]:
        return [AddBlock(self.node.name, self.node.type, self.node.params, x, y)]


def _piece(link: Link) -> _Block | Grown:
    node = link.node
    if isinstance(node, Draft) and node.composite is not None:
        return node.composite.grow(node.name, node.params, next(iter(link.shapes.inputs.values()), None))
    return _Block(node)


def _wires(pieces: Sequence[_Block | Grown], ends: Ends) -> list[Wire]:
    wires = [Wire(name, out, *place) for slot, (name, out) in enumerate(ends.after) for place in pieces[0].slots(slot)]
    wires += [Wire(*a.output, *place) for a, b in pairwise(pieces) for place in b.slots(0)]
    if ends.into is not None:
        wires += [Wire(*pieces[-1].output, name, slot) for name, slot in (ends.into, *ends.also)]
    return wires


def _cut(document: Document, ends: Ends) -> list[Wire]:
    """The wires that make way: the one that the chain goes into, and those that end where the chain ends."""
    into = (ends.into, *ends.also) if ends.into is not None else ()
    taken = [document.network.wire_at(name, slot) for name, slot in into]
    return list(dict.fromkeys(w for w in (ends.cut, *taken) if w is not None))


def _top(
    ground: Ground, ends: Ends, sizes: Sequence[tuple[float, float]], at: tuple[float, float] | None
) -> tuple[float, float]:
    """The middle of the upper edge of the column."""
    tall = sum(h for _, h in sizes) + GAP[1] * (len(sizes) - 1)
    if at is not None:
        return (at[0], at[1] - tall) if ends.into is not None and not ends.after else at
    if ends.after:
        above = [ground.box(name) for name, _ in ends.after]
        return sum(x + w / 2 for x, _, w, _ in above) / len(above), max(y + h for _, y, _, h in above) + GAP[1]
    if ends.into is not None:
        x, y, width, _ = ground.box(ends.into[0])
        return x + width / 2, y - GAP[1] - tall
    return 0.0, 0.0


def _column(sizes: Sequence[tuple[float, float]], top: tuple[float, float]) -> list[tuple[float, float]]:
    corners, y = [], top[1]
    for width, height in sizes:
        corners.append((_grid(top[0] - width / 2), _grid(y)))
        y += height + GAP[1]
    return corners


def _grid(value: float) -> float:
    return round(value / 8.0) * 8.0


def _shortage(ground: Ground, ends: Ends, bottom: float) -> float:
    """How far what follows must go down so that the chain has room above it."""
    if ends.into is None or not ends.after:
        return 0.0
    below = ground.box(ends.into[0])[1]
    above = max(y + h for _, y, _, h in (ground.box(name) for name, _ in ends.after))
    if below < above:  # drawn sideways or upwards: nothing stands in the way
        return 0.0
    short = bottom + GAP[1] - below
    return -(-short // 8.0) * 8.0 if short > 0 else 0.0


def _follow(document: Document, ground: Ground, ends: Ends, short: float) -> dict[str, tuple[float, float]]:
    """Where blocks and cards go: down with all that stands lower than what the chain feeds, but for its sources."""
    if short <= 0 or ends.into is None:
        return {}
    network, line = document.network, ground.box(ends.into[0])[1]
    stays = {ground.shown(name) for name in network.upstream([name for name, _ in ends.after])}
    lower = [key for key, box in ground.boxes.items() if box[1] >= line and key not in stays]
    known = [key for key in lower if key in network or key in network.groups]
    return {key: (ground.boxes[key][0], ground.boxes[key][1] + short) for key in sorted(known)}


def _aside(
    ground: Ground,
    corners: list[tuple[float, float]],
    sizes: Sequence[tuple[float, float]],
    moved: Mapping[str, tuple[float, float]],
) -> list[tuple[float, float]]:
    """The column, moved to the right as far as it takes to cover nothing."""
    rects = [(*moved.get(key, (x, y)), w, h) for key, (x, y, w, h) in ground.boxes.items()]
    first, last = corners[0][1] - 8, corners[-1][1] + sizes[-1][1] + 8
    rects = sorted(r for r in rects if r[1] < last and r[1] + r[3] > first)
    shift = before = 0.0
    while True:
        for x, y, width, height in rects:
            for (left, top), (wide, tall) in zip(corners, sizes, strict=True):
                beside = left + shift - 8 >= x + width or left + shift + wide + 8 <= x
                if not beside and top - 8 < y + height and top + tall + 8 > y:
                    shift = _grid(x + width + GAP[0] - left)
        if shift == before:
            return [(x + shift, y) for x, y in corners]
        before = shift
