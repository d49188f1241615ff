"""The log of a run, events.jsonl: one JSON object a line with its number, time and type. Written once, read by many.

The writer is the run itself. Readers come and go, in any process: each remembers how far it has read.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

__all__ = ["ENDS", "EventLog", "Tail", "last_event"]

ENDS = frozenset({"finished", "failed", "lost"})  # after these a run says no more, unless it is resumed

_FLUSH_EVERY = 0.05  # seconds; a reader looks ten times a second, and a write a step would cost more than the step
_LOOK_EVERY = 0.5  # seconds between two looks whether the file is still in its place
_MAX_PENDING = 8 << 20  # bytes kept while the disk is full
_MAX_LINE = 1 << 20
_DECODER = json.JSONDecoder(parse_constant=lambda _: None)  # one for all: making one costs more than a line
_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


class EventLog:
    """The writing end. Never raises because of the disk: a run goes on when its log cannot.

    What could not be written is kept (to a bound) and tried again. A log whose folder was deleted or moved away goes
    on in a new one at the old place, so that whoever watches hears how the run ends. Used by one thread at a time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("ab", buffering=0)
        self._size = _end_of_last_line(path)
        self._file.truncate(self._size)  # a killed writer may have left half a line
        self._seq = _last_seq(path, self._size)
        self._looked = time.monotonic()
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._flushed = 0.0

    def append(self, event: Mapping[str, Any]) -> None:
        """Add an event (its ``type`` first). About 10 µs for a step; every other type is flushed at once."""
        self._seq += 1
        now = time.monotonic()
        record = {"seq": self._seq, "time": round(now, 6), **event}
        try:
            text = _ENCODER.encode(record)
        except ValueError:  # NaN or infinity: JSON has none, so they become null
            text = _ENCODER.encode(_finite(record))
        self._pending.append(text.encode() + b"\n")
        self._pending_bytes += len(text) + 1
        if event.get("type") != "step" or now - self._flushed >= _FLUSH_EVERY:
            self.flush()

    def flush(self) -> None:
        """Hand what is pending to the system."""
        self._flushed = time.monotonic()
        data = b"".join(self._pending)
        if self._flushed - self._looked >= _LOOK_EVERY:
            self._looked = self._flushed
            self._come_back()
        try:
            if data and self._file.write(data) != len(data):
                raise OSError("the disk is full")
        except OSError:
            with contextlib.suppress(OSError):
                self._file.truncate(self._size)
            if self._pending_bytes > _MAX_PENDING:
                self._forget()
            return
        self._size += len(data)
        self._forget()

    def _come_back(self) -> None:
        """Go on in a new file where the old one is not in its place any more."""
        try:
            if os.path.samestat(self._path.stat(), os.fstat(self._file.fileno())):
                return
        except OSError:
            pass  # gone
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.open("ab", buffering=0)
            self._file.close()
            self._file, self._size = fresh, fresh.seek(0, os.SEEK_END)

    def close(self) -> None:
        """Flush and close."""
        if not self._file.closed:
            self.flush()
            self._file.close()

    def __enter__(self) -> EventLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _forget(self) -> None:
        self._pending.clear()
        self._pending_bytes = 0


class Tail:
    """A reading end that remembers how far it is. Takes whatever the file holds: unreadable lines are left out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seq = 0  # of the last event read
        self._offset = 0
        self._file = -1  # the inode that the offset is of
        self._in_monster = False

    def read(self, limit: int = _MAX_LINE) -> list[dict[str, Any]]:
        """The events since the last call, at most ``limit`` bytes of them (so that a window never stalls on a long
        log; call again until nothing comes). A half-written last line waits for its end. Never raises.
        """
        try:
            about = self.path.stat()
            size = about.st_size
            if about.st_ino != self._file:  # the log went on in a new file: the old one was deleted or moved
                self._file, self._offset, self._in_monster = about.st_ino, 0, False
            self._offset = min(self._offset, size)  # a resumed run cuts off half a line
            if size == self._offset:
                return []
            with self.path.open("rb") as file:
                file.seek(self._offset)
                chunk = file.read(max(limit, _MAX_LINE))
        except OSError:
            return []
        end = chunk.rfind(b"\n") + 1
        if end == 0:
            if len(chunk) >= _MAX_LINE:  # no event is that long: skip to its end, bounded at each call
                self._offset += len(chunk)
                self._in_monster = True
            return []
        self._offset += end
        lines = chunk[:end].split(b"\n")
        if self._in_monster:
            self._in_monster = False
            lines = lines[1:]
        events = [event for line in lines if line and (event := _parse(line)) is not None]
        if events:
            self.seq = events[-1]["seq"]
        return events


def last_event(path: Path) -> dict[str, Any] | None:
    """The last whole event of a log, without reading the rest; None where there is none."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 2 * _MAX_LINE))
        for line in reversed(file.read().split(b"\n")[:-1]):
            event = _parse(line)
            if event is not None:
                return event
    return None


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        event = _DECODER.decode(line.decode())
    except (ValueError, RecursionError):
        return None
    if isinstance(event, dict) and isinstance(event.get("type"), str) and type(event.get("seq")) is int:
        return event
    return None


def _end_of_last_line(path: Path) -> int:
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - _MAX_LINE)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0


def _last_seq(path: Path, size: int) -> int:
    event = last_event(path) if size else None
    return event["seq"] if event is not None else 0


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
