"""Putting a finished export in its place: the old one stays until the new one is there. No torch."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil

from designer.errors import ExportError

__all__ = ["beside", "check_target", "replace_with", "write_text"]


@contextlib.contextmanager
def beside(target: Path, suffix: str = "") -> Iterator[Path]:
    """A free path in the same folder that ends in ``suffix``; whatever is there at the end is removed.

    What a killed process left of the same target goes as well.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}.part{suffix}")
    _remove(part)
    _sweep(target)
    try:
        yield part
    finally:
        _remove(part)


def replace_with(part: Path, target: Path) -> None:
    """Move a finished file or folder to ``target``, flushed to the disk first.

    An old folder is replaced only if it is an export too (it has a model.py) or empty. Raises ExportError.
    """
    for path in [part, *part.rglob("*")] if part.is_dir() else [part]:
        if path.is_file():
            _flush(path)
    if not part.is_dir():
        if target.is_dir():
            raise ExportError(f"{target} is a folder. Choose a file name for the export.")
        part.replace(target)
    elif target.exists():
        _swap(part, target)
    else:
        part.rename(target)
    if os.name == "posix":
        _flush(target.parent)


def check_target(target: Path, folder: bool, source: Path | None = None) -> None:
    """Refuse before the work what ``replace_with`` would refuse after it, and what nobody can want: to write over a
    project, or over the weights that are exported, ``source``.
    """
    try:
        target.exists()
    except OSError as error:
        raise ExportError(f"The export cannot be saved as {target}: {error.strerror}. Choose another name.") from error
    if target.suffix == ".loom":
        raise ExportError(f"{target} is the name of a project. Choose another name, so that no project is lost.")
    if source is not None and target.exists() and source.exists() and target.samefile(source):
        raise ExportError(f"{target} holds the weights that are to be exported. Choose another name.")
    if not target.parent.is_dir():
        raise ExportError(f"The folder {target.parent} does not exist. Make it, or choose another place.")
    if not os.access(target.parent, os.W_OK):
        raise ExportError(f"The folder {target.parent} cannot be written to. Choose another place.")
    if not folder and target.is_dir():
        raise ExportError(f"{target} is a folder. Choose a file name for the export.")
    if folder and target.exists() and not _ours(target):
        raise ExportError(f"{target} exists and is not an earlier export. Choose another name or an empty folder.")


def write_text(path: Path, text: str) -> None:
    """A small text file, whole or not at all."""
    with beside(path) as part:
        part.write_text(text, encoding="utf-8")
        replace_with(part, path)


def _ours(folder: Path) -> bool:
    if not folder.is_dir() or folder.is_symlink():
        return False
    names = {entry.name for entry in folder.iterdir()} - {"__pycache__"}
    return not names or {"model.py", "predict.py", "weights.safetensors"} <= names


def _swap(part: Path, target: Path) -> None:
    if not _ours(target):
        raise ExportError(f"{target} exists and is not an earlier export. Choose another name or an empty folder.")
    old = target.with_name(f".{target.name}.{os.getpid()}.old")
    target.rename(old)
    try:
        part.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(target: Path) -> None:
    ours = re.compile(rf"^\.{re.escape(target.name)}\.(\d{{1,9}})\.part(\.\w+)?$")
    with contextlib.suppress(OSError):
        for entry in target.parent.iterdir():
            match = ours.match(entry.name)
            if match and not psutil.pid_exists(int(match[1])):
                _remove(entry)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
