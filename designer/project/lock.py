"""Who has a project open for editing: a small file beside it, named after it.

Works alike on Linux, macOS, Windows and network folders, where the systems' own locks differ. A lock whose process
died is taken over; one of another machine cannot be checked and is respected until someone forces it.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from designer.errors import FileInUse, ProjectError
from designer.project.owner import Owner
from designer.project.paths import state_folder

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

__all__ = ["FileLock"]

_MAX_BYTES = 4096


class FileLock:
    """The right to write one project file. Not shared: a second lock in the same process is refused too."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            target = path.resolve()  # two names of one file are one lock
        except (OSError, RuntimeError, ValueError):
            target = path
        self.file = target.with_name(f".{target.name}.lock")
        self._token = ""

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return bool(self._token)

    def holder(self) -> Owner | None:
        """Who holds the lock now; None when it is free, stale or unreadable."""
        owner = self._read()[1]
        return owner if owner is not None and owner.alive() else None

    def acquire(self, force: bool = False) -> None:
        """Take the lock. ``force`` takes it from whoever has it: only after a person has said so.

        Raises FileInUse that names the holder, and ProjectError when the folder cannot be written to.
        """
        if self.held:
            return
        token = secrets.token_hex(16)
        content = json.dumps({"token": token, **Owner.of().to_json()}).encode()
        try:
            with _one_at_a_time():
                if not self._create(content):
                    owner = self._read()[1]
                    if owner is not None and owner.alive() and not force:
                        raise FileInUse(_sentence(self.path, owner))
                    self.file.unlink(missing_ok=True)
                    if not self._create(content):  # a window on another machine was quicker
                        raise FileInUse(f"{self.path.name} was opened in another window this moment. Try again.")
        except OSError as error:
            reason = error.strerror or "the system refused"
            raise ProjectError(
                f"{self.path.name} cannot be locked for editing: {reason}. Save it to a folder where you may write."
            ) from error
        self._token = token

    def release(self) -> None:
        """Give the lock back. Harmless when it is not held or somebody forced it away."""
        if self.held:
            content = self._read()[0]
            if self._token.encode() in content:
                with contextlib.suppress(OSError):
                    self.file.unlink()
            self._token = ""

    def __enter__(self) -> FileLock:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _create(self, content: bytes) -> bool:
        """Make the lock file with its content in one step; False when there is one already."""
        draft = self.file.with_name(f"{self.file.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        try:
            os.write(descriptor, content)
        finally:
            os.close(descriptor)
        try:
            os.link(draft, self.file)  # unlike a rename, a link never replaces what is there
        except FileExistsError:
            return False
        except OSError:  # FAT and some network folders have no links: a moment with an empty lock is the price
            return self._create_plainly(content)
        finally:
            draft.unlink()
        return True

    def _create_plainly(self, content: bytes) -> bool:
        try:
            with self.file.open("xb") as file:
                file.write(content)
        except FileExistsError:
            return False
        return True

    def _read(self) -> tuple[bytes, Owner | None]:
        """The lock's bytes and its owner; an unreadable lock has none."""
        try:
            with self.file.open("rb") as file:
                content = file.read(_MAX_BYTES)
        except OSError:
            return b"", None
        try:
            return content, Owner.from_json(json.loads(content))
        except (ValueError, RecursionError):
            return content, None


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Let one window of this person at a time judge and replace a stale lock; without it two could both win.

    The system's lock ends with the process, so this guard itself never goes stale.
    """
    guard = state_folder() / "locks.guard"
    try:
        guard.parent.mkdir(parents=True, exist_ok=True)
        file = guard.open("ab")
    except OSError:  # no place for a guard: a race of two windows within a millisecond is what remains
        yield
        return
    with file:
        if sys.platform == "win32":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            if sys.platform == "win32":
                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)


def _sentence(path: Path, owner: Owner) -> str:
    if owner.is_me():
        return f"{path.name} is already open in another window of this Layerloom. It can be opened read-only."
    since = time.strftime("%d %B %H:%M", time.localtime(owner.since)) if 0 < owner.since < 1 << 33 else "some time ago"
    where = "on this machine" if owner.here() else f"on {owner.host}"
    return (
        f"{path.name} is open in another Layerloom: {owner.user} {where}, process {owner.pid}, since {since}. "
        "It can be opened read-only, or close it there first."
    )
