"""Starts the application: platform, theme, window. Nothing here imports torch, and nothing that the first paint can do
without."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from designer.errors import LayerloomError, UsageError

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from designer.ui.window import MainWindow

__all__ = ["SYSTEM_LIBRARIES", "check_display", "create", "log_file", "run", "why_no_qt"]

# What Qt needs of a bare Debian or Ubuntu; the last one only for a window on a screen.
SYSTEM_LIBRARIES = (
    "libegl1",
    "libgl1",
    "libxkbcommon0",
    "libfontconfig1",
    "libdbus-1-3",
    "libglib2.0-0",
    "libxcb-cursor0",
)

_log = logging.getLogger("designer")


def run(file: Path | None = None) -> int:
    """Open the window, on ``file`` if there is one, and stay until it is closed; the exit code.

    Raises UsageError where there is no display, or Qt's own libraries are missing.
    """
    app, window = create(file)
    window.show()
    return app.exec()


def create(file: Path | None = None, *, start_worker: bool = True) -> tuple[QApplication, MainWindow]:
    """The application, dressed, and its window, not shown yet. Raises UsageError as `run` does."""
    check_display()
    try:
        from PySide6.QtWidgets import QApplication
    except ImportError as error:
        raise why_no_qt(error) from error
    from designer.project.settings import load_settings
    from designer.ui import theme

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
        app.setApplicationName("layerloom")
        app.setApplicationDisplayName("Layerloom")
        app.setDesktopFileName("layerloom")
    _log_to_file()
    theme.apply(app, load_settings().settings.theme)
    from designer.ui.window import MainWindow

    window = MainWindow(file, start_worker=start_worker)
    _Hook(window).install()
    return app, window


def check_display() -> None:
    """Raise UsageError where a window could not be seen and nobody asked for another platform."""
    if not sys.platform.startswith("linux"):
        return
    if any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")):
        return
    raise UsageError(
        "There is no display to open a window on: run `layerloom demo` to see everything work without one, or use "
        "the headless commands check, summary, code, train, evaluate, export and draw (`layerloom --help`)."
    )


def why_no_qt(error: ImportError) -> UsageError:
    """The sentence for Qt, or what the window needs beside it, that cannot be loaded."""
    missing = str(error.name or "").split(".")[0]
    if "cannot open shared object" in str(error):
        library = str(error).split(":")[0]
        return UsageError(
            f"Qt could not be loaded, because the system's library {library} is missing: on Debian and Ubuntu run "
            f"`apt-get install {' '.join(SYSTEM_LIBRARIES)}`."
        )
    if missing in ("PySide6", "shiboken6", "pyqtgraph", "qtawesome"):
        package = "PySide6-Essentials<6.12" if missing in ("PySide6", "shiboken6") else missing
        return UsageError(
            f"The window needs {missing}, which is not installed: run `pip install '{package}'`; all commands but "
            "draw and demo work without it."
        )
    raise error


def log_file() -> Path:
    """Where unexpected errors are written down."""
    from designer.project.paths import state_folder

    return state_folder() / "layerloom.log"


def _log_to_file() -> None:
    if any(isinstance(handler, logging.FileHandler) for handler in _log.handlers):
        return
    file = log_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() and file.stat().st_size > 1 << 20:
            file.replace(file.with_suffix(".old.log"))
        handler = logging.FileHandler(file, encoding="utf-8", delay=True)
    except OSError:
        return  # a read-only home: the window works without a log
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.setLevel(logging.WARNING)
    _log.addHandler(handler)


class _Hook:
    """Takes exceptions that nobody caught: a calm message with details, the log, and work goes on."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._before = sys.excepthook
        self._telling = False

    def install(self) -> None:
        """Until the window is closed."""
        sys.excepthook = self._caught
        self._window.closed.connect(self._remove)

    def _remove(self) -> None:
        if sys.excepthook == self._caught:
            sys.excepthook = self._before

    def _caught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._window.close()
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        _log.error("Unexpected error\n%s", text)
        if self._telling:  # an error while telling of one must not go round for ever
            self._before(kind, error, trace)
            return
        self._telling = True
        try:
            if isinstance(error, LayerloomError):
                self._window.toasts.show("error", error.message)
            else:
                self._window.tell_fault(error, text)
        finally:
            self._telling = False
