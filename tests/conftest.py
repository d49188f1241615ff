"""What all tests share."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings


def _bring_system_libraries() -> None:
    """On a bare Debian, root's test line brings what Qt needs, as `layerloom demo` does; before Qt is first loaded."""
    if not sys.platform.startswith("linux"):
        return
    try:
        for name in ("libEGL.so.1", "libGL.so.1", "libxkbcommon.so.0", "libfontconfig.so.1"):
            ctypes.CDLL(name)
    except OSError:
        from designer.commands.window import install_system_libraries

        install_system_libraries(print)


_bring_system_libraries()

# As in the worker: OpenMP's waiting threads burn the processor that others need. Read once, when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# The nightly profile looks long and elsewhere each time; the default one keeps the test line short, tries the same
# examples each time, and never fails for being slow.
settings.register_profile(
    "default", max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("nightly", max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--overwrite", action="store_true", help="write the golden files anew")
    parser.addoption("--network", action="store_true", help="run the tests that fetch something, too")
    parser.addoption("--slow", action="store_true", help="run the tests that take long, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    graphics = [item for item in items if item.get_closest_marker("gpu")]
    if graphics:
        import torch  # they have loaded it already

        if not torch.cuda.is_available():
            for item in graphics:
                item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))
    for name, why in (("network", "fetches something"), ("slow", "takes long")):
        if config.getoption(f"--{name}"):
            continue
        skip = pytest.mark.skip(reason=f"{why}; run with --{name}")
        for item in items:
            if item.get_closest_marker(name):
                item.add_marker(skip)


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, journals and runs of a test lie in a folder of its own, never in the user's."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("LAYERLOOM_HOME", str(folder))
    return folder
