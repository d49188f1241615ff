"""The frames around groups of blocks: how much larger than the blocks they are, and how deep they nest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from designer.arrange.drawing import Box

__all__ = ["MARGIN", "STEP", "TAB", "around", "bounds", "depths", "framed", "frames"]

MARGIN, STEP, TAB = 18.0, 12.0, 24.0  # around the blocks; more for each frame inside; the height of a tab
_UNDER_TAB = 4.0  # between the tab of a frame and the frame around it

Within = Mapping[str, Sequence[str]]  # the frames that a block lies in, the outermost first


def depths(within: Iterable[Sequence[str]]) -> dict[str, int]:
    """How many frames nest inside each frame."""
    found: dict[str, int] = {}
    for chain in set(map(tuple, within)):
        for i, path in enumerate(reversed(chain)):
            found[path] = max(found.get(path, 0), i)
    return found


def around(deep: int) -> Box:
    """How far a frame with so many nested in it reaches beyond its blocks, its tab with it."""
    side = MARGIN + STEP * deep
    return side, side + (TAB + _UNDER_TAB) * deep + TAB, side, side


def framed(box: Box, deep: int) -> Box:
    """The frame around what its blocks cover, its tab with it."""
    left, top, right, bottom = around(deep)
    return box[0] - left, box[1] - top, box[2] + right, box[3] + bottom


def bounds(boxes: Collection[Box]) -> Box:
    """The box around boxes, of which there is at least one."""
    return (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )


def frames(boxes: Mapping[str, Box], within: Within) -> dict[str, Box]:
    """All frames, the outer ones before those in them."""
    held: dict[str, Box] = {}
    level: dict[str, int] = {}
    for name, chain in within.items():
        box = boxes[name]
        for i, path in enumerate(chain):
            held[path] = bounds((held[path], box)) if path in held else box
            level[path] = i
    deep = depths(within.values())
    return {path: framed(held[path], deep[path]) for path in sorted(held, key=lambda p: (level[p], p))}
