from __future__ import annotations

import struct
from pathlib import Path

import pytest

from designer.data.counts import sample_counts
from designer.data.spec import DataSpec


def test_samples_are_counted_without_reading_them(tmp_path: Path) -> None:
    for stem, number in (("train", 70), ("t10k", 20)):
        (tmp_path / f"{stem}-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 0x803, number, 2, 2))
        (tmp_path / f"{stem}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, number))
    assert sample_counts(DataSpec(source=str(tmp_path))) == (70, 20)
    assert sample_counts(DataSpec(source=str(tmp_path), limit=30)) == (30, 20)
    assert sample_counts(DataSpec(source="cifar10")) == (50_000, 10_000)
    assert sample_counts(DataSpec(source="mnist", limit=500)) == (500, 500)
    assert sample_counts(DataSpec(source="digits", limit=100)) == (80, 20)
    assert sample_counts(DataSpec(source="/nothing/there")) is None


@pytest.mark.parametrize(("halves", "numbers"), [(("",), (16, 4)), (("train",), (16, 4)), (("train", "val"), (20, 20))])
def test_pictures_are_counted_as_they_will_be_split(
    tmp_path: Path, halves: tuple[str, ...], numbers: tuple[int, int]
) -> None:
    """Only where a folder holds a half to validate on is everything else learned from."""
    for place in (tmp_path / half / name for half in halves for name in ("cat", "dog")):
        place.mkdir(parents=True)
        for i in range(10):
            (place / f"{i}.png").touch()
    assert sample_counts(DataSpec(source=str(tmp_path), validation=0.2)) == numbers
    assert sample_counts(DataSpec(source=str(tmp_path), validation=0.2), patience=5) is None
    assert sample_counts(DataSpec(source=str(tmp_path), validation=0.2), patience=None) == numbers
