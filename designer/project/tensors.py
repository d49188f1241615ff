"""Tensors in a safetensors file, read and written without torch: the window moves weights as bytes.

The file: eight bytes with the length of a JSON header, the header (name to type, sizes and place), the numbers.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from designer.errors import FileDamaged
from designer.project.atomic import replacing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["WIDTHS", "Header", "TensorFile", "Weight", "read_header", "write_tensors"]

WIDTHS = {"BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2,
          "I32": 4, "U32": 4, "F32": 4, "I64": 8, "U64": 8, "F64": 8}  # fmt: skip
_LONGEST = 100 << 20  # bytes of a header, as the format's own library has it
_MOST = 1_000_000


@dataclass(frozen=True)
class Entry:
    """One tensor of a file: the type of its numbers, its sizes, and where its bytes lie."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True)
class Header:
    """What a file holds, by name, and the text that was kept with it."""

    entries: Mapping[str, Entry]
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class Weight:
    """A tensor: the type of its numbers as the format calls it, and their bytes laid out in its sizes.

    ``numbers`` has a numpy type as wide as the numbers are; real ones where numpy knows them.
    """

    dtype: str
    numbers: NDArray[Any]

    @property
    def shape(self) -> tuple[int, ...]:
        """Its sizes."""
        return tuple(self.numbers.shape)


def read_header(path: Path) -> Header:
    """The names and sizes in a file; its numbers are not read. Raises FileDamaged with a sentence."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise FileDamaged(f"{path} is not a file of weights.")
        with path.open("rb") as file:
            head = file.read(8)
            length = struct.unpack("<Q", head)[0] if len(head) == 8 else 0
            if not 2 <= length <= min(_LONGEST, size - 8):
                raise FileDamaged(f"The weights {path} cannot be read: the file is damaged or cut off.")
            data = json.loads(file.read(length))
    except OSError as error:
        raise FileDamaged(f"The weights {path} cannot be opened: {error.strerror}. Choose another file.") from error
    except (ValueError, RecursionError) as error:
        raise FileDamaged(f"The weights {path} cannot be read: their header is damaged.") from error
    return _checked(data, 8 + length, size, path)


def _checked(data: object, begin: int, size: int, path: Path) -> Header:
    if not isinstance(data, dict) or len(data) > _MOST:
        raise FileDamaged(f"The weights {path} cannot be read: their header is no list of tensors.")
    metadata = data.pop("__metadata__", None) or {}
    entries = {}
    for name, item in data.items():
        entry = _entry(item, begin)
        if entry is None or entry.end > size:
            raise FileDamaged(f"The weights {path} cannot be read: the tensor {name[:80]!r} is damaged or cut off.")
        entries[name] = entry
    places = sorted((entry.start, entry.end) for entry in entries.values() if entry.end > entry.start)
    if any(after[0] < before[1] for before, after in pairwise(places)):
        raise FileDamaged(f"The weights {path} cannot be read: tensors lie on top of each other.")
    texts = {str(k): str(v) for k, v in metadata.items()} if isinstance(metadata, dict) else {}
    return Header(entries, texts)


def _entry(item: object, begin: int) -> Entry | None:
    if not isinstance(item, dict):
        return None
    dtype, shape, place = item.get("dtype"), item.get("shape"), item.get("data_offsets")
    if not isinstance(dtype, str) or dtype not in WIDTHS or not isinstance(shape, list) or len(shape) > 12:
        return None
    if not isinstance(place, list) or len(place) != 2 or not all(_whole(n) for n in (*shape, *place)):
        return None
    start, end = place
    if end - start != prod(shape) * WIDTHS[dtype]:
        return None
    return Entry(dtype, tuple(shape), begin + start, begin + end)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**62


class TensorFile:
    """The tensors of a file, mapped into memory: only what is looked at is read."""

    def __init__(self, path: Path) -> None:
        import numpy as np

        self.path, self.header = path, read_header(path)
        try:
            self._bytes: NDArray[np.uint8] = np.memmap(path, np.uint8, mode="r")
        except (OSError, ValueError) as error:
            raise FileDamaged(f"The weights {path} cannot be read: {error}.") from error

    def __getitem__(self, name: str) -> Weight:
        entry = self.header.entries[name]
        flat = self._bytes[entry.start : entry.end]
        if entry.start % 8:  # numpy wants numbers where the processor likes them
            flat = flat.copy()
        return Weight(entry.dtype, flat.view(numpy_type(entry.dtype)).reshape(entry.shape))

    def all(self) -> dict[str, Weight]:
        """Every tensor by its name."""
        return {name: self[name] for name in self.header.entries}


def numpy_type(dtype: str) -> np.dtype[Any]:
    """The type with which numpy holds such numbers; as plain bytes where it does not know them."""
    import numpy as np

    known = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "BOOL": "?", "U8": "u1", "I8": "i1"}
    known |= {f"{kind}{8 * n}": f"<{kind.lower()}{n}" for kind in "IU" for n in (2, 4, 8)}
    return np.dtype(known.get(dtype, f"<u{WIDTHS[dtype]}"))


def write_tensors(path: Path, tensors: Mapping[str, Weight], metadata: Mapping[str, str]) -> None:
    """Write a file, whole or not at all. Raises ProjectError when the disk refuses."""
    import numpy as np

    header: dict[str, object] = {"__metadata__": {"format": "pt", **metadata}}
    order = sorted(tensors, key=lambda name: (-WIDTHS[tensors[name].dtype], name))  # wide numbers first: all aligned
    at = 0
    for name in order:
        size = tensors[name].numbers.nbytes
        header[name] = {
            "dtype": tensors[name].dtype,
            "shape": list(tensors[name].shape),
            "data_offsets": [at, at + size],
        }
        at += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with replacing(path) as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name in order:
            file.write(np.ascontiguousarray(tensors[name].numbers).reshape(-1).view(np.uint8).data)
