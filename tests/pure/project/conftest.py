from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, journals and caches of a test lie in its own folder."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("LAYERLOOM_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def dead_pid() -> int:
    """The number of a process that ran and ended."""
    process = subprocess.Popen(["true"] if sys.platform != "win32" else ["cmd", "/c", "exit"])
    process.wait()
    return process.pid


@pytest.fixture
def neighbour() -> Iterator[subprocess.Popen[bytes]]:
    """Another living process."""
    process = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.communicate(b"\n")


@pytest.fixture
def disk_of() -> Callable[[int], AbstractContextManager[None]]:
    """A block in which no file of this process may grow beyond so many bytes: the kernel refuses in mid-write."""
    resource = pytest.importorskip("resource")

    @contextlib.contextmanager
    def limited(size: int) -> Iterator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limited
