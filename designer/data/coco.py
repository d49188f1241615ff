"""COCO annotations: read element by element, so that half a gigabyte of JSON takes little memory. No torch."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from designer.data.boxes import Annotations, Finder, tell_missing, told
from designer.data.source import Progress
from designer.errors import DataError

__all__ = ["is_coco", "read_coco"]

_CHUNK = 1 << 18
_LONGEST = 32 << 20  # characters of one element
_HEAD = 8 << 20  # characters of a file that are looked at to tell what it is
_MOST = 20_000_000  # pictures or boxes
_LISTS = {"images": ("id", "file_name"), "annotations": ("image_id", "category_id"), "categories": ("id", "name")}


class _Broken(Exception):
    """It is no JSON, or not of this form."""


class _Text:
    """Values one after the other from a file that is never in memory as a whole."""

    def __init__(self, file: TextIO, most: int | None = None) -> None:
        self._file = file
        self._left = most
        self._text = ""
        self._at = 0
        self._ended = False
        self._decode = json.JSONDecoder().raw_decode

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self._at < len(self._text):
                if not self._text[self._at].isspace() and self._text[self._at] != "\ufeff":
                    return self._text[self._at]
                self._at += 1
            if not self._more(_CHUNK):
                return ""

    def take(self, wanted: str) -> None:
        """Go past a character. Raises _Broken where it is another one."""
        found = self.peek()
        if found != wanted:
            raise _Broken(f"expected “{wanted}”, found “{found}”" if found else "it is cut off")
        self._at += 1

    def value(self) -> Any:
        """The next value."""
        self.peek()
        step = _CHUNK
        while True:
            try:
                found, end = self._decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if len(self._text) - self._at > _LONGEST or not self._more(step):
                    raise _Broken(f"{error.msg} near “{self._text[error.pos : error.pos + 20]}”") from error
            else:
                # A number that touches the end of what was read may go on.
                if end < len(self._text) or isinstance(found, str | dict | list) or not self._more(step):
                    self._at = end
                    return found
            step *= 2

    def _more(self, size: int) -> bool:
        if self._ended:
            return False
        if self._left is not None:
            size = min(size, self._left)
            self._left -= size
        new = self._file.read(size) if size else ""
        self._ended = not new
        self._text = self._text[self._at :] + new
        self._at = 0
        return bool(new)


def _elements(text: _Text) -> Iterator[tuple[str, dict[str, Any]]]:
    """(list, element) of the three lists that matter. Raises _Broken."""
    text.take("{")
    while text.peek() != "}":
        name = text.value()
        text.take(":")
        if name in _LISTS and text.peek() == "[":
            text.take("[")
            while text.peek() != "]":
                element = text.value()
                if not isinstance(element, dict):
                    raise _Broken(f"“{name}” holds something else than records")
                yield name, element
                if text.peek() != "]":
                    text.take(",")
            text.take("]")
        else:
            text.value()
        if text.peek() != "}":
            text.take(",")


def is_coco(file: Path) -> bool:
    """Whether the first record of a list in it is one of COCO's."""
    try:
        with file.open(encoding="utf-8", errors="strict") as opened:
            name, element = next(_elements(_Text(opened, _HEAD)))
            return all(key in element for key in _LISTS[name])
    except (_Broken, StopIteration, UnicodeError, OSError, RecursionError, ValueError):
        return False


def read_coco(file: Path, places: list[Path], into: Annotations, held: bool, progress: Progress) -> None:
    """Add the pictures and boxes of a file. ``places``: where its pictures may lie. Raises DataError."""
    reader = _Reader(into, Finder(places, file.stem), held)
    try:
        with file.open(encoding="utf-8", errors="strict") as opened:
            for number, (name, element) in enumerate(_elements(_Text(opened))):
                told(progress, number, file.name)
                if number > _MOST:
                    raise DataError(f"{file.name} holds more than {_MOST:,} records. Choose a part of it.")
                reader.take(name, element)
    except (_Broken, UnicodeError, RecursionError, ValueError) as error:
        raise DataError(f"{file.name} is damaged, or no COCO annotations: {error}. Fetch or save it again.") from error
    except OSError as error:
        raise DataError(f"{file.name} cannot be read: {error.strerror}.") from error
    reader.finish(file)


class _Reader:
    """The lists may come in any order, so boxes wait for their pictures and categories."""

    def __init__(self, into: Annotations, finder: Finder, held: bool) -> None:
        self._into = into
        self._finder = finder
        self._held = held
        self._rows: dict[int, int] = {}
        self._gone: set[int] = set()
        self._names: dict[int, str] = {}
        self._waiting = Annotations()  # with the file's own numbers of pictures and categories
        self._odd = 0

    def take(self, name: str, element: dict[str, Any]) -> None:
        """One record. Raises _Broken."""
        match name, element:
            case "images", {"id": int(number), "file_name": str(file)}:
                path = self._finder.find(file)
                if path is None:
                    self._gone.add(number)
                elif number not in self._rows:
                    self._rows[number] = len(self._into.pictures)
                    self._into.pictures.add(str(path.parent), path.name)
                    self._into.held.append(self._held)
            case "categories", {"id": int(number), "name": str(title)}:
                self._names[number] = title[:200]
            case "annotations", {"image_id": int(picture), "category_id": int(category), "bbox": list(corner)} if (
                _plain(corner) and max(abs(picture), abs(category)) < 1 << 62
            ):
                self._waiting.box(picture, category, corner)
            case "annotations", _:
                self._odd += 1
            case _:
                raise _Broken(f"a record of “{name}” lacks {' or '.join(_LISTS[name])}")

    def finish(self, file: Path) -> None:
        """Boxes to their pictures."""
        numbers = {category: self._into.category(title) for category, title in sorted(self._names.items())}
        corners = self._waiting.corners
        for place, (picture, category) in enumerate(zip(self._waiting.rows, self._waiting.labels, strict=True)):
            if picture in self._rows and category in numbers:
                self._into.box(self._rows[picture], numbers[category], corners[4 * place : 4 * place + 4])
            elif picture not in self._gone:
                self._odd += 1
        tell_missing(self._into, len(self._gone))
        if self._odd:
            self._into.notes.append(
                f"{self._odd:,} annotations of {file.name} have no box, or no picture or category that it lists."
            )


def _plain(corner: list[Any]) -> bool:
    return len(corner) == 4 and all(type(v) in (int, float) and math.isfinite(v) and abs(v) < 1e9 for v in corner)
