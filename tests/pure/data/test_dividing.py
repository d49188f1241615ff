"""The splits: shares, groups, folds, and those that stay the same when samples are added."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.data.dividing import Division, divide, strata
from designer.data.numbers import ArrayNumbers
from designer.data.source import Loaded, Part, nothing, source_for
from designer.data.spec import DataSpec
from designer.errors import DataError

LABELS = st.lists(st.integers(0, 3), min_size=12, max_size=120)


def loaded(labels: list[int], groups: list[str] | None = None, first: int = 0) -> Loaded:
    """Samples whose content says which they are."""
    values = np.arange(first, first + len(labels), dtype=np.float32)[:, None]
    part = Part(ArrayNumbers(values), np.array(labels, dtype=np.int64), groups)
    return Loaded(part, ("a", "b", "c", "d"))


def sides(found: Division) -> tuple[set[int], set[int]]:
    return set(found.train.tolist()), set(found.held.tolist())


def spec(**fields: object) -> DataSpec:
    return DataSpec.model_validate({"source": "x", **fields})


@settings(deadline=None)
@given(labels=LABELS, folds=st.integers(2, 6), seed=st.integers(0, 9), how=st.sampled_from(["stratified", "random"]))
def test_folds_are_disjoint_cover_all_and_are_of_one_size(labels: list[int], folds: int, seed: int, how: str) -> None:
    data = loaded(labels)
    held = [divide(spec(folds=folds, fold=k, seed=seed, split=how), data) for k in range(folds)]
    for one in held:
        train, validation = sides(one)
        assert not train & validation and len(train | validation) == len(labels)
    assert sorted(row for one in held for row in one.held.tolist()) == list(range(len(labels)))
    sizes = [len(one.held) for one in held]
    assert max(sizes) - min(sizes) <= 1
    if how == "stratified":
        for label in set(labels):
            shares = [sum(labels[row] == label for row in one.held.tolist()) for one in held]
            assert max(shares) - min(shares) <= 1


@settings(deadline=None)
@given(
    labels=LABELS,
    more=LABELS,
    seed=st.integers(0, 9),
    how=st.sampled_from(["content", "name"]),
    folds=st.sampled_from([None, 3]),
)
def test_what_is_kept_aside_stays_so_when_samples_are_added(
    labels: list[int], more: list[int], seed: int, how: str, folds: int | None
) -> None:
    asked = spec(split=how, seed=seed, folds=folds, validation=0.4)
    try:
        before = sides(divide(asked, loaded(labels)))
        after = sides(divide(asked, loaded(labels + more)))
    except DataError:
        return  # by chance all on one side, which is refused
    for old, new in zip(before, after, strict=True):
        assert old == {row for row in new if row < len(labels)}


@settings(deadline=None)
@given(
    labels=LABELS, count=st.integers(2, 12), share=st.floats(0.1, 0.6), how=st.sampled_from(["stratified", "content"])
)
def test_a_group_is_never_torn_apart(labels: list[int], count: int, share: float, how: str) -> None:
    groups = [f"patient {index % count}" for index in range(len(labels))]
    try:
        train, held = sides(divide(spec(group="patient", validation=share, split=how), loaded(labels, groups)))
    except DataError:
        return
    assert not {groups[row] for row in train} & {groups[row] for row in held}
    assert len(train | held) == len(labels)


def test_groups_of_a_class_are_shared_out_as_asked() -> None:
    labels = [k for k in range(4) for _ in range(100)]
    groups = [f"{label}-{index % 10}" for index, label in enumerate(labels)]
    held = divide(spec(group="g", validation=0.3), loaded(labels, groups)).held
    assert np.bincount(np.array(labels)[held]).tolist() == [30, 30, 30, 30]
    parts = [divide(spec(group="g", folds=5, fold=k), loaded(labels, groups)).held for k in range(5)]
    assert [len(part) for part in parts] == [80] * 5
    assert len(np.unique(np.concatenate(parts))) == 400


def test_one_group_is_refused() -> None:
    with pytest.raises(DataError, match="in one group"):
        divide(spec(group="g"), loaded([0, 1] * 10, ["a"] * 20))


def test_a_share_by_content_comes_near_what_was_asked() -> None:
    data = loaded([0] * 2000)
    for how in ("content", "name"):
        assert 0.17 < len(divide(spec(split=how), data).held) / 2000 < 0.23
    limited = divide(spec(split="content", limit=500), data)
    again = divide(spec(split="content", limit=500), loaded([0] * 2200))
    assert len(limited.train) + len(limited.held) == 500
    kept = sum(row in set(limited.held.tolist()) for row in again.held.tolist())
    assert kept > 0.85 * len(again.held)  # only as many are pushed out as came in


def test_a_set_of_its_own_for_validation_is_used_unless_folds_are_asked() -> None:
    data = loaded([0, 1] * 10)
    own = Loaded(data.train, data.classes, loaded([1, 0], first=50).train)
    assert divide(spec(), own).held_part is own.held_out
    folded = divide(spec(folds=4), own)
    assert folded.held_part is own.train and len(folded.held) == 5


def test_numbers_and_labels_are_shared_out_evenly() -> None:
    values = np.linspace(0, 1, 200, dtype=np.float32)[:, None] ** 3
    bins = strata(values, "values")
    assert np.bincount(bins).tolist() == [20] * 10
    labels = np.zeros((100, 3), dtype=np.float32)
    labels[:, 0] = 1
    labels[:10, 2] = 1
    rare = strata(labels, "labels")
    assert (rare[:10] == 2).all() and (rare[10:] == 0).all()
    held = divide(
        spec(), Loaded(Part(ArrayNumbers(np.zeros((100, 1), np.float32)), labels), ("a", "b", "c"), kind="labels")
    ).held
    assert sum(row < 10 for row in held.tolist()) == 2


def test_a_fold_that_there_is_not_is_refused() -> None:
    for bad in ({"fold": 1}, {"folds": 3, "fold": 3}, {"folds": 1}):
        with pytest.raises(ValueError):
            spec(**bad)


def test_the_seed_chooses_the_split_and_nothing_else_does() -> None:
    data = loaded([0, 1] * 60)
    for how in ("stratified", "random", "content", "name"):
        same = [sides(divide(spec(split=how, seed=3), data)) for _ in range(2)]
        other = sides(divide(spec(split=how, seed=4), data))
        assert same[0] == same[1] != other, how


def test_shares_are_those_that_were_asked_for() -> None:
    data = loaded([0] * 90 + [1] * 30)
    for share in (0.1, 0.2, 0.5):
        held = divide(spec(validation=share), data).held
        assert np.bincount(np.array(data.train.targets)[held]).tolist() == [round(90 * share), round(30 * share)]
        assert len(divide(spec(validation=share, split="random"), data).held) == round(120 * share)


@pytest.mark.parametrize("side", ["val", "valid", "validation", "test"])
def test_folders_that_are_apart_stay_apart(tmp_path: Path, side: str) -> None:
    for half, count in (("train", 6), (side, 3)):
        for name in ("cat", "dog"):
            (tmp_path / half / name).mkdir(parents=True)
            for k in range(count):
                (tmp_path / half / name / f"{k}.png").touch()
    asked = spec(source=str(tmp_path))
    data = source_for(asked).open(asked, nothing)
    found = divide(asked, data)
    assert found.held_part is data.held_out and (len(found.train), len(found.held)) == (12, 6)
    assert all(f"/{side}/" in found.held_part.samples.name(row) for row in found.held.tolist())
    folded = divide(spec(source=str(tmp_path), folds=3), data)
    assert (len(folded.train), len(folded.held)) == (8, 4)
