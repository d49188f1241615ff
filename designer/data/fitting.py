"""Decisions about dims and rows: what the network's Input asks for, which pictures are used, mean and deviation.

Plain numpy; ``open.py`` puts them together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from designer.data.pictures import Dims
from designer.data.spec import Normalisation
from designer.errors import DataError

__all__ = ["Histogram", "Target", "choose", "split_rows", "target_for"]

_MAX_SIDE = 8192
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Target:
    """Pictures are fitted to ``dims`` (C, H, W) and reach the network as ``sample_dims``."""

    dims: Dims
    sample_dims: tuple[int, ...]


def target_for(input_dims: tuple[int | None, ...] | None, natural: Dims) -> Target:
    """How pictures of dims ``natural`` become a network's Input of ``input_dims`` (without the batch).

    - None: as they are.
    - (C, H, W): resized, grey <-> RGB; C must be 1 or 3.
    - (H, W): in grey, a sequence of H rows with W numbers each (for LSTM, GRU, attention).
    - A side of the picture that is None stays as it is.
    - (N,): flattened without resizing; N must be the size of the picture, in colour or in grey.

    Raises DataError for anything else.
    """
    if input_dims is None:
        return Target(natural, natural)
    channels, height, width = natural
    input_dims = _closed(input_dims, natural)
    asked = "×".join(map(str, input_dims))
    have = "×".join(map(str, natural))
    if any(size < 1 for size in input_dims) or (len(input_dims) > 1 and max(input_dims[-2:]) > _MAX_SIDE):
        raise DataError(f"The Input asks for {asked}; expected sizes from 1 to {_MAX_SIDE}. Change the Input block.")
    if len(input_dims) == 3:
        if input_dims[0] not in (1, 3):
            raise DataError(
                f"The Input asks for {asked}, {input_dims[0]} channels; pictures have 1 (grey) or 3 (colour). "
                f"Set the Input to {have}."
            )
        return Target((input_dims[0], input_dims[1], input_dims[2]), input_dims)
    if len(input_dims) == 2:
        return Target((1, input_dims[0], input_dims[1]), input_dims)
    if len(input_dims) == 1:
        for count in (channels, 1):
            if input_dims[0] == count * height * width:
                return Target((count, height, width), input_dims)
        raise DataError(
            f"The Input asks for a vector of {asked} numbers; a picture here has {have} = "
            f"{channels * height * width}. Set the Input to {channels * height * width}, or to {have} with a "
            "Flatten block behind it."
        )
    raise DataError(
        f"The Input asks for {asked}, {len(input_dims)} sizes; a picture has three: channels, height, width. "
        f"Set the Input to {have}."
    )


def _closed(input_dims: tuple[int | None, ...], natural: Dims) -> tuple[int, ...]:
    """The Input's sizes with the data's own in place of open ones. Raises DataError for channels left open."""
    own = natural[-len(input_dims) :] if 2 <= len(input_dims) <= 3 else ()
    if None in input_dims and (not own or (len(input_dims) == 3 and input_dims[0] is None)):
        have = "×".join(map(str, natural))
        raise DataError(f"Pictures can leave only height and width of the Input open. Set the Input to {have}.")
    return tuple(own[i] if size is None else size for i, size in enumerate(input_dims))


def _shares(counts: Rows, total: int) -> Rows:
    """``total`` dealt out in proportion to ``counts`` (largest remainder), never more than a count."""
    exact = counts * (total / max(1, int(counts.sum())))
    dealt: Rows = np.minimum(np.floor(exact).astype(np.int64), counts)
    for index in np.argsort(-(exact - dealt), kind="stable"):
        if dealt.sum() >= total:
            break
        if dealt[index] < counts[index]:
            dealt[index] += 1
    return dealt


def choose(labels: Rows, limit: int | None, seed: int) -> Rows:
    """Which rows are used: all, or ``limit`` of them with the same share of each class. Ascending."""
    if limit is None or limit >= len(labels):
        return np.arange(len(labels), dtype=np.int64)
    kept, _ = _deal(labels, np.arange(len(labels), dtype=np.int64), limit, seed + 1)
    return kept


def split_rows(labels: Rows, rows: Rows, validation: float, seed: int) -> tuple[Rows, Rows]:
    """(training rows, validation rows): stratified, disjoint, ascending, the same for the same seed.

    A class with two pictures or more has at least one of each; a class with one only trains.
    Raises DataError when nothing would be left to validate on.
    """
    held, rest = _deal(labels, rows, round(len(rows) * validation), seed, keep_both=True)
    if not len(held) or not len(rest):
        raise DataError(
            f"There are {len(rows):,} pictures, too few to train and to validate. "
            "Each class needs at least two; add pictures or raise the limit."
        )
    return rest, held


def _deal(labels: Rows, rows: Rows, count: int, seed: int, keep_both: bool = False) -> tuple[Rows, Rows]:
    """``count`` of ``rows`` (and the rest), each class in proportion."""
    classes, counts = np.unique(labels[rows], return_counts=True)
    dealt = _shares(counts.astype(np.int64), count)
    if keep_both:
        dealt = np.clip(dealt, np.minimum(1, counts - 1), counts - 1)
    generator = np.random.default_rng(seed)
    taken: list[Rows] = []
    for label, number in zip(classes, dealt, strict=True):
        members = rows[labels[rows] == label]
        taken.append(generator.permutation(members)[:number])
    chosen = np.sort(np.concatenate(taken)) if taken else rows[:0]
    return chosen, np.setdiff1d(rows, chosen, assume_unique=True)


class Histogram:
    """Counts of the 256 values per channel: mean and deviation exactly, in one pass, in no memory."""

    def __init__(self, channels: int) -> None:
        self._counts = np.zeros((channels, 256), dtype=np.int64)

    def add(self, pixels: npt.NDArray[np.uint8]) -> None:
        """Count pixels uint8 [n, C, H, W]."""
        for channel, counts in enumerate(self._counts):
            counts += np.bincount(pixels[:, channel].reshape(-1), minlength=256)

    def normalisation(self) -> Normalisation:
        """Mean and deviation of what was added; a channel without any spread is divided by 1."""
        values = np.arange(256) / 255
        share = self._counts / np.maximum(1, self._counts.sum(axis=1, keepdims=True))
        mean = share @ values
        std = np.sqrt(np.maximum(0, share @ values**2 - mean**2))
        std = np.where(std < 1e-4, 1.0, std)
        return Normalisation(mean=tuple(mean.tolist()), std=tuple(std.tolist()))
