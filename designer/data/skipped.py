"""The samples that could not be read: how many, and the first of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from designer.errors import DataError

__all__ = ["Skipped", "SkippedList"]

_LISTED = 1000


class Skipped(NamedTuple):
    """A sample that could not be read, and why."""

    name: str
    reason: str


@dataclass
class SkippedList:
    """How many samples could not be read, and the first of them."""

    count: int = 0
    listed: list[Skipped] = field(default_factory=list)

    def add(self, name: str, reason: str) -> None:
        """One more."""
        self.count += 1
        if len(self.listed) < _LISTED:
            self.listed.append(Skipped(name, reason))

    def check(self, source: str, total: int, train: int, validation: int, words: str) -> None:
        """Raise DataError when one side is left with nothing."""
        if not train or not validation:
            raise DataError(
                f"Of {total:,} {words} in {source}, {self.count:,} cannot be read and too few are left. "
                f"The first: {self.listed[0].name}: {self.listed[0].reason}."
            )
