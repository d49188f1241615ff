"""Which samples are learned from and which are kept for validation. Plain numpy.

Every way of dividing depends on the spec and the samples alone: the same seed, the same split on every computer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from designer.data.fitting import Rows, choose, split_rows
from designer.data.source import Loaded, Part, Progress, nothing
from designer.data.spec import DataSpec
from designer.errors import DataError

__all__ = ["Division", "divide", "strata"]

_BINS = 10  # numbers are told apart by tenths of the samples, so that both sides see all sizes


class Division(NamedTuple):
    """Rows of the training part, rows of ``held_part``, and how that came about, in words for a sentence."""

    train: Rows
    held: Rows
    held_part: Part
    how: str


@dataclass(frozen=True)
class _Case:
    spec: DataSpec
    part: Part
    strata: Rows
    progress: Progress


def divide(spec: DataSpec, loaded: Loaded, progress: Progress = nothing) -> Division:
    """The split that ``spec`` asks for. Raises DataError where one side would be empty."""
    train, held = loaded.train, loaded.held_out
    case = _Case(spec, train, strata(train.targets, loaded.kind), progress)
    if held is not None and spec.folds is None:
        held_rows = choose(strata(held.targets, loaded.kind), spec.limit, spec.seed)
        return Division(_chosen(case), held_rows, held, "the data set's own test set")
    rows = _chosen(case)
    kept, how = _kept(case, rows)
    if not kept.any() or kept.all():
        raise DataError(
            f"There are {len(rows):,} samples, too few to train and to validate with this split ({how}). Add samples, "
            "raise the limit, or choose another split."
        )
    return Division(rows[~kept], rows[kept], train, how)


def strata(targets: npt.NDArray[np.int64] | npt.NDArray[np.float32], kind: str) -> Rows:
    """A class number for each sample, so that both sides of a split get their share of all kinds of targets."""
    if kind == "classes" or not len(targets):
        return targets.astype(np.int64).reshape(len(targets))
    if kind == "labels":  # by the rarest of its labels: the common ones follow by themselves
        rare = np.where(targets > 0, targets.sum(axis=0), np.inf)
        return np.where(targets.any(axis=1), rare.argmin(axis=1), -1).astype(np.int64)
    first = targets.reshape(len(targets), -1)[:, 0]
    edges = np.quantile(first, np.linspace(0, 1, min(_BINS, max(1, len(first) // 10)) + 1)[1:-1])
    return np.searchsorted(edges, first, side="right").astype(np.int64)


def _chosen(case: _Case) -> Rows:
    """Which rows are used at all: the limit."""
    spec, total = case.spec, len(case.part.targets)
    if spec.limit is None or spec.limit >= total or spec.split not in ("content", "name"):
        return choose(case.strata, spec.limit, spec.seed)
    order = _marks(case, np.arange(total), spec.seed + 1)  # the same ones, as far as there are, when some are added
    return np.sort(np.argsort(order, kind="stable")[: spec.limit]).astype(np.int64)


def _kept(case: _Case, rows: Rows) -> tuple[npt.NDArray[np.bool_], str]:
    """Which of ``rows`` are validated on, and how they were chosen."""
    spec, groups = case.spec, case.part.groups
    fold = f"fold {spec.fold} of {spec.folds}, " if spec.folds else ""
    if spec.split in ("content", "name"):
        marks = _marks(case, rows, spec.seed)
        kept = (marks * spec.folds).astype(int) == spec.fold if spec.folds else marks < spec.validation
        by = "by group" if groups is not None else "by what is in each" if spec.split == "content" else "by name"
        return kept, f"{fold}kept aside {by}, the same when samples are added, seed {spec.seed}"
    even = case.strata[rows] if spec.split == "stratified" else np.zeros(len(rows), dtype=np.int64)
    share = "the same share of each class" if spec.split == "stratified" else "at random"
    if groups is not None:
        return _by_group(spec, even, [groups[row] for row in rows.tolist()]), (
            f"{fold}kept aside by group, {share} as far as the groups allow, seed {spec.seed}"
        )
    if spec.folds:
        return _folds(even, spec.folds, spec.seed) == spec.fold, f"{fold}{share}, seed {spec.seed}"
    _, held = split_rows(even, np.arange(len(rows), dtype=np.int64), spec.validation, spec.seed)
    kept = np.zeros(len(rows), dtype=bool)
    kept[held] = True
    return kept, f"kept aside, {share}, seed {spec.seed}"


def _marks(case: _Case, rows: Rows, seed: int) -> npt.NDArray[np.float64]:
    """A number from 0 to 1 for each row, that depends on nothing but the sample (or its group) and the seed."""
    part = case.part
    said: Callable[[int], bytes]
    if part.groups is not None:
        groups = part.groups
        said = lambda row: groups[row].encode()  # noqa: E731
    elif case.spec.split == "content":
        said = part.samples.content
    else:
        said = lambda row: part.samples.key(row).encode("utf-8", "surrogateescape")  # noqa: E731
    key = seed.to_bytes(8, "little")
    marks = np.empty(len(rows))
    for place, row in enumerate(rows.tolist()):
        digest = blake2b(said(row), digest_size=6, key=key).digest()
        marks[place] = int.from_bytes(digest, "little") / 2**48
        if place % 256 == 0:
            case.progress(None, f"Dividing: {place:,} of {len(rows):,}")
    return marks


def _folds(even: Rows, folds: int, seed: int) -> Rows:
    """The fold of each row: sizes differ by one at most, in all and in each class."""
    generator = np.random.default_rng(seed)
    shuffled = generator.permutation(len(even))
    order = shuffled[np.argsort(even[shuffled], kind="stable")]
    found = np.empty(len(even), dtype=np.int64)
    found[order] = np.arange(len(even)) % folds
    return found


def _by_group(spec: DataSpec, even: Rows, groups: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Whole groups go to one side; those of each class are dealt so that the shares come out as near as they can."""
    names, member, sizes = np.unique(
        np.asarray(groups, dtype=object).astype(str), return_inverse=True, return_counts=True
    )
    if len(names) < 2:
        raise DataError("All samples are in one group, which cannot be divided. Choose another group column, or none.")
    first = np.full(len(names), -1, dtype=np.int64)
    first[member[::-1]] = even[::-1]  # the class of a group is that of its first sample
    shuffled = np.random.default_rng(spec.seed).permutation(len(names))
    bins = spec.folds or 2
    shares = np.full(bins, 1 / bins) if spec.folds else np.array([1 - spec.validation, spec.validation])
    side = np.empty(len(names), dtype=np.int64)
    whole = np.zeros(bins)
    for label in np.unique(first):
        filled = np.zeros(bins)
        mine = [group for group in shuffled.tolist() if first[group] == label]
        for group in sorted(mine, key=lambda g: -int(sizes[g])):  # large ones first: the small ones even it out
            lack = shares * (filled.sum() + sizes[group]) - filled + 1e-6 * (shares * whole.sum() - whole)
            side[group] = int(lack.argmax())
            filled[side[group]] += sizes[group]
            whole[side[group]] += sizes[group]
    kept: npt.NDArray[np.bool_] = side[member] == (spec.fold if spec.folds else 1)
    return kept
