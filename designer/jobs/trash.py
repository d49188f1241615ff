"""Deleting a run: its folder goes to ``.trash`` beside it, whence it can come back; after a month it is gone."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import time
from pathlib import Path

from designer.errors import JobError, ProjectError
from designer.jobs.folder import RunFolder

__all__ = ["TRASH", "bring_back", "throw_away"]

TRASH = ".trash"
_KEPT = 30 * 24 * 3600.0  # seconds


def throw_away(run: Path) -> Path:
    """Move a run to the trash; where it lies now. Raises JobError for one that goes on, and ProjectError."""
    folder = RunFolder(run)
    if not folder.events.is_file():
        raise JobError(f"There is no run in {run} to delete.")
    if folder.alive():
        raise JobError(f"The run {run.name} is still going on. Stop it first; then it can be deleted.")
    trash = run.parent / TRASH
    target = trash / f"{run.name}~{secrets.token_hex(3)}"
    try:
        trash.mkdir(exist_ok=True)
        _empty(trash)
        run.rename(target)
        os.utime(target)  # from now on its time in the trash is counted
    except OSError as error:
        raise ProjectError(f"The run {run.name} could not be deleted: {error.strerror}.") from error
    return target


def bring_back(thrown: Path) -> Path:
    """Move a run out of the trash to where it was; where it lies now. Raises ProjectError."""
    name = thrown.name.rpartition("~")[0] or thrown.name
    home = thrown.parent.parent
    target = home / name
    if target.exists():
        target = home / f"{name}-{secrets.token_hex(2)}"
    try:
        thrown.rename(target)
    except OSError as error:
        raise ProjectError(f"The run {name} could not be brought back: {error.strerror}.") from error
    with contextlib.suppress(OSError):
        thrown.parent.rmdir()  # when it was the last one
    return target


def _empty(trash: Path) -> None:
    """Give up what has lain there for long."""
    with contextlib.suppress(OSError):
        for entry in trash.iterdir():
            if time.time() - entry.stat().st_mtime > _KEPT:
                shutil.rmtree(entry, ignore_errors=True)
