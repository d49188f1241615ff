"""What is known of data without reading them."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import pytest

from designer.data.cifar import CLASSES
from designer.data.facts import context_of
from designer.data.spec import DataSpec
from designer.graph.context import Context


def test_named_data_sets_tell_classes_and_size() -> None:
    found = context_of(DataSpec(source="cifar10"), 64)
    assert found == Context("CIFAR-10", 10, CLASSES, (3, 32, 32), 64)
    assert context_of(DataSpec(source="digits")).size == (1, 8, 8)
    assert context_of(None, 1) == Context(batch=1)


def test_a_folder_tells_its_classes(tmp_path: Path) -> None:
    for name in ("cat", "dog", "emu", ".hidden"):
        (tmp_path / "train" / name).mkdir(parents=True)
        (tmp_path / "val" / name).mkdir(parents=True)
    found = context_of(DataSpec(source=str(tmp_path)))
    assert found.labels == ("cat", "dog", "emu") and found.classes == 3 and found.size is None


def test_a_folder_that_is_not_there_tells_nothing(tmp_path: Path) -> None:
    assert context_of(DataSpec(source=str(tmp_path / "none"))).classes is None


@pytest.mark.parametrize("end", ["", ".gz"])
def test_idx_files_tell_their_classes_and_size(tmp_path: Path, end: str) -> None:
    def write(name: str, content: bytes) -> None:
        (tmp_path / f"{name}{end}").write_bytes(gzip.compress(content) if end else content)

    for stem, labels in (("train", [0, 1, 2, 1]), ("t10k", [3])):
        count = len(labels)
        write(f"{stem}-images-idx3-ubyte", struct.pack(">IIII", 0x803, count, 6, 5) + bytes(30 * count))
        write(f"{stem}-labels-idx1-ubyte", struct.pack(">II", 0x801, count) + bytes(labels))
    found = context_of(DataSpec(source=str(tmp_path)))
    assert (found.classes, found.labels, found.size) == (4, ("0", "1", "2", "3"), (1, 6, 5))


def test_damaged_idx_files_tell_nothing(tmp_path: Path) -> None:
    for name in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte.gz"):
        (tmp_path / name).write_bytes(b"no")
    assert context_of(DataSpec(source=str(tmp_path))).classes is None
