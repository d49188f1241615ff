from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
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
