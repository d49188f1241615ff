"""What is known of data without reading them."""

from __future__ import annotations

from pathlib import Path

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
