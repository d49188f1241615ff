"""Long lists of files: complete, in one order, small, with progress and an end when a person says so."""

from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from designer.data.class_folders import read_classes
from designer.data.decode import SUFFIXES
from designer.data.listing import PathList, walk
from designer.data.recognise import recognise
from designer.data.source import nothing, source_for
from designer.data.spec import DataSpec
from designer.errors import DataError


def filled(root: Path, count: int, classes: int = 4, deep: int = 1) -> Path:
    """Empty files by the thousand: a name takes no more of a disk than that."""
    for number in range(classes):
        for part in range(deep):
            folder = root / f"class{number}" / (f"part{part}" if deep > 1 else "")
            folder.mkdir(parents=True)
            for k in range(count // classes // deep):
                os.close(os.open(folder / f"picture-{part}-{k:07}.jpg", os.O_CREAT | os.O_WRONLY))
    return root


def test_a_list_of_paths_is_what_went_in() -> None:
    paths = PathList()
    names = [("/a", "x.png"), ("/b/ü", "ö 1.png"), ("/a", "\udcff.png"), ("", "bare.png")]
    for folder, name in names:
        paths.add(folder, name)
    assert list(paths) == [Path(folder, name) for folder, name in names]
    assert paths[-1] == Path("bare.png") and list(paths[1:3]) == [Path("/b/ü/ö 1.png"), Path("/a/\udcff.png")]
    part = paths.take([3, 1, 1])
    assert [p.name for p in part] == ["bare.png", "ö 1.png", "ö 1.png"] and part.take([1])[0].name == "ö 1.png"
    assert part.text(1) == "/b/ü/ö 1.png" and Path("/a/x.png") in paths
    with pytest.raises(IndexError):
        paths[4]
    with pytest.raises(ValueError):
        part.add("/a", "y.png")


def test_a_tree_is_walked_in_the_order_of_its_names(tmp_path: Path) -> None:
    for name in ("b/2.png", "b/1.jpg", "a/z/3.PNG", "a/y.gif", "c.png", "a/.hidden.png", "a/text.txt", ".git/no"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "b" / "round").symlink_to(tmp_path)  # links are not followed: they may lead round in a circle
    found = PathList()
    assert walk(str(tmp_path), SUFFIXES, found, lambda: None, lambda error: None) == 5
    assert [p.relative_to(tmp_path).as_posix() for p in found] == [
        "c.png",
        "a/y.gif",
        "a/z/3.PNG",
        "b/1.jpg",
        "b/2.png",
    ]
    gone: list[str] = []
    walk(str(tmp_path / "none"), SUFFIXES, found, lambda: None, lambda error: gone.append(str(error.filename)))
    assert gone == [str(tmp_path / "none")]


def test_twenty_thousand_files_take_few_bytes_each_and_are_told(tmp_path: Path) -> None:
    filled(tmp_path, 20_000, deep=2)
    told: list[str] = []
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    found = read_classes(tmp_path, SUFFIXES, lambda fraction, text: told.append(text), "pictures")
    kept, most = (size - before for size in tracemalloc.get_traced_memory())
    tracemalloc.stop()
    assert len(found.train.paths) == 20_000 and found.train.counts == (5000,) * 4
    assert kept / 20_000 < 50 and most / 20_000 < 120, (kept, most)
    assert told[-1].startswith("Looking for pictures: ") and int(told[-1].rsplit(" ", 1)[1].replace(",", "")) > 12_000
    assert np.array_equal(found.train.numbers, np.repeat(np.arange(4), 5000))


def test_the_listing_ends_within_one_folder_when_a_person_says_so(tmp_path: Path) -> None:
    class StopIt(BaseException):
        pass

    filled(tmp_path, 9000, classes=2)
    calls = 0

    def progress(fraction: float | None, text: str) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:  # the beginning, the first folder, and then within it
            raise StopIt

    spec = DataSpec(source=str(tmp_path))
    with pytest.raises(StopIt):
        source_for(spec).open(spec, progress)
    assert calls == 3


def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path, 8, deep=2)
    real = os.scandir

    def refusing(path: str) -> object:
        if Path(path).parts[-2:] == ("class1", "part1"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", refusing)
    found = read_classes(tmp_path, SUFFIXES, nothing, "pictures")
    assert found.train.counts == (2, 1, 2, 2)
    assert any("part1 cannot be read: Permission denied" in note for note in found.notes)


def test_many_files_without_classes_are_no_data_set(tmp_path: Path) -> None:
    filled(tmp_path / "flat", 5000, classes=1)
    tracemalloc.start()
    with pytest.raises(DataError):
        recognise(tmp_path / "flat" / "class0")
    assert tracemalloc.get_traced_memory()[1] < 3 << 20
    tracemalloc.stop()


MILLION = """
import resource, sys, time
from designer.data.dividing import divide
from designer.data.source import nothing, source_for
from designer.data.spec import DataSpec
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began, told = time.perf_counter(), []
spec = DataSpec(source=sys.argv[1])
loaded = source_for(spec).open(spec, lambda fraction, text: told.append(text))
listed = time.perf_counter() - began
division = divide(spec, loaded)
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert len(loaded.train.samples) == int(sys.argv[2]) and len(told) > 400
assert loaded.train.samples.name(999_999).endswith(".jpg")
print(f"{len(loaded.train.samples):,} files in {listed:.1f} s, {most >> 10} MB in all, {most - before >> 10} MB more")
assert most < 500 << 10, most
"""


@pytest.mark.slow
def test_a_million_pictures_are_listed_in_less_than_500_mb(tmp_path: Path) -> None:
    filled(tmp_path, 1_000_000, classes=10, deep=2)
    done = subprocess.run([sys.executable, "-c", MILLION, str(tmp_path), "1000000"], capture_output=True, text=True)
    print(done.stdout)
    assert done.returncode == 0, done.stderr
