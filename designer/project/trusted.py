"""The texts of people's own Python files that this person trusts on this machine, each kept under its hash.

To trust is to keep the very text: what runs later is read from here and must still have that hash. So a file that
changes, or a project that names another text, starts untrusted; nothing that anybody writes into a project can trust.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from designer.blocks.userclass import UserClass
from designer.blocks.userfile import LONGEST, read_classes, sha256_of
from designer.errors import FileDamaged, ProjectError
from designer.project.atomic import write_atomic
from designer.project.paths import trusted_folder
from designer.project.strict_json import read_bounded

__all__ = ["declared_truly", "is_trusted", "read_code", "text_of", "trust"]

_SHA = re.compile(r"[0-9a-f]{64}")


def read_code(path: Path) -> bytes:
    """A Python file's bytes. Raises FileDamaged where there is no such file, or too large a one."""
    return read_bounded(path, LONGEST)


def trust(text: bytes) -> str:
    """Keep a text as trusted; its hash. Only after a person has looked at it. Raises ProjectError."""
    sha = sha256_of(text)
    folder = trusted_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProjectError(f"What you trust cannot be kept in {folder}: {error.strerror}.") from error
    write_atomic(folder / f"{sha}.py", text)
    return sha


def text_of(sha256: str) -> bytes | None:
    """The trusted text of this hash; None where nobody trusted it, or what was kept is no longer that text."""
    if not _SHA.fullmatch(sha256):
        return None
    with contextlib.suppress(FileDamaged):
        text = read_bounded(trusted_folder() / f"{sha256}.py", LONGEST)
        return text if sha256_of(text) == sha256 else None
    return None


def is_trusted(sha256: str) -> bool:
    """Whether the text of this hash may run."""
    return text_of(sha256) is not None


def declared_truly(cls: UserClass, text: bytes) -> bool:
    """Whether a class looks as it was declared: a project may say anything about a text."""
    try:
        return cls in read_classes(text, cls.file)
    except FileDamaged:
        return False
