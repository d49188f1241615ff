"""Pictures in Parquet files, as public hubs keep them: read in order a few rows at a time, kept on the disk. No torch.

A Parquet file gives rows in order only. What was read once is laid into a file of bytes without a name (it vanishes
with the process), from which any picture can be fetched alone; so memory stays small whatever the order.
"""

from __future__ import annotations

import json
import os
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
import numpy.typing as npt

from designer.data.decode import MAX_FILE, Damaged
from designer.data.pictures import FilePictures
from designer.data.places import scratch_folder
from designer.errors import DataError

__all__ = ["ParquetPictures", "Shard", "image_column", "label_names", "open_shard", "read_columns"]

_BATCH = 32  # rows that are unpacked at a time
_BUFFER = 1 << 20
_LOOK_GROUPS, _LOOK_ROWS = 16, 32  # pictures that decide the natural size, from the heads of row groups
_MAX_COLUMN = 4 << 30  # bytes of a column that is read whole
_MAX_SCHEMA = 64 << 20

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Shard:
    """One file: its rows, and the first row of each of its row groups."""

    path: Path
    schema: Any
    starts: tuple[int, ...]
    rows: int


def _library() -> Any:
    try:
        import pyarrow.parquet as found
    except ImportError as error:
        raise DataError(
            "Reading Parquet files needs the library pyarrow. Install it with: pip install 'layerloom[parquet]'."
        ) from error
    return found


def open_shard(path: Path) -> Shard:
    """What the end of a file says about it. Raises DataError."""
    try:
        with _file(path) as file:
            about = file.metadata
            counts = [about.row_group(k).num_rows for k in range(about.num_row_groups)]
            if min(counts, default=0) < 0:
                raise DataError(f"{path.name} is damaged: a group of its rows has {min(counts):,} rows.")
            starts = np.concatenate([[0], np.cumsum(counts)]).astype(int).tolist()
            return Shard(path, file.schema_arrow, tuple(starts[:-1]), int(starts[-1]))
    except _errors() as error:
        raise DataError(f"{path.name} cannot be read as Parquet: {_reason(error)}. Fetch or save it again.") from error


def _file(path: Path) -> Any:
    return _library().ParquetFile(
        str(path),
        pre_buffer=False,
        buffer_size=_BUFFER,
        thrift_string_size_limit=_MAX_SCHEMA,
        thrift_container_size_limit=5_000_000,
        arrow_extensions_enabled=False,
    )


def _errors() -> tuple[type[Exception], ...]:
    """What damaged files make pyarrow raise."""
    _library()
    import pyarrow

    return (pyarrow.ArrowException, OSError, ValueError, OverflowError, MemoryError)


def _reason(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].strip()[:160].rstrip(".")


def image_column(schema: Any) -> str | None:
    """The column of pictures: a struct with their bytes, or bytes as they are; “image” before others."""
    import pyarrow.types as kinds

    found = []
    for field in schema:
        held = field.type
        if kinds.is_struct(held):
            held = next((held.field(k).type for k in range(held.num_fields) if held.field(k).name == "bytes"), held)
        if kinds.is_binary(held) or kinds.is_large_binary(held):
            found.append(field.name)
    return min(found, key=lambda name: name.lower() not in ("image", "img", "picture", "png", "jpg"), default=None)


def label_names(schema: Any, column: str) -> tuple[str, ...]:
    """What the numbers of a column stand for, as the hub's note in the file says; empty where it does not."""
    try:
        note = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        feature = note["info"]["features"][column]
        if feature.get("_type") in ("Sequence", "List"):
            feature = feature["feature"]
        names = feature.get("names") or ()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ()
    return tuple(map(str, names)) if isinstance(names, list) else ()


def read_columns(shard: Shard, names: Sequence[str]) -> dict[str, list[Any]]:
    """Small columns, whole. Raises DataError."""
    try:
        with _file(shard.path) as file:
            size = sum(
                group.column(c).total_uncompressed_size
                for group in map(file.metadata.row_group, range(file.metadata.num_row_groups))
                for c in range(group.num_columns)
                if group.column(c).path_in_schema.split(".")[0] in names
            )
            if size > _MAX_COLUMN:
                raise DataError(
                    f"The columns {', '.join(names)} of {shard.path.name} are {size >> 30} GB. Leave some out."
                )
            table = file.read(columns=list(names), use_threads=False)
            return {name: table.column(name).to_pylist() for name in names}
    except _errors() as error:
        raise DataError(f"{shard.path.name} is damaged: {_reason(error)}. Fetch or save it again.") from error


