"""The blocks of the palette: their groups in the order of a network, and the search over them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from designer.blocks.catalog import catalog
from designer.blocks.spec import Block

__all__ = ["Row", "rows", "search"]

# Groups in the order in which people reach for them; any other group follows by name.
_ORDER = (
    "Input and output",
    "Convolution",
    "Linear",
    "Activation",
    "Pooling",
    "Normalisation",
    "Regularisation",
    "Merge",
    "Shape",
    "Sequence",
)
FAMILY = ("1-D", "2-D", "3-D")


@dataclass(frozen=True)
class Row:
    """A line of the list: a block, or (without one) the heading of a group or a note."""

    group: str
    block: Block | None = None
    count: int = 0
    found: bool = False  # in answer to a search, where headings are missing
    note: str = ""


@cache
def _groups() -> dict[str, list[Block]]:
    found: dict[str, list[Block]] = {}
    for block in catalog().values():
        found.setdefault(block.group, []).append(block)
    order = {name: i for i, name in enumerate(_ORDER)}
    for blocks in found.values():
        # Pictures are the common case, so 2-D comes first of a family; otherwise as declared.
        blocks.sort(key=lambda b: (b.role == "output", "2-D" not in b.title and any(f in b.title for f in FAMILY)))
    return {g: found[g] for g in sorted(found, key=lambda g: (order.get(g, len(order)), g))}


def rows(query: str, collapsed: Iterable[str] = ()) -> list[Row]:
    """What the list shows: all groups, or the blocks that answer a search, best first."""
    if query.strip():
        found = [Row(block.group, block, found=True) for block in search(query)]
        return found or [Row("", note=f"No block matches “{query.strip()}”")]
    folded = set(collapsed)
    listed: list[Row] = []
    for group, blocks in _groups().items():
        listed.append(Row(group, count=len(blocks)))
        if group not in folded:
            listed += [Row(group, block) for block in blocks]
    return listed


def search(query: str) -> list[Block]:
    """The blocks whose title, type or synonyms answer to the query, best first."""
    blocks = [block for group in _groups().values() for block in group]
    scored = [(score(query, block), -i, block) for i, block in enumerate(blocks)]
    return [block for points, _, block in sorted(scored, key=lambda s: s[:2], reverse=True) if points > 0]


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def score(query: str, block: Block) -> float:
    """How well a block answers a query; 0 is not at all. All words of the query must be found."""
    whole = _score(_plain(query), block)
    words = [_plain(word) for word in query.split() if _plain(word)]
    if len(words) < 2:
        return whole
    parts = [_score(word, block) for word in words]
    return max(whole, min(parts) - 5 if all(parts) else 0.0)


def _score(wanted: str, block: Block) -> float:
    if not wanted:
        return 0.0
    names = (_plain(block.title), _plain(block.type))
    others = [_plain(word) for word in block.synonyms]
    starts = [_plain(word) for word in re.split(r"[\s_]+", block.title)]
    shorter = min(len(n) for n in names) // 6 / 100  # of two equal answers, the clearly shorter name
    for points, hit in (
        (100, wanted in names),
        (90, any(n.startswith(wanted) for n in names)),
        (80, wanted in others),
        (75, any(word.startswith(wanted) for word in starts)),
        (65, any(n.startswith(wanted) for n in others)),
        (55, len(wanted) > 1 and any(wanted in n for n in names)),
        (40, len(wanted) > 2 and any(wanted in n for n in others)),
        (20, len(wanted) > 2 and any(_scattered(wanted, n) for n in names)),
    ):
        if hit:
            return points - shorter
    return 0.0


def _scattered(wanted: str, name: str) -> bool:
    """Whether the letters of one occur in the other in this order: ``cv2`` in ``conv2d``."""
    rest = iter(name)
    return wanted[0] == name[0] and all(letter in rest for letter in wanted)
