"""Whether Qt can be used here, and what to do when it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable

from designer.ui.app import SYSTEM_LIBRARIES, why_no_qt

__all__ = ["has_display", "install_system_libraries", "qt_ready"]


def has_display() -> bool:
    """Whether a window could be seen: there is a display, and no platform that draws in memory was asked for."""
    if os.environ.get("QT_QPA_PLATFORM", "").split(":")[0] in ("offscreen", "minimal"):
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def install_system_libraries(say: Callable[[str], None]) -> None:
    """On a bare Debian, root's `layerloom demo` brings the system libraries that Qt needs itself.

    Does nothing where Qt loads, or where this is not root on a system with apt-get.
    """
    if not sys.platform.startswith("linux") or _qt_loads():
        return
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return
    say(f"Qt's system libraries are missing. Installing them: apt-get install {' '.join(SYSTEM_LIBRARIES)}")
    quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    for command in ("update", "install"):
        arguments = [
            apt,
            "-qq",
            command,
            *(["-y", "--no-install-recommends", *SYSTEM_LIBRARIES] if command == "install" else []),
        ]
        if subprocess.run(arguments, check=False, **quiet).returncode:  # type: ignore[call-overload]
            return  # qt_ready says what is missing and how to get it


def _qt_loads() -> bool:
    """Whether Qt's libraries can be loaded, asked in a process of its own: a failed load is remembered."""
    probe = [sys.executable, "-c", "import PySide6.QtWidgets"]
    return subprocess.run(probe, check=False, stderr=subprocess.DEVNULL).returncode == 0


def qt_ready() -> None:
    """Make Qt usable for pictures: without a display it draws in memory. Raises UsageError where Qt is missing."""
    if not has_display():
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        import designer.ui.theme  # noqa: F401  Qt is imported in its own room
    except ImportError as error:
        raise why_no_qt(error) from error
