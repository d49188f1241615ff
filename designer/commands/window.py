"""Whether Qt can be used here, and what to do when it cannot."""

from __future__ import annotations

import os
import sys

from designer.errors import LayerloomError, UsageError

__all__ = ["has_display", "qt_ready", "why_no_window"]

_DEBIAN = "apt-get install libegl1 libgl1 libxkbcommon0 libfontconfig1 libdbus-1-3"


def has_display() -> bool:
    """Whether a window could be shown: a display is there, or a platform was asked for."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def why_no_window(error: ImportError) -> LayerloomError:
    """The sentence for an import of Qt that failed. Any other import error is raised again."""
    name, text = error.name or "", str(error)
    if name.split(".")[0] in ("PySide6", "shiboken6", "pyqtgraph", "qtawesome"):
        return UsageError(
            "The window needs PySide6, which is not installed. Run `pip install PySide6-Essentials<6.12`."
        )
    if "cannot open shared object" in text:
        return UsageError(f"Qt needs a system library: {text.split(':')[0]}. On Debian or Ubuntu run `{_DEBIAN}`.")
    raise error


def qt_ready() -> None:
    """Make Qt usable for pictures: without a display it draws in memory. Raises UsageError where Qt is missing."""
    if not has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    try:
        import designer.ui.theme  # noqa: F401  Qt is imported in its own room
    except ImportError as error:
        raise why_no_window(error) from error
