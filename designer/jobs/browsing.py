"""What passes between the window and the job that looks at data: files in its run folder. No torch.

The window adds lines to ``asked.jsonl``: ``{"tiles": [numbers], "side": pixels}`` (the newest list counts, older ones
are forgotten), ``{"large": number}``, ``{"check": true}``. The job answers with events, and puts pixels into files of
their own: a head of JSON behind its length, then the pixels, row by row.
"""

from __future__ import annotations

import contextlib
import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from designer.errors import FileDamaged, ProjectError

__all__ = ["ASKED", "Asked", "AskedFile", "Tile", "ask", "read_tiles", "write_tiles"]

ASKED = "asked.jsonl"
_LONGEST = 1 << 20  # bytes that are read at once
_MOST = 4096  # numbers in a list
_LARGEST = 512 << 20  # bytes of a file of tiles
_SIDE = 8192


class Asked(NamedTuple):
    """What is wanted now: the newest list of tiles, and what was asked for once."""

    tiles: tuple[int, ...]
    side: int
    large: tuple[int, ...]
    check: bool


class Tile(NamedTuple):
    """The pixels of one item, [height, width, channels], and what is said of it; ``why`` it cannot be read."""

    number: int
    width: int = 0
    height: int = 0
    channels: int = 1
    ink: bool = False
    pixels: bytes = b""
    name: str = ""
    target: str = ""
    why: str = ""
    facts: Mapping[str, Any] = {}


def ask(folder: Path, what: Mapping[str, Any]) -> None:
    """Add a line. Raises ProjectError when the disk refuses."""
    try:
        with (folder / ASKED).open("ab", buffering=0) as file:
            file.write(json.dumps(what).encode() + b"\n")
    except OSError as error:
        raise ProjectError(f"The look at the data in {folder} cannot be asked: {error.strerror}.") from error


class AskedFile:
    """The reading end. About 2 µs where nothing is new."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / ASKED
        self._read = 0

    def new(self) -> Asked | None:
        """What was asked since the last time; None where nothing was."""
        with contextlib.suppress(OSError):
            if self._file.stat().st_size > self._read:
                with self._file.open("rb") as file:
                    file.seek(self._read)
                    text = file.read(_LONGEST)
                whole = text[: text.rfind(b"\n") + 1] or (text if len(text) == _LONGEST else b"")
                self._read += len(whole)
                return _understood(whole) if whole else None
        return None


def _understood(text: bytes) -> Asked | None:
    tiles: tuple[int, ...] | None = None
    side, check = 96, False
    large: list[int] = []
    for line in text.splitlines():
        try:
            said = json.loads(line)
        except ValueError:  # written by hand: nothing happens
            continue
        if not isinstance(said, dict):
            continue
        if isinstance(said.get("tiles"), list):
            tiles = tuple(n for n in said["tiles"][:_MOST] if type(n) is int)
            side = said["side"] if type(said.get("side")) is int and 16 <= said["side"] <= 512 else 96
        if type(said.get("large")) is int:
            large.append(said["large"])
        check = check or said.get("check") is True
    return (
        Asked(tiles, side, tuple(large[-1:]), check) if tiles is not None else Asked((-1,), side, tuple(large), check)
    )


def write_tiles(file: Path, tiles: Sequence[Tile]) -> None:
    """Raises OSError."""
    heads = [{**tile._asdict(), "pixels": len(tile.pixels), "facts": dict(tile.facts)} for tile in tiles]
    head = json.dumps(heads).encode()
    with file.open("wb") as out:
        out.write(struct.pack("<I", len(head)))
        out.write(head)
        for tile in tiles:
            out.write(tile.pixels)


def read_tiles(file: Path) -> Iterator[Tile]:
    """What `write_tiles` wrote. Raises FileDamaged."""
    try:
        if file.stat().st_size > _LARGEST:
            raise FileDamaged(f"{file} is larger than any sheet of thumbnails.")
        data = file.read_bytes()
        (length,) = struct.unpack_from("<I", data)
        heads = json.loads(data[4 : 4 + length])
        at = 4 + length
        for head in heads:
            size = head["pixels"]
            if size not in (0, head["width"] * head["height"] * head["channels"]) or at + size > len(data):
                raise FileDamaged(f"{file} is damaged: the pixels of an item are missing.")
            if not 0 <= head["width"] <= _SIDE or not 0 <= head["height"] <= _SIDE or head["channels"] not in (1, 3):
                raise FileDamaged(f"{file} is damaged: an item has an impossible size.")
            yield Tile(**{**head, "pixels": data[at : at + size]})
            at += size
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        raise FileDamaged(f"{file} is no sheet of thumbnails, or damaged: {error}.") from error
