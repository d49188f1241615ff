"""Which blocks a word means: their types and titles, with or without 1-D, 2-D, 3-D, and the synonyms they declare."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from designer.graph.composites import offered
from designer.graph.fuzzy import nearest, plain
from designer.graph.search import ordered

__all__ = ["LONGEST", "family", "like", "meant", "several", "short_words"]

LONGEST = 4  # how many words a block's name may have: "global average pool"
_SIDES = re.compile(r"_?[123]d$")


def family(block_type: str) -> str:
    """What conv1d, conv2d and conv3d share: conv."""
    return _SIDES.sub("", block_type)


@cache
def _table() -> Mapping[str, tuple[str, ...]]:
    """Every word with the block types it may stand for, the usual one first; a name goes before a synonym."""
    tiers: list[dict[str, list[str]]] = [{}, {}, {}]
    for block in ordered():
        names = (plain(block.type), plain(block.title))
        stems = tuple(_SIDES.sub("", name) for name in names)
        for tier, words in zip(tiers, (names, stems, tuple(map(plain, block.synonyms))), strict=True):
            for word in dict.fromkeys(words):
                tier.setdefault(word, []).append(block.type)
    merged: dict[str, tuple[str, ...]] = {}
    for tier in reversed(tiers):
        merged.update({word: tuple(types) for word, types in tier.items() if word})
    return merged


def meant(words: str) -> tuple[str, ...]:
    """The block types that the words name, the usual one first: one family, or none."""
    types = _table().get(plain(words), ())
    return types if len({family(t) for t in types}) == 1 else ()


def several(words: str) -> tuple[str, ...]:
    """The titles of blocks of different kinds that share the word: "activation"; empty where it is clear or unknown."""
    types = _table().get(plain(words), ())
    kinds = {family(t): offered()[t].title for t in reversed(types)}
    return tuple(reversed(kinds.values())) if len(kinds) > 1 else ()


@cache
def short_words(block_type: str) -> tuple[str, ...]:
    """What people type for a block, shortest first: its family, its type, and the abbreviations among its synonyms."""
    brief = [w.lower() for w in offered()[block_type].synonyms if len(w) <= 5 and w.isalnum()]
    words = [family(block_type), block_type, *brief]
    return tuple(sorted((w for w in dict.fromkeys(words) if block_type in meant(w)), key=len))


@cache
def _known() -> tuple[str, ...]:
    return tuple(dict.fromkeys(w for block in ordered() for w in short_words(block.type)))


def like(word: str) -> tuple[str, ...]:
    """Words for blocks that may have been meant; ``conv64`` is ``conv 64`` without its space."""
    glued = re.fullmatch(r"([a-z_]+)(\d[\dx.]*)", word.lower(), re.ASCII)
    if glued and meant(glued[1]):
        return (f"{glued[1]} {glued[2]}",)
    return nearest(word, _known())
