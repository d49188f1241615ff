"""Where settings, journals and caches lie on each system.

The environment variable LAYERLOOM_HOME puts all of them into one folder: a portable installation, or a test's own.
"""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import PlatformDirs

__all__ = ["config_folder", "journal_folder", "settings_file", "state_folder", "trusted_folder", "worker_folder"]

_DIRS = PlatformDirs("layerloom", appauthor=False)


def _folder(kind: str, standard: str) -> Path:
    home = os.environ.get("LAYERLOOM_HOME")
    return Path(home).expanduser() / kind if home else Path(standard)


def config_folder() -> Path:
    """What people choose: settings. Not created by asking."""
    return _folder("config", _DIRS.user_config_dir)


def state_folder() -> Path:
    """What must survive a crash: journals, worker status. Not created by asking."""
    return _folder("state", _DIRS.user_state_dir)


def settings_file() -> Path:
    """The settings of this person on this machine."""
    return config_folder() / "settings.json"


def journal_folder() -> Path:
    """One file for each document with unsaved edits."""
    return state_folder() / "journals"


def worker_folder() -> Path:
    """One folder for each worker process: its status and its log."""
    return state_folder() / "workers"


def trusted_folder() -> Path:
    """The texts of people's own Python files that may run, each under its hash."""
    return config_folder() / "trusted"
