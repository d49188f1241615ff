"""What stands in the code as people wrote it: plain values as text, and classes of their own files."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from designer.errors import EditRefused

__all__ = ["Origin", "Written", "plain_literal"]


@dataclass(frozen=True)
class Written:
    """A value that stands in the code as its own text, which `plain_literal` has checked."""

    text: str


@dataclass(frozen=True)
class Origin:
    """The Python file that a class comes from: the name it is imported by, and the SHA-256 of its bytes."""

    module: str
    sha256: str


def plain_literal(text: str, label: str = "The value") -> str:
    """The text of a plain Python value in its canonical form. Raises EditRefused for anything else; runs nothing."""
    try:
        value = ast.literal_eval(text.strip()) if len(text) <= 1000 else ...
        told = repr(value)
        same = value is not ... and ast.literal_eval(told) == value
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        same = False
    if not same:
        raise EditRefused(f"{label} must be a plain Python value such as 8, 0.5, [1, 2], 'same' or None.")
    return told
