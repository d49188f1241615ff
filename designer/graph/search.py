"""The blocks in the order in which people reach for them, and the search over them."""

from __future__ import annotations

import re
from functools import cache

from designer.blocks.catalog import catalog, on_change
from designer.blocks.spec import Block
from designer.blocks.userclass import YOURS
from designer.graph.composites import GROUP, offered
from designer.graph.fuzzy import fuzzy, plain

__all__ = ["groups", "ordered", "score", "search"]

# Groups in the order of a network; any other group follows by name.
_ORDER = (
    "Input and output",
    "Convolution",
    "Linear",
    "Activation",
    "Pooling",
    "Padding",
    "Resize",
    "Normalisation",
    "Regularisation",
    "Merge",
    "Math",
    "Shape",
    "Sequence",
    "Attention",
    "Values",
    GROUP,
    YOURS,
)
_FAMILY = ("1-D", "2-D", "3-D")


@cache
def groups() -> dict[str, list[Block]]:
    """Every block under its group."""
    found: dict[str, list[Block]] = {}
    for block in offered().values():
        found.setdefault(block.group, []).append(block)
    order = {name: i for i, name in enumerate(_ORDER)}
    for blocks in found.values():
        # Pictures are the common case, so 2-D comes first of a family; otherwise as declared.
        blocks.sort(key=lambda b: (b.role == "output", "2-D" not in b.title and any(f in b.title for f in _FAMILY)))
    return {g: found[g] for g in sorted(found, key=lambda g: (order.get(g, len(order)), g))}


on_change(groups.cache_clear)


def ordered() -> list[Block]:
    """Every block, group by group."""
    return [block for blocks in groups().values() for block in blocks]


def search(query: str) -> list[Block]:
    """The blocks whose title, type or synonyms answer to the query, best first."""
    scored = [(score(query, block), -i, block) for i, block in enumerate(ordered())]
    return [block for points, _, block in sorted(scored, key=lambda s: s[:2], reverse=True) if points > 0]


def score(query: str, block: Block) -> float:
    """How well a block answers a query; 0 is not at all. All words of the query must be found."""
    whole = _score(plain(query), block)
    words = [plain(word) for word in query.split() if plain(word)]
    if len(words) < 2:
        return whole
    parts = [_score(word, block) for word in words]
    return max(whole, min(parts) - 5 if all(parts) else 0.0)


@cache
def _names(block_type: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Names, first letters of words, and synonyms of a block, ready to be compared."""
    block = catalog().get(block_type) or offered()[block_type]
    starts = [plain(word) for word in re.split(r"[\s_]+", block.title)]
    return (plain(block.title), plain(block.type)), tuple(starts), tuple(plain(word) for word in block.synonyms)


def _score(wanted: str, block: Block) -> float:
    if not wanted:
        return 0.0
    names, starts, others = _names(block.type)
    # Of two equal answers the clearly shorter name, once there are letters enough to mean one.
    shorter = min(len(n) for n in names) // 6 / 100 if len(wanted) > 2 else 0.0
    shorter += 12.0 if block.group == GROUP else 0.0  # a block that answers goes before a group of blocks
    for points, hit in (
        (100, wanted in names),
        (90, any(n.startswith(wanted) for n in names)),
        (80, wanted in others),
        (75, any(word.startswith(wanted) for word in starts)),
        (65, any(n.startswith(wanted) for n in others)),
        (55, len(wanted) > 1 and any(wanted in n for n in names)),
        (40, len(wanted) > 2 and any(wanted in n for n in others)),
    ):
        if hit:
            return points - shorter
    if len(wanted) > 2:
        far = max(_scattered(wanted, block.title), _scattered(wanted, block.type))
        return far - shorter if far else 0.0
    return 0.0


def _scattered(wanted: str, name: str) -> float:
    """Up to 30 where the letters occur in this order, beginning with a word: ``cv2`` in ``conv2d``."""
    match = fuzzy(wanted, name)
    if match is None or (match.hits[0] and name[match.hits[0] - 1].isalnum()):
        return 0.0
    return 10 + min(20.0, 20 * match.points / (6.5 * len(wanted)))
