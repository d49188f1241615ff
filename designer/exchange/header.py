"""What a file is before anything of it is believed: a plain file, and the table of a safetensors file. No torch."""

from __future__ import annotations

import json
import math
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from designer.errors import FileDamaged
from designer.exchange.mapping.weight import Weight

__all__ = ["MOST_WEIGHTS", "check_names", "plain_file", "read_header", "starts_with", "too_large"]

MOST_WEIGHTS = 100_000
_LONGEST_NAME = 500
_MOST_HEADER = 32 << 20  # the largest models that exist need about 2 MiB
_BYTES = {
    "F64": (8, "float64"), "F32": (4, "float32"), "F16": (2, "float16"), "BF16": (2, "bfloat16"),
    "I64": (8, "int64"), "I32": (4, "int32"), "I16": (2, "int16"), "I8": (1, "int8"), "U8": (1, "uint8"),
    "U16": (2, "uint16"), "U32": (4, "uint32"), "U64": (8, "uint64"), "BOOL": (1, "bool"),
    "F8_E4M3": (1, "float8_e4m3fn"), "F8_E5M2": (1, "float8_e5m2"), "C64": (8, "complex64"),
}  # fmt: skip


def plain_file(path: Path) -> int:
    """The size of a file with bytes in it; a pipe or device, which may never end, is refused. Raises FileDamaged."""
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no file can have this name"
        raise FileDamaged(f"The weights {path} cannot be opened: {reason}. Choose another file.") from error
    if not stat.S_ISREG(found.st_mode):
        what = "a folder" if stat.S_ISDIR(found.st_mode) else "no plain file (a pipe or a device)"
        raise FileDamaged(f"The weights {path} cannot be opened: it is {what}. Choose a file.")
    return found.st_size


def too_large(path: Path) -> FileDamaged:
    """The error of a file whose numbers do not fit into memory."""
    size = plain_file(path) / (1 << 30)
    return FileDamaged(f"The weights {path} take {size:,.1f} GiB, more memory than is free. Choose a smaller file.")


def starts_with(path: Path, count: int) -> bytes:
    """The first bytes of a plain file. Raises FileDamaged."""
    plain_file(path)
    try:
        with path.open("rb") as file:
            return file.read(count)
    except OSError as error:
        raise FileDamaged(f"The weights {path} cannot be opened: {error.strerror}. Choose another file.") from error


def check_names(names: Iterable[str], path: Path) -> None:
    """Names that can be shown and written down. Raises FileDamaged."""
    for number, name in enumerate(names):
        if number >= MOST_WEIGHTS:
            raise FileDamaged(f"The file {path} holds more than {MOST_WEIGHTS:,} weights; no network has so many.")
        if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
            raise FileDamaged(
                f"The file {path} names a weight {name[:40]!r}: expected up to {_LONGEST_NAME} readable letters. "
                "It is damaged."
            )


def read_header(path: Path) -> tuple[Weight, ...]:
    """The weights of a safetensors file, none of their numbers. Raises FileDamaged for any lie in its table."""
    size = plain_file(path)
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > size - 8:
            raise _damaged(path, "its table of contents is longer than the file")
        if length > _MOST_HEADER:
            raise _damaged(path, f"its table of contents takes {length:,} bytes")
        text = file.read(length)
    try:
        table = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError, MemoryError) as error:
        raise _damaged(path, "its table of contents cannot be read") from error
    if not isinstance(table, dict):
        raise _damaged(path, "its table of contents has no names")
    table.pop("__metadata__", None)
    check_names(table, path)
    found, places = [], []
    for name, entry in table.items():
        weight, place = _entry(name, entry, path)
        found.append(weight)
        places.append(place)
    _check_places(places, size - 8 - length, path)
    return tuple(found)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name twice")
    return made


def _entry(name: str, entry: Any, path: Path) -> tuple[Weight, tuple[int, int]]:
    """A weight and where its numbers lie, if the two agree."""
    if not isinstance(entry, dict):
        raise _damaged(path, f"nothing is said of the weight {name}")
    kind, shape, place = entry.get("dtype"), _whole(entry.get("shape")), _whole(entry.get("data_offsets"))
    if not isinstance(kind, str) or kind not in _BYTES:
        raise _damaged(path, f"the weight {name} has numbers of the unknown kind {str(kind)[:20]!r}")
    if shape is None or place is None or len(place) != 2 or len(shape) > 64:
        raise _damaged(path, f"the shape or place of the weight {name} is no list of whole numbers")
    width, dtype = _BYTES[kind]
    if math.prod(shape) * width != place[1] - place[0]:
        raise _damaged(path, f"the weight {name} claims more or fewer numbers than it has")
    return Weight(name, tuple(shape), dtype), (place[0], place[1])


def _whole(value: Any) -> list[int] | None:
    """The value, if it is a list of whole numbers."""
    fine = isinstance(value, list) and all(type(n) is int and 0 <= n < 1 << 48 for n in value)
    return value if fine else None


def _check_places(places: list[tuple[int, int]], room: int, path: Path) -> None:
    """The numbers fill the file to its end, each byte once."""
    at = 0
    for first, last in sorted(places):
        if first != at:
            raise _damaged(path, "the numbers of its weights overlap or leave gaps")
        at = last
    if at != room:
        raise _damaged(path, f"expected {at:,} bytes of numbers, got {room:,}")


def _damaged(path: Path, what: str) -> FileDamaged:
    return FileDamaged(f"The weights {path} cannot be read: {what}. The file is damaged or cut off; fetch it again.")
