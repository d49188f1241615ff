from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from designer.errors import ProjectError
from designer.project.atomic import copy_atomic, replacing, sweep_orphans, write_atomic

DiskOf = Callable[[int], AbstractContextManager[None]]
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions and limits")


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_writes_and_replaces_without_leftovers(tmp_path: Path) -> None:
    target = tmp_path / "net.loom"
    write_atomic(target, b"one")
    write_atomic(target, b"two")
    assert target.read_bytes() == b"two"
    assert names(tmp_path) == ["net.loom"]


def test_an_exception_while_writing_keeps_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "net.loom"
    write_atomic(target, b"old")
    with pytest.raises(KeyboardInterrupt), replacing(target) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["net.loom"]


@posix
def test_a_link_stays_a_link_and_permissions_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real.loom", tmp_path / "link.loom"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link.symlink_to(real)
    write_atomic(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert real.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("name", ["missing/net.loom", "a\0b", "x" * 300])
def test_impossible_targets_are_one_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(ProjectError, match=r"(could not be written|not a file name)"):
        write_atomic(tmp_path / name, b"")
    assert names(tmp_path) == []


def test_a_folder_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "net.loom").mkdir()
    with pytest.raises(ProjectError, match="could not be written"):
        write_atomic(tmp_path / "net.loom", b"")
    assert names(tmp_path) == ["net.loom"]


def test_long_names_are_written(tmp_path: Path) -> None:
    target = tmp_path / ("ü" * 120 + ".loom")
    write_atomic(target, b"x")
    assert target.read_bytes() == b"x"


def test_copy_says_when_the_source_is_gone(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="not there any more"):
        copy_atomic(tmp_path / "gone", tmp_path / "new")
    (tmp_path / "here").write_bytes(b"x" * 3_000_000)
    copy_atomic(tmp_path / "here", tmp_path / "new")
    assert (tmp_path / "new").stat().st_size == 3_000_000


def test_sweep_removes_only_what_dead_writers_left(tmp_path: Path, dead_pid: int) -> None:
    (tmp_path / f".net.loom.{dead_pid}-0011aabb.loomtmp").touch()
    (tmp_path / f".net.loom.{os.getpid()}-0011aabb.loomtmp").touch()
    (tmp_path / ".net.loom.9999999999-0011aabb.loomtmp").touch()
    (tmp_path / "mine.loomtmp").touch()
    assert sweep_orphans(tmp_path) == 2
    assert names(tmp_path) == [f".net.loom.{os.getpid()}-0011aabb.loomtmp", "mine.loomtmp"]
    assert sweep_orphans(tmp_path / "missing") == 0


def test_a_full_disk_keeps_the_old_file(tmp_path: Path, disk_of: DiskOf) -> None:
    target = tmp_path / "net.loom"
    target.write_bytes(b"old")
    with disk_of(10_000), pytest.raises(ProjectError, match="could not be written"):
        write_atomic(target, b"x" * 100_000)
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["net.loom"]


@posix
def test_a_read_only_folder_keeps_the_old_file(tmp_path: Path) -> None:
    """Run as an ordinary person: the administrator may write anywhere."""
    target = tmp_path / "net.loom"
    target.write_bytes(b"old")
    code = (
        "import os, sys; from pathlib import Path\n"
        "from designer.errors import ProjectError; from designer.project.atomic import write_atomic\n"
        "os.chdir(sys.argv[1]); os.chmod('.', 0o555)\n"
        "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try: write_atomic(Path('net.loom'), b'new')\n"
        "except ProjectError as error: print(error)\n"
    )
    parents = [tmp_path, *tmp_path.parents]
    modes = {folder: folder.stat().st_mode for folder in parents if folder.owner() == tmp_path.owner()}
    try:
        for folder in modes:
            folder.chmod(modes[folder] | 0o555)
        run = [sys.executable, "-c", code, str(tmp_path)]
        done = subprocess.run(run, capture_output=True, text=True, check=True)
    finally:
        for folder, mode in modes.items():
            folder.chmod(mode)
    assert "you may not write there" in done.stdout
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["net.loom"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take only Unicode names")
def test_a_name_that_is_no_unicode_text(tmp_path: Path) -> None:
    target = tmp_path / os.fsdecode(b"bad\xff.loom")
    write_atomic(target, b"one")
    assert names(tmp_path) == [target.name]


@posix
def test_a_pipe_is_not_copied(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ProjectError, match="not a file"):
        copy_atomic(tmp_path / "pipe", tmp_path / "copy")
    assert names(tmp_path) == ["pipe"]
