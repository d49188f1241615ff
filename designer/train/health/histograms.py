"""Histograms over the course of a run, in one file that only grows to a bound. No torch: the window reads it.

The file is a line of JSON (blocks, bins), then records of one size: the iteration as int64, then for each block the
counts of its activations, weights and gradients as uint16, in `BINS` bins each. A record that was cut off is left out.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["BINS", "EDGES", "FILE", "QUANTITIES", "HistogramFile", "Strip", "read_strips"]

FILE = "health/histograms.bin"  # relative to the run folder
QUANTITIES = ("activations", "weights", "gradients")
BINS = 48  # 23 below zero, one around it, 23 above it, and one for what is not finite

_SIDE, _SMALLEST, _STEP = 23, -25.0, 1.5  # bins on each side; the smallest number as a power of two; powers a bin
_MAGNITUDES = tuple(2.0 ** (_SMALLEST + _STEP * i) for i in range(_SIDE))
_HUGE = 3.4028234e38
EDGES: tuple[float, ...] = (-_HUGE, *(-m for m in reversed(_MAGNITUDES[1:])), -_MAGNITUDES[0], *_MAGNITUDES, _HUGE)
"""Where bins begin and end: bin i holds what lies from EDGES[i] to below EDGES[i + 1]."""

_MOST = 256  # records; then every second one is taken out
_LONGEST_HEAD = 1 << 20


@dataclass(frozen=True)
class Strip:
    """One quantity of one block: for each of ``iterations`` how many numbers fell into each bin."""

    iterations: Sequence[int]
    counts: Sequence[Sequence[int]]


class HistogramFile:
    """The writing end. A disk that refuses ends it, and not the run."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._blocks: tuple[str, ...] | None = None
        self._dead = False

    def add(self, iteration: int, blocks: Mapping[str, Sequence[Sequence[int]]]) -> None:
        """Add what the blocks look like now: for each quantity the counts, none where it has none."""
        if self._dead:
            return
        try:
            if self._blocks is None:
                self._open(tuple(blocks), iteration)
            assert self._blocks is not None
            record = struct.pack("<q", iteration)
            empty: Sequence[Sequence[int]] = ((), (), ())
            for name in self._blocks:
                for counts in blocks.get(name, empty):
                    row = [min(65_535, count) for count in counts] or [0] * BINS
                    record += struct.pack(f"<{BINS}H", *row)
            with self._path.open("ab", buffering=0) as file:
                file.write(record)
            self._count += 1
            if self._count >= _MOST:
                self._thin_out()
        except OSError:
            self._dead = True

    def _open(self, blocks: tuple[str, ...], iteration: int) -> None:
        """Go on in the file of this run, up to an iteration, or begin a new one."""
        self._blocks, self._count = blocks, 0
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(OSError, ValueError):
            head, records, names = _records(self._path)
            if tuple(names) == blocks:
                kept = [r for r in records if struct.unpack_from("<q", r)[0] < iteration]
                self._write(head, kept)
                return
        head = json.dumps({"bins": BINS, "quantities": QUANTITIES, "blocks": blocks}).encode() + b"\n"
        self._write(head, [])

    def _thin_out(self) -> None:
        head, records, _ = _records(self._path)
        self._write(head, records[::2])

    def _write(self, head: bytes, records: Sequence[bytes]) -> None:
        temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}.partial")
        temporary.write_bytes(head + b"".join(records))
        temporary.replace(self._path)
        self._count = len(records)


def read_strips(path: Path, block: str) -> dict[str, Strip]:
    """The course of one block, by quantity; empty where the file does not know it. Never raises for a damaged file."""
    try:
        _, records, names = _records(path)
        place = names.index(block)
    except (OSError, ValueError):
        return {}
    iterations = [struct.unpack_from("<q", record)[0] for record in records]
    found = {}
    for number, quantity in enumerate(QUANTITIES):
        start = 8 + 2 * BINS * (place * len(QUANTITIES) + number)
        rows = [_counts(record[start : start + 2 * BINS]) for record in records]
        if any(any(row) for row in rows):
            found[quantity] = Strip(iterations, rows)
    return found


def _counts(data: bytes) -> Sequence[int]:
    row = array("H")
    row.frombytes(data)
    if struct.pack("=H", 1) != struct.pack("<H", 1):
        row.byteswap()
    return row


def _records(path: Path) -> tuple[bytes, list[bytes], list[str]]:
    """The head, the whole records, and the blocks. Raises OSError or ValueError."""
    with path.open("rb") as file:
        head = file.readline(_LONGEST_HEAD)
        about = json.loads(head)
        names = about.get("blocks") if isinstance(about, dict) else None
        if not isinstance(names, list) or about.get("bins") != BINS or not head.endswith(b"\n"):
            raise ValueError(f"{path} holds no histograms")
        size = 8 + 2 * BINS * len(QUANTITIES) * len(names)
        return head, list(_pieces(file.read(size * 2 * _MOST), size)), [str(name) for name in names]


def _pieces(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data) - size + 1, size):
        yield data[start : start + size]