class ParquetPictures(FilePictures):
    """Pictures in the rows of Parquet files; ``rows`` counts through all of ``shards``."""

    def __init__(self, shards: Sequence[Shard], column: str, rows: Rows, root: Path) -> None:
        super().__init__((), root)
        self._shards = tuple(shards)
        self._column = column
        self._rows = rows
        self._ends = np.cumsum([shard.rows for shard in shards])
        self._store: tuple[int, SimpleQueue[_Store]] | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def name(self, index: int) -> str:
        """The file and the row in it, counted from 0."""
        shard, row = self._place(index)
        return f"{shard.path}, row {row}"

    def key(self, index: int) -> str:
        """The file, as it lies in the folder, and the row."""
        shard, row = self._place(index)
        path = shard.path.relative_to(self._root) if self._root is not None else shard.path
        return f"{path.as_posix()}:{row}"

    def _place(self, index: int) -> tuple[Shard, int]:
        row = int(self._rows[index])
        number = int(np.searchsorted(self._ends, row, side="right"))
        return self._shards[number], row - int(self._ends[number] - self._shards[number].rows)

    def _looked(self) -> Rows:
        """Only heads of row groups: what lies deeper costs all that is before it."""
        starts: list[int] = []
        first = 0
        for shard in self._shards:
            starts += [first + start for start in shard.starts]
            first += shard.rows
        picked = np.unique(np.linspace(0, len(starts) - 1, min(len(starts), _LOOK_GROUPS)).astype(int))
        heads = np.concatenate([np.arange(starts[k], starts[k] + _LOOK_ROWS) for k in picked.tolist()])
        found: Rows = np.flatnonzero(np.isin(self._rows, heads)).astype(np.int64)
        return found if len(found) else np.arange(min(len(self), _LOOK_ROWS), dtype=np.int64)

    def _file(self, index: int) -> Path | BytesIO:
        """One store for each process; whoever takes it out of its queue has it alone."""
        if self._store is None or self._store[0] != os.getpid():
            queue: SimpleQueue[_Store] = SimpleQueue()
            queue.put(_Store(self._shards, self._column))
            self._store = (os.getpid(), queue)
        queue = self._store[1]
        store = queue.get()
        try:
            return BytesIO(store.fetch(int(self._rows[index])))
        finally:
            queue.put(store)


class _Store:
    """The bytes that were read so far, in one file, and where each row lies in it."""

    def __init__(self, shards: Sequence[Shard], column: str) -> None:
        self._shards = shards
        self._column = column
        total = sum(shard.rows for shard in shards)
        self._at = np.full(total, -1, dtype=np.int64)
        self._sizes = np.zeros(total, dtype=np.int64)
        self._groups = np.array(
            [first + start for shard, first in zip(shards, self._firsts(), strict=True) for start in shard.starts]
        )
        self._bytes: Any = None
        self._end = 0
        self._flow: tuple[int, int, Iterator[Any]] | None = None  # (row group, its next row, its batches)

    def _firsts(self) -> list[int]:
        return [0, *np.cumsum([shard.rows for shard in self._shards]).tolist()][:-1]

    def fetch(self, row: int) -> bytes:
        """The bytes of a picture. Raises Damaged."""
        try:
            if self._at[row] < 0:
                self._read_to(row)
            if self._sizes[row] == 0:
                raise Damaged("the row holds no bytes of a picture")
            if self._sizes[row] > MAX_FILE:
                raise Damaged(f"the picture is larger than {MAX_FILE >> 20} MB")
            self._bytes.seek(int(self._at[row]))
            content: bytes = self._bytes.read(int(self._sizes[row]))
            return content
        except _errors() as error:
            self._flow = None
            raise Damaged(_reason(error)) from error

    def _read_to(self, row: int) -> None:
        """Read on in the row group until the row was there."""
        group = int(np.searchsorted(self._groups, row, side="right")) - 1
        if self._flow is None or self._flow[0] != group or self._flow[1] > row:
            self._flow = (group, int(self._groups[group]), self._batches(group))
        _, place, batches = self._flow
        while place <= row:
            batch = next(batches, None)
            if batch is None:
                raise Damaged("the file ends before this row")
            place += self._keep(place, batch.column(0))
            self._flow = (group, place, batches)

    def _batches(self, group: int) -> Iterator[Any]:
        start = int(self._groups[group])
        number = int(np.searchsorted(np.cumsum([shard.rows for shard in self._shards]), start, side="right"))
        shard = self._shards[number]
        own = shard.starts.index(start - self._firsts()[number])
        struct = shard.schema.field(self._column).type.num_fields > 0
        with _file(shard.path) as file:
            wanted = f"{self._column}.bytes" if struct else self._column
            yield from file.iter_batches(_BATCH, row_groups=[own], columns=[wanted], use_threads=False)

    def _keep(self, first: int, cells: Any) -> int:
        """Lay the pictures of a batch behind the others; how many rows those were."""
        if cells.type.num_fields:
            cells = cells.field("bytes")
        if self._bytes is None:
            folder = scratch_folder()
            folder.mkdir(parents=True, exist_ok=True)
            self._bytes = tempfile.TemporaryFile(dir=folder, prefix="pictures-")  # noqa: SIM115
            weakref.finalize(self, self._bytes.close)
        for row, cell in enumerate(cells, first):
            content = cell.as_py() or b""
            if self._at[row] < 0:
                kept = content if len(content) <= MAX_FILE else b""
                self._bytes.seek(self._end)
                self._bytes.write(kept)
                self._at[row], self._sizes[row] = self._end, len(content)
                self._end += len(kept)
        return len(cells)
