"""Unsaved edits, written down as they happen and offered back after a crash.

One file a document: a first line with the network as it was last saved (so that the edits have something to apply
to, whatever became of the project file), then one edit a line. Saving starts a new journal; closing removes it.
A journal whose process is dead was left by a crash.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from designer.errors import FileDamaged, ProjectError
from designer.project.owner import Owner
from designer.project.paths import journal_folder
from designer.project.strict_json import MAX_BYTES, parse_json, read_bounded

__all__ = ["Journal", "Recoverable", "list_recoverable"]

_VERSION = 1
_NAME = re.compile(r"^[0-9a-f]{16}\.jsonl$")


class Journal:
    """The unsaved edits of one open document. Nothing is written before the first edit."""

    def __init__(
        self,
        path: Path | None,
        network: Mapping[str, Any],
        *,
        title: str = "",
        folder: Path | None = None,
        document: str | None = None,
    ) -> None:
        """For the project at ``path``, or an untitled one (None), whose saved state is ``network`` (as JSON data).

        ``document`` is the id that names the journal's file; a new one is made up where it is None.
        """
        self.document = document if document is not None else secrets.token_hex(8)
        if not _NAME.match(f"{self.document}.jsonl"):
            raise ValueError("a document id is 16 hexadecimal digits")
        self.file = (folder if folder is not None else journal_folder()) / f"{self.document}.jsonl"
        self._path = path
        self._title = title
        self._network = network
        self._descriptor: int | None = None
        self._size = 0

    def append(self, edit: Mapping[str, Any]) -> None:
        """Keep one edit (also an undo, as the edit that it amounts to). Under 0.1 ms.

        The line is handed to the system at once, so it survives the process; it is not forced to the disk, which
        would block the window. Raises ProjectError when it could not be kept; the edits before it stay readable.
        """
        try:
            if self._descriptor is None:
                self._begin()
            self._write(edit)
        except OSError as error:
            reason = error.strerror or "the system refused"
            raise ProjectError(
                f"Unsaved edits cannot be kept for recovery: {reason}. Save the project soon."
            ) from error

    def clear(self, path: Path | None, network: Mapping[str, Any], *, title: str = "") -> None:
        """The document was saved to ``path`` as ``network``: forget the edits before."""
        self.close()
        self._path, self._network, self._title = path, network, title

    def close(self) -> None:
        """The document was closed: nothing is to be recovered."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            with contextlib.suppress(OSError):
                self.file.unlink()

    def _begin(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
        self._descriptor = os.open(self.file, flags, 0o600)
        self._size = 0
        try:
            self._write(
                {
                    "journal": _VERSION,
                    "owner": Owner.of().to_json(),
                    "path": None if self._path is None else str(self._path.absolute()),
                    "title": self._title,
                    "network": dict(self._network),
                }
            )
        except OSError:
            self.close()
            raise

    def _write(self, record: Mapping[str, Any]) -> None:
        assert self._descriptor is not None
        line = json.dumps(record, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode() + b"\n"
        try:
            if os.write(self._descriptor, line) != len(line):
                raise OSError(28, "the disk is full")
        except OSError:
            with contextlib.suppress(OSError):  # half a line would hide every later edit from the reader
                os.truncate(self._descriptor, self._size)
                os.lseek(self._descriptor, self._size, os.SEEK_SET)
            raise
        self._size += len(line)


@dataclass(frozen=True)
class Recoverable:
    """What a crash left behind of one document."""

    file: Path
    path: Path | None  # of the project; None: it was never saved
    title: str
    network: dict[str, Any]  # the last saved state
    edits: tuple[dict[str, Any], ...]  # to be applied to it, in order
    when: float  # of the last edit, in seconds since 1970
    torn: bool  # the crash cut the last edit short; it is not among `edits`

    def discard(self) -> None:
        """Forget it: it was recovered, or nobody wants it."""
        with contextlib.suppress(OSError):
            self.file.unlink()


def list_recoverable(folder: Path | None = None) -> list[Recoverable]:
    """The journals of dead processes, the latest first. Never raises: what is unreadable is left out."""
    found = []
    with contextlib.suppress(OSError):
        for file in (folder if folder is not None else journal_folder()).iterdir():
            if _NAME.match(file.name):
                with contextlib.suppress(ProjectError, OSError):
                    found.append(_read(file))
    return sorted((item for item in found if item is not None and item.edits), key=lambda item: -item.when)


def _read(file: Path) -> Recoverable | None:
    """None for a living process's journal. Raises FileDamaged where the first line cannot be read."""
    lines = read_bounded(file, MAX_BYTES).split(b"\n")
    head = parse_json(lines[0], file.name)
    if not isinstance(head, dict) or head.get("journal") != _VERSION:
        raise FileDamaged(f"{file.name} is not a journal of this version.")
    owner, path, title, network = (head.get(key) for key in ("owner", "path", "title", "network"))
    holder = Owner.from_json(owner)
    if (
        holder is None
        or not isinstance(network, dict)
        or not isinstance(path, str | None)
        or not isinstance(title, str)
    ):
        raise FileDamaged(f"{file.name} is not a journal of this version.")
    if holder.alive():
        return None
    edits: list[dict[str, Any]] = []
    for line in lines[1:-1]:
        try:
            edit = parse_json(line, file.name)
        except FileDamaged:
            edit = None
        if not isinstance(edit, dict):  # later edits build on this one, so none of them can be trusted
            break
        edits.append(edit)
    torn = len(edits) < len(lines) - 2 or lines[-1] != b""
    return Recoverable(file, Path(path) if path else None, title, network, tuple(edits), file.stat().st_mtime, torn)
