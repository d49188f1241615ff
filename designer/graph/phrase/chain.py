"""A planned chain as one edit: its blocks, its wires, and room for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from designer.errors import EditRefused
from designer.graph.document import Document
from designer.graph.edits import AddBlock, Batch, Connect, Disconnect, Edit, Move
from designer.graph.model import Node, Wire
from designer.graph.phrase.grammar import Step
from designer.graph.phrase.plan import Ends, Plan, ends_after, plan

__all__ = ["GAP", "Sizes", "build", "chain"]

GAP = (48.0, 56.0)  # to the next block beside and below
_USUAL = (216.0, 68.0)


@dataclass(frozen=True)
class Sizes:
    """How large blocks are on the canvas: those that are there, and one that is not there yet."""

    there: Mapping[str, tuple[float, float]]
    new: Callable[[Node], tuple[float, float]]

    def of(self, name: str) -> tuple[float, float]:
        """Width and height of a block of the network."""
        return self.there.get(name, _USUAL)


_PLAIN = Sizes({}, lambda _: _USUAL)


def chain(document: Document, steps: Sequence[Step], after: str | None = None, sizes: Sizes = _PLAIN) -> Batch:
    """The edit that adds the steps, wired one below the other and, with ``after``, to that block.

    Where one wire leaves that block, the chain goes into it. Raises EditRefused where the steps cannot be a chain.
    """
    ends = ends_after(document, [after] if after is not None else [])
    return build(document, plan(document, steps, ends), sizes=sizes)


def build(document: Document, planned: Plan, at: tuple[float, float] | None = None, sizes: Sizes = _PLAIN) -> Batch:
    """The edit that draws a plan; ``at`` is where a loose end begins: the port of the first block, or of the last."""
    if planned.refused:
        raise EditRefused(planned.refused)
    if not planned.links:
        raise EditRefused("There is no block to add. Type one, for example conv 64 k3.")
    nodes = [link.node for link in planned.links]
    boxes = [sizes.new(node) for node in nodes]
    ends = planned.ends
    corners = _column(boxes, _top(document, ends, boxes, at, sizes))
    short = _shortage(document, ends, corners[-1][1] + boxes[-1][1], sizes)
    moved = _follow(document, ends, short)
    corners = _aside(document, corners, boxes, moved, sizes)
    edits: list[Edit] = [Disconnect(w) for w in _cut(document, ends)]
    if moved:
        edits.append(Move(moved))
    edits += [AddBlock(n.name, n.type, n.params, x, y) for n, (x, y) in zip(nodes, corners, strict=True)]
    edits += [Connect(wire) for wire in _wires(nodes, ends)]
    label = f"Add {nodes[0].name}" if len(nodes) == 1 else f"Add {len(nodes)} blocks"
    return Batch(label.replace("Add", "Insert") if ends.cut else label, tuple(edits))


def _wires(nodes: Sequence[Node], ends: Ends) -> list[Wire]:
    wires = [Wire(name, out, nodes[0].name, slot) for slot, (name, out) in enumerate(ends.after)]
    wires += [Wire(a.name, 0, b.name, 0) for a, b in pairwise(nodes)]
    if ends.into is not None:
        wires.append(Wire(nodes[-1].name, 0, *ends.into))
    return wires


def _cut(document: Document, ends: Ends) -> list[Wire]:
    """The wires that make way: the one that the chain goes into, or the one that ends where the chain ends."""
    taken = document.network.wire_at(*ends.into) if ends.into is not None else None
    return list(dict.fromkeys(w for w in (ends.cut, taken) if w is not None))


def _top(
    document: Document, ends: Ends, boxes: Sequence[tuple[float, float]], at: tuple[float, float] | None, sizes: Sizes
) -> tuple[float, float]:
    """The middle of the upper edge of the column."""
    tall = sum(h for _, h in boxes) + GAP[1] * (len(boxes) - 1)
    nodes = document.network.nodes
    if at is not None:
        return (at[0], at[1] - tall) if ends.into is not None and not ends.after else at
    if ends.after:
        above = [(nodes[name], sizes.of(name)) for name, _ in ends.after]
        middle = sum(n.x + w / 2 for n, (w, _) in above) / len(above)
        return middle, max(n.y + h for n, (_, h) in above) + GAP[1]
    if ends.into is not None:
        below = nodes[ends.into[0]]
        return below.x + sizes.of(below.name)[0] / 2, below.y - GAP[1] - tall
    return 0.0, 0.0


def _column(boxes: Sequence[tuple[float, float]], top: tuple[float, float]) -> list[tuple[float, float]]:
    corners, y = [], top[1]
    for width, height in boxes:
        corners.append((_grid(top[0] - width / 2), _grid(y)))
        y += height + GAP[1]
    return corners


def _grid(value: float) -> float:
    return round(value / 8.0) * 8.0


def _shortage(document: Document, ends: Ends, bottom: float, sizes: Sizes) -> float:
    """How far what follows must go down so that the chain has room above it."""
    if ends.into is None or not ends.after:
        return 0.0
    nodes = document.network.nodes
    below = nodes[ends.into[0]]
    above = max(nodes[name].y + sizes.of(name)[1] for name, _ in ends.after)
    if below.y < above:  # drawn sideways or upwards: nothing stands in the way
        return 0.0
    short = bottom + GAP[1] - below.y
    return -(-short // 8.0) * 8.0 if short > 0 else 0.0


def _follow(document: Document, ends: Ends, short: float) -> dict[str, tuple[float, float]]:
    """Where the blocks below go: all that stands lower than the block that the chain feeds."""
    if short <= 0 or ends.into is None:
        return {}
    nodes = document.network.nodes
    line = nodes[ends.into[0]].y
    follow = document.network.downstream([ends.into[0]])
    feeding = document.network.upstream([name for name, _ in ends.after])
    # Side branches that stand beside and below go along, or what was in line would no longer be.
    follow |= {n.name for n in nodes.values() if n.y >= line and n.name not in feeding}
    return {n: (nodes[n].x, nodes[n].y + short) for n in sorted(follow) if nodes[n].y >= line}


def _aside(
    document: Document,
    corners: list[tuple[float, float]],
    boxes: Sequence[tuple[float, float]],
    moved: Mapping[str, tuple[float, float]],
    sizes: Sizes,
) -> list[tuple[float, float]]:
    """The column, moved to the right as far as it takes to cover no block."""
    nodes = document.network.nodes.values()
    rects = [(*moved.get(n.name, (n.x, n.y)), *sizes.of(n.name)) for n in nodes]
    first, last = corners[0][1] - 8, corners[-1][1] + boxes[-1][1] + 8
    rects = sorted(r for r in rects if r[1] < last and r[1] + r[3] > first)
    shift = before = 0.0
    while True:
        for x, y, width, height in rects:
            for (left, top), (wide, tall) in zip(corners, boxes, strict=True):
                beside = left + shift - 8 >= x + width or left + shift + wide + 8 <= x
                if not beside and top - 8 < y + height and top + tall + 8 > y:
                    shift = _grid(x + width + GAP[0] - left)
        if shift == before:
            return [(x + shift, y) for x, y in corners]
        before = shift
