from __future__ import annotations

import contextlib
import json
import os
import platform
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from designer.errors import FileInUse, ProjectError
from designer.project.lock import FileLock
from designer.project.owner import Owner, process_alive


def leftovers(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


def write_lock(path: Path, pid: int, created: float, host: str = "") -> None:
    owner = {"pid": pid, "created": created, "host": host or platform.node(), "user": "ada", "since": 1.7e9}
    FileLock(path).file.write_text(json.dumps({"token": "other", **owner}))


def test_take_and_give_back(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "net.loom")
    with lock:
        assert lock.held
        assert leftovers(tmp_path) == [".net.loom.lock"]
        lock.acquire()  # already held: nothing happens
    assert not lock.held
    assert leftovers(tmp_path) == []
    lock.release()


def test_a_second_window_is_told_who_has_it(tmp_path: Path, neighbour: subprocess.Popen[bytes]) -> None:
    path = tmp_path / "net.loom"
    write_lock(path, neighbour.pid, psutil.Process(neighbour.pid).create_time())
    second = FileLock(path)
    with pytest.raises(FileInUse, match=rf"net\.loom is open .* ada on this machine, process {neighbour.pid}"):
        second.acquire()
    holder = second.holder()
    assert holder is not None and holder.user == "ada"
    second.acquire(force=True)
    assert second.held
    second.release()
    assert leftovers(tmp_path) == []


def test_two_windows_of_one_process(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "net.loom"), FileLock(tmp_path / "net.loom")
    first.acquire()
    with pytest.raises(FileInUse, match="another window of this Layerloom"):
        second.acquire()
    second.release()  # it has nothing to give back
    assert first.file.exists()
    first.release()


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 4000, b'{"pid": -1}', b"null", b"\xff\xfe"])
def test_an_unreadable_lock_is_taken_over(tmp_path: Path, content: bytes) -> None:
    lock = FileLock(tmp_path / "net.loom")
    lock.file.write_bytes(content)
    with lock:
        assert lock.held
    assert leftovers(tmp_path) == []


def test_a_dead_process_loses_its_lock(tmp_path: Path, dead_pid: int) -> None:
    path = tmp_path / "net.loom"
    write_lock(path, dead_pid, 1.7e9)
    assert FileLock(path).holder() is None
    with FileLock(path) as lock:
        assert lock.held


def test_a_number_used_again_by_another_process(tmp_path: Path) -> None:
    path = tmp_path / "net.loom"
    write_lock(path, os.getpid(), psutil.Process().create_time() - 3600)
    with FileLock(path) as lock:
        assert lock.held


def test_another_machine_is_respected(tmp_path: Path, dead_pid: int) -> None:
    path = tmp_path / "net.loom"
    write_lock(path, dead_pid, 1.7e9, host="elsewhere")
    with pytest.raises(FileInUse, match="ada on elsewhere"):
        FileLock(path).acquire()


def test_a_forced_away_lock_is_not_removed_by_its_first_holder(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "net.loom"), FileLock(tmp_path / "net.loom")
    first.acquire()
    second.acquire(force=True)
    first.release()
    assert second.file.exists()
    second.release()


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="cannot be locked"):
        FileLock(tmp_path / "missing" / "net.loom").acquire()


def test_many_at_once_over_a_stale_lock_give_one_winner(tmp_path: Path, dead_pid: int) -> None:
    path = tmp_path / "net.loom"
    for _ in range(15):
        write_lock(path, dead_pid, 1.7e9)
        locks = [FileLock(path) for _ in range(4)]
        gate = threading.Barrier(4)

        def race(lock: FileLock, gate: threading.Barrier = gate) -> None:
            gate.wait()
            with contextlib.suppress(FileInUse):
                lock.acquire()

        threads = [threading.Thread(target=race, args=(lock,)) for lock in locks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        winners = [lock for lock in locks if lock.held]
        assert len(winners) == 1
        winners[0].release()
        assert leftovers(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no zombies")
def test_a_dead_child_that_nobody_collected_is_dead() -> None:
    child = subprocess.Popen(["true"])
    owner = Owner.of(child.pid)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not owner.alive()
    child.wait()
    assert not process_alive(child.pid, owner.created)
    assert Owner.of().is_me()


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_two_names_of_one_file_are_one_lock(tmp_path: Path) -> None:
    (tmp_path / "net.loom").write_text("{}")
    (tmp_path / "link.loom").symlink_to("net.loom")
    with FileLock(tmp_path / "link.loom"), pytest.raises(FileInUse):
        FileLock(tmp_path / "net.loom").acquire()
