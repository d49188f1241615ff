"""Samples that are there twice: the same bytes, or pictures that look the same. No torch.

A sample that is learned and then asked again makes a network look better than it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from designer.data.decode import Damaged
from designer.data.dividing import Division
from designer.data.numbers import Numbers
from designer.data.pictures import Pictures
from designer.data.source import Loaded, Progress, nothing

__all__ = ["Twin", "Twins", "find_twins", "look_of", "same_in_memory"]

_NEAR = 3  # of 64 bits that may differ: the same picture saved again, or a little brighter
_LISTED = 100
_AT_ONCE = 512 << 20  # bytes in memory that are compared in passing, in about half a second
_SMALLEST = 32  # pixels: of smaller pictures many different ones look the same
_MOST_ALIKE = 2000  # of one look: plain pictures all look the same, and are not compared one by one


@dataclass(frozen=True)
class Twin:
    """A sample for validation, and the one for training that it is like; ``bits`` of their looks that differ."""

    validation: str
    training: str
    bits: int


@dataclass(frozen=True)
class Twins:
    """``same`` samples for validation are for training as well, byte by byte; ``near`` more look like one that is."""

    same: int
    near: int | None
    listed: tuple[Twin, ...]
    within: int

    def sentences(self) -> list[str]:
        """What was found, for people."""
        said = []
        if self.same:
            said.append(f"{self.same:,} samples for validation are among those for training as well, exactly the same.")
        if self.near:
            said.append(f"{self.near:,} pictures for validation look like one for training.")
        if said:
            said += [f"  {twin.validation} = {twin.training}" for twin in self.listed[:10]]
            said.append(
                "A split by content keeps the same files on one side; a group column keeps related ones together."
            )
        else:
            said.append("No sample is on both sides of the split.")
        if self.within:
            said.append(f"{self.within:,} samples are there more than once, counting both sides.")
        return said


def find_twins(loaded: Loaded, division: Division, progress: Progress = nothing) -> Twins:
    """Compare both sides of a split. Each file is read once."""
    train, held = loaded.train.samples, division.held_part.samples
    learned: dict[bytes, int] = {}
    within = 0
    for row in division.train.tolist():
        digest = _digest(train, row)
        within += digest in learned
        learned.setdefault(digest, row)
    same: dict[int, int] = {}
    seen: set[bytes] = set()
    for row in division.held.tolist():
        digest = _digest(held, row)
        within += digest in learned or digest in seen
        seen.add(digest)
        if digest in learned:
            same[row] = learned[digest]
    listed = [Twin(held.name(a), train.name(b), 0) for a, b in list(same.items())[:_LISTED]]
    if isinstance(train, Numbers) or isinstance(held, Numbers) or min(train.natural()[1:]) < _SMALLEST:
        return Twins(len(same), None, tuple(listed), within)
    rest = [row for row in division.held.tolist() if row not in same]
    near = _near(train, held, division.train.tolist(), rest, progress)
    listed += [Twin(held.name(a), train.name(b), bits) for a, (b, bits) in list(near.items())[: _LISTED - len(listed)]]
    return Twins(len(same), len(near), tuple(listed), within)


def same_in_memory(train: npt.NDArray[np.generic] | None, held: npt.NDArray[np.generic] | None) -> int:
    """How many rows of ``held`` are among those of ``train``, number by number; 0 where it would take long to tell."""
    if train is None or held is None or train.shape[1:] != held.shape[1:] or train.nbytes + held.nbytes > _AT_ONCE:
        return 0
    learned = {hash(row.tobytes()) for row in train}
    return sum(hash(row.tobytes()) in learned for row in held)


def _digest(samples: Pictures | Numbers, row: int) -> bytes:
    return blake2b(samples.content(row), digest_size=16).digest()


def look_of(pixels: npt.NDArray[np.uint8]) -> int:
    """64 bits of a picture of 8 rows with 9 grey points: whether each point is brighter than the one to its right."""
    grey = pixels.reshape(8, 9).astype(np.int16)
    bits = (grey[:, :-1] > grey[:, 1:] + 2).reshape(-1)  # the 2: flat areas must not answer by their noise
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def _looks(pictures: Pictures, rows: list[int], progress: Progress) -> Iterator[tuple[int, int]]:
    for number, row in enumerate(rows):
        if number % 64 == 0:
            progress(number / max(1, len(rows)), f"Comparing pictures: {number:,} of {len(rows):,}")
        try:
            look = look_of(pictures.one(row, (1, 8, 9), "stretch"))
        except Damaged:
            continue
        if 6 <= look.bit_count() <= 58:  # else there is next to nothing on it to compare
            yield row, look


def _near(
    train: Pictures, held: Pictures, learned: list[int], asked: list[int], progress: Progress
) -> dict[int, tuple[int, int]]:
    """For each row of ``held`` the picture of ``train`` that it is like, and by how many bits it differs.

    Looks that differ by at most three bits have one of four quarters in common.
    """
    quarters: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for row, look in _looks(train, learned, progress):
        for place in range(4):
            quarters[place, look >> 16 * place & 0xFFFF].append((row, look))
    found: dict[int, tuple[int, int]] = {}
    for row, look in _looks(held, asked, progress):
        offers = (
            ((look ^ other).bit_count(), there)
            for place in range(4)
            for there, other in quarters.get((place, look >> 16 * place & 0xFFFF), ())[:_MOST_ALIKE]
        )
        bits, there = min(offers, default=(64, -1))
        if bits <= _NEAR:
            found[row] = (there, bits)
    return found
