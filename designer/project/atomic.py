"""Writing a file so that the old one is never lost.

The new bytes go to a temporary file in the same folder, are forced to the disk, and take the old file's name in one
step. A full disk, a kill or a power cut in between leaves the old file as it was, and at worst an orphan that
`sweep_orphans` removes later.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import psutil

from designer.errors import ProjectError

__all__ = ["copy_atomic", "replacing", "sweep_orphans", "write_atomic"]

_ORPHAN = re.compile(r"^\..*\.(\d{1,10})-[0-9a-f]{8}\.loomtmp$")


def write_atomic(path: Path, data: bytes) -> None:
    """Put ``data`` at ``path``, whole or not at all. A symbolic link stays one; permissions stay as they were.

    Raises ProjectError (disk full, no permission, no such folder); the old file is then unchanged.
    """
    with replacing(path) as file:
        file.write(data)


def copy_atomic(source: Path, path: Path) -> None:
    """Copy a file's bytes to ``path``, whole or not at all. Raises ProjectError as `write_atomic` does."""
    if source.exists() and not source.is_file():  # a pipe or a device would be waited for without end
        raise ProjectError(f"{source} is not a file, so it cannot be copied to {path}.")
    with replacing(path) as file:
        try:
            with source.open("rb") as original:
                shutil.copyfileobj(original, file, 1 << 20)
        except FileNotFoundError as error:
            raise ProjectError(f"{source} is not there any more, so it cannot be copied to {path}.") from error


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A binary file to write to that takes ``path``'s place when the block ends without an exception.

    Raises ProjectError when the system refuses. Any other exception passes through; the old file stays either way.
    """
    try:
        target = path.resolve()  # written through a link: the link stays, its target is replaced
    except (OSError, RuntimeError, ValueError) as error:
        raise ProjectError(f"{_shown(path)} is not a file name that can be written to.") from error
    # The name says whose it is, so that a sweep leaves a living process's file alone. Long names are cut: systems
    # allow 255 bytes for a name.
    stem = target.name.encode(errors="ignore")[:180].decode(errors="ignore")
    temporary = target.with_name(f".{stem}.{os.getpid()}-{secrets.token_hex(4)}.loomtmp")
    with _reported(path):
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileNotFoundError):
                shutil.copymode(target, temporary)
            os.replace(temporary, target)  # noqa: PTH105  (says what it does: one step, whatever was there)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        _sync_folder(target.parent)


def sweep_orphans(folder: Path) -> int:
    """Remove what killed writers left in ``folder``; returns how many files. A living process's files stay."""
    swept = 0
    with contextlib.suppress(OSError):
        for entry in folder.iterdir():
            match = _ORPHAN.match(entry.name)
            if match and not _alive(int(match[1])):
                with contextlib.suppress(OSError):
                    entry.unlink()
                    swept += 1
    return swept


def _alive(pid: int) -> bool:
    if pid == os.getpid():
        return True
    try:
        return psutil.pid_exists(pid)
    except OverflowError:
        return False


@contextlib.contextmanager
def _reported(path: Path) -> Iterator[None]:
    """Turn the system's refusals into sentences."""
    try:
        yield
    except OSError as error:
        reason = _REASONS.get(error.errno or 0) or error.strerror or type(error).__name__
        raise ProjectError(
            f"{_shown(path)} could not be written: {reason}. What was there before is unchanged."
        ) from error


_REASONS: dict[int, str] = {
    errno.ENOSPC: "the disk is full; free some space or choose another folder",
    getattr(errno, "EDQUOT", -1): "your disk quota is used up; free some space or choose another folder",
    errno.EFBIG: "the file is larger than this system allows",
    errno.EACCES: "you may not write there; choose another folder",
    errno.EPERM: "you may not write there; choose another folder",
    errno.EROFS: "that disk is read-only; choose another folder",
    errno.ENOENT: "the folder does not exist",
    errno.ENOTDIR: "a part of the path is not a folder",
    errno.EISDIR: "a folder has this name",
    errno.ENAMETOOLONG: "the name is too long",
}


def _shown(path: Path) -> str:
    return str(path).encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut. Windows does this by itself and cannot open folders."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):  # some network systems refuse; the file itself is already safe
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
