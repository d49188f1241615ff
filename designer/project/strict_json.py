"""JSON text from strangers: bounded before it is parsed, and nothing that a careful writer would not write.

Python's own reader takes NaN, repeated keys, integers of any length and lone surrogates; each has bitten someone.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any, NoReturn

from designer.errors import FileDamaged

__all__ = ["MAX_BYTES", "dump_json", "parse_json", "read_bounded", "read_json"]

MAX_BYTES = 64 << 20
MAX_DEPTH = 40
_MAX_VALUES = 2_000_000  # 64 MB of "[[],[],..." would take over a gigabyte once parsed
_MAX_DIGITS = 15  # beyond 2**53 a number changes when it passes through a JavaScript or float reader


def read_json(path: Path, limit: int = MAX_BYTES) -> Any:
    """The JSON value in a file. Raises FileDamaged, also when the file cannot be read."""
    return parse_json(read_bounded(path, limit), path.name)


def read_bounded(path: Path, limit: int = MAX_BYTES) -> bytes:
    """A regular file's bytes, at most ``limit``. Raises FileDamaged; nothing large is read before it is refused."""
    try:
        if not path.is_file():  # a pipe or a device would block for ever
            what = "is a folder" if path.is_dir() else "does not exist"
            raise FileDamaged(f"{path} {what}, so there is no file to read.")
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not valid"
        raise FileDamaged(f"{path} could not be read: {reason}.") from error
    if len(data) > limit:
        raise FileDamaged(
            f"{path.name} is larger than {limit >> 20} MB, far more than such a file needs; it was not read."
        )
    return data


def parse_json(data: bytes, name: str) -> Any:
    """The value that UTF-8 JSON text stands for; ``name`` is what messages call it.

    Raises FileDamaged for text that is not JSON, and for repeated keys, NaN, infinities, integers of more than 15
    digits, more than 40 levels of nesting and strings that are not Unicode text.
    """
    if sum(map(data.count, (b",", b"[", b"{"))) > _MAX_VALUES:
        raise FileDamaged(
            f"{name} holds over {_MAX_VALUES:,} values, far more than such a file needs; it was not read."
        )
    try:
        value = json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_float,
            parse_int=_int,
        )
        _check(value)
    except UnicodeError as error:
        raise FileDamaged(f"{name} is not UTF-8 text; it is damaged or not a Layerloom file.") from error
    except json.JSONDecodeError as error:
        raise FileDamaged(
            f"{name} is damaged or cut short: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from error
    except RecursionError as error:
        raise FileDamaged(f"{name} is nested more than {MAX_DEPTH} levels deep; it is damaged.") from error
    except _Refused as error:
        raise FileDamaged(f"{name} {error}; it is damaged.") from error
    return value


def dump_json(value: Any) -> bytes:
    """Canonical text: keys in the order given, 2 spaces a level, a list of plain values on one line (so that a wire is
    a line in a diff), a newline at the end. Raises ValueError for NaN and infinities.
    """
    return (_text(value, "\n") + "\n").encode()


def _text(value: Any, newline: str) -> str:
    inner = newline + "  "
    if isinstance(value, dict) and value:
        items = (f"{_plain(str(key))}: {_text(item, inner)}" for key, item in value.items())
        return "{" + inner + ("," + inner).join(items) + newline + "}"
    if isinstance(value, list | tuple) and any(isinstance(item, dict | list | tuple) for item in value):
        return "[" + inner + ("," + inner).join(_text(item, inner) for item in value) + newline + "]"
    return _plain(value)


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


class _Refused(Exception):
    """Valid JSON that no careful writer writes; completes the sentence "FILE ..."."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise _Refused(f'has the key "{twice[:60]}" twice in one place')
    return found


def _constant(text: str) -> NoReturn:
    raise _Refused(f"contains {text}, which is not a number")


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _Refused(f"contains the number {text[:40]}, which is too large")
    return number


def _int(text: str) -> int:
    if len(text.lstrip("-")) > _MAX_DIGITS:
        raise _Refused(f"contains the number {text[:40]}, which is too large")
    return int(text)


def _check(value: Any) -> None:
    """Refuse deep nesting and text that cannot be written back. Level by level: no recursion to exhaust."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        inner: list[Any] = []
        for item in level:
            if isinstance(item, str):
                item.encode()  # a lone surrogate raises UnicodeEncodeError
            elif isinstance(item, dict):
                for key in item:
                    key.encode()
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        if not inner:
            return
        level = inner
    raise _Refused(f"is nested more than {MAX_DEPTH} levels deep")
