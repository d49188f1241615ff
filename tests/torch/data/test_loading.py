"""Pictures that do not fit in memory: read ahead, in the same way whatever reads them, and when some are gone."""

from __future__ import annotations

import shutil
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from designer.data.batches import Split
from designer.data.decode import Damaged
from designer.data.loading import Loader, Together, candidates, worth
from designer.data.open import Data, open_data
from designer.data.spec import DataSpec
from designer.errors import DataError


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    for label, name in enumerate(("ash", "elm", "oak")):
        (tmp_path / "trees" / name).mkdir(parents=True)
        for number in range(20):
            pixels = (rng.integers(0, 60, (20 + number, 24, 3)) + 90 * label).astype(np.uint8)
            suffix = ("png", "jpg")[number % 2]
            Image.fromarray(pixels).save(tmp_path / "trees" / name / f"{number:02}.{suffix}")
    return tmp_path / "trees"


def opened(source: Path, memory: int | None = 1) -> Data:
    return open_data(DataSpec(source=str(source)), (3, 16, 16), memory=memory)


def loader_of(split: Split) -> Loader:
    assert split.loader is not None
    return split.loader


def walk(split: Split, batches: list[torch.Tensor]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """As a run does it: the coming batches are expected, one after the other is asked for."""
    for batch in batches[:3]:
        split.expect(batch)
    found = []
    for number, batch in enumerate(batches):
        if number + 3 < len(batches):
            split.expect(batches[number + 3])
        found.append(split.batch(batch))
    return found


@pytest.mark.parametrize("workers", [0, 1, 2, 5])
def test_what_is_read_does_not_depend_on_how_many_read_it(folder: Path, workers: int) -> None:
    in_memory, data = opened(folder, None), opened(folder)
    assert in_memory.in_memory and not data.in_memory
    batches = list(torch.randperm(len(data.train), generator=torch.Generator().manual_seed(1)).split(7))
    loader = loader_of(data.train)
    loader.start(workers)
    assert loader.workers == workers
    try:
        for (x, y), batch in zip(walk(data.train, batches), batches, strict=True):
            expected, labels = in_memory.train.batch(batch)
            assert torch.equal(x, expected) and torch.equal(y, labels)
    finally:
        loader.close()
    assert not data.lost


def test_a_walk_through_all_reads_ahead_by_itself(folder: Path) -> None:
    data = opened(folder)
    loader, read = loader_of(data.validation), []
    one = loader._one
    loader._one = lambda index: (read.append(index), one(index))[1]  # type: ignore[method-assign]
    loader.start(2)
    try:
        data.validation.batch(slice(0, 4))
        for part in loader._coming[0].parts:
            part.result()
        assert sorted(read) == [0, 1, 2, 3, 4, 5, 6, 7]
        data.validation.batch(slice(4, 8))
        data.validation.batch(slice(0, 4))  # broken off, and from the beginning
        x, _ = data.validation.batch([11, 0])
    finally:
        loader.close()
    assert torch.equal(x, data.validation.batch([11, 0])[0])


def test_nothing_is_read_far_ahead(folder: Path) -> None:
    data = opened(folder)
    loader = loader_of(data.train)
    loader.start(1)
    try:
        for batch in torch.arange(len(data.train)).split(3):
            data.train.expect(batch)
        assert len(loader._coming) == 4
    finally:
        loader.close()


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("damage", ["gone", "cut", "empty"])
def test_a_lost_picture_gives_way_to_its_neighbour(folder: Path, workers: int, damage: str) -> None:
    data = opened(folder)
    path = Path(data.train.name(5))
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(b"" if damage == "empty" else path.read_bytes()[:60])
    loader = loader_of(data.train)
    loader.start(workers)
    try:
        for _ in range(2):
            x, y = data.train.batch([4, 5, 7, 9])
            expected, labels = data.train.batch([4, 6, 7, 9])
            assert torch.equal(x, expected) and torch.equal(y, labels)
    finally:
        loader.close()
    assert [one.name for one in data.lost] == [str(path)] and data.lost[0].reason


def test_neighbours_of_the_last_and_of_lost_ones(folder: Path) -> None:
    data = opened(folder)
    last = len(data.train) - 1
    for index in (last, 0):
        Path(data.train.name(index)).unlink()
    x, y = data.train.batch([3, last, 4, 5])
    expected, labels = data.train.batch([3, 1, 4, 5])
    assert torch.equal(x, expected) and torch.equal(y, labels) and len(data.lost) == 2
    assert torch.equal(data.train.batch([last])[0], data.train.batch([1])[0])  # a batch of one


@pytest.mark.parametrize("workers", [0, 2])
def test_where_most_of_a_batch_is_gone_the_data_are(folder: Path, workers: int) -> None:
    data = opened(folder)
    loader = loader_of(data.train)
    loader.start(workers)
    batches = list(torch.arange(len(data.train)).split(8))
    try:
        walk(data.train, batches[:2])
        shutil.rmtree(folder)
        with pytest.raises(
            DataError, match=r"The data set cannot be reached any more: .*/trees/.*connect its disk again"
        ):
            walk(data.train, batches[2:])
        with pytest.raises(DataError, match="cannot be reached any more"):
            data.train.batch([0])
    finally:
        loader.close()


def test_pictures_in_an_archive_are_read_by_several(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "trees.zip", "w") as archive:
        for path in sorted(folder.rglob("*.*")):
            archive.write(path, path.relative_to(folder.parent))
    data, plain = opened(tmp_path / "trees.zip"), opened(folder)
    loader = loader_of(data.train)
    loader.start(4)
    try:
        found = walk(data.train, list(torch.arange(len(data.train)).split(5)))
    finally:
        loader.close()
    assert torch.equal(torch.cat([x for x, _ in found]), plain.train.batch(slice(None))[0])


def test_a_defect_is_not_taken_for_a_damaged_file(folder: Path) -> None:
    data = opened(folder)
    loader = loader_of(data.train)

    def broken(index: int) -> np.ndarray:
        raise ZeroDivisionError

    loader._one = broken  # type: ignore[method-assign]
    loader.start(2)
    try:
        with pytest.raises(ZeroDivisionError):
            data.train.batch([0, 1])
    finally:
        loader.close()


@pytest.mark.parametrize("workers", [1, 3])
def test_many_are_read_together_in_their_order(workers: int) -> None:
    def one(index: int) -> np.ndarray:
        if index % 7 == 3:
            raise Damaged(f"number {index}")
        return np.full(2, index)

    with Together(one, workers) as together:
        for indices in (list(range(50, 0, -1)), [3], []):
            found = list(together.read(indices))
            assert [isinstance(each, Damaged) for each in found] == [index % 7 == 3 for index in indices]
            assert [str(each) if isinstance(each, Damaged) else each[1] for each in found] == [
                f"number {index}" if index % 7 == 3 else index for index in indices
            ]


def test_opening_that_is_stopped_leaves_no_thread(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("designer.data.open.cores", lambda: 3)

    def stop(fraction: float | None, text: str, left: float | None = None) -> None:
        if text.startswith("Reading pictures"):
            assert threading.active_count() > 1
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_data(DataSpec(source=str(folder)), (3, 16, 16), stop)


def test_workers_are_measured(folder: Path) -> None:
    data = opened(folder)
    rates = loader_of(data.train).rates(list(range(len(data.train))), 2)
    assert set(rates) <= {0, 1, 2} and {0, 1} <= set(rates) and min(rates.values()) > 0


def test_the_fewest_workers_that_are_worth_it() -> None:
    assert candidates(1) == [0, 1] and candidates(2) == [0, 1, 2] and candidates(6) == [0, 1, 2, 4, 6]
    assert candidates(200) == [0, 1, 2, 4, 8, 16]
    rates = {0: 100.0, 1: 99.0, 2: 190.0, 4: 192.0}
    assert worth(rates, beside=False) == worth(rates, beside=True) == 2
    slower = {0: 100.0, 1: 90.0, 2: 95.0}
    assert worth(slower, beside=False) == 0 and worth(slower, beside=True) == 1  # a GPU computes meanwhile
