"""What opening makes of samples of any kind, and the list of those that could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from designer.data.batches import Split
from designer.data.spec import Normalisation
from designer.errors import DataError

__all__ = ["Opened", "Skipped", "SkippedList", "check_channels"]

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


@dataclass(frozen=True)
class Opened:
    """Both splits, ready for a network; ``words`` is what people call the samples."""

    train: Split
    validation: Split
    sample_dims: tuple[int, ...]
    normalisation: Normalisation
    in_memory: bool
    skipped: SkippedList
    words: str


def check_channels(normalisation: Normalisation | None, channels: int, words: str) -> None:
    """Raise DataError when the data have other channels than the network was trained with."""
    if normalisation is not None and len(normalisation.mean) != channels:
        raise DataError(
            f"The network was trained on {words} with {len(normalisation.mean)} channels; its Input now takes "
            f"{channels}. Train it again."
        )
