"""Looking at every item once: which cannot be read, and which are there twice."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

import numpy as np

from designer.data.browse.items import DAMAGED, ELSEWHERE, TWIN, UNUSED, Items
from designer.data.decode import Damaged
from designer.data.skipped import SkippedList

__all__ = ["LookOver"]

_SIDE = 32


class LookOver:
    """Sets the flags of the items as it goes. Files are read once, in their order."""

    def __init__(self, items: Items) -> None:
        self._items = items
        self.done = 0
        self.skipped = SkippedList()
        self.twins: list[tuple[str, str]] = []
        self._first: dict[bytes, int] = {}

    def steps(self) -> Iterator[None]:
        """One item a step."""
        for number in range(self._items.total):
            self._one(number)
            self.done += 1
            yield

    def _one(self, number: int) -> None:
        items = self._items
        try:
            items.look(number, _SIDE)
        except Damaged as error:
            items.flags[number] |= DAMAGED
            self.skipped.add(items.name(number), str(error))
            return
        digest = blake2b(items.content(number), digest_size=16).digest()
        other = self._first.setdefault(digest, number)
        if other == number:
            return
        sides = {int(items.split[number]), int(items.split[other])}
        across = len(sides) == 2 and UNUSED not in sides
        for one in (number, other):
            items.flags[one] |= TWIN | (ELSEWHERE if across else 0)
        if len(self.twins) < 1000:
            self.twins.append((items.name(number), items.name(other)))

    def counts(self) -> dict[str, int]:
        """How many items have each flag."""
        flags = self._items.flags
        words = {"damaged": DAMAGED, "twins": TWIN, "across": ELSEWHERE}
        return {word: int(np.count_nonzero(flags & bit)) for word, bit in words.items()}
