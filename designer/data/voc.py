"""Pascal VOC annotations, one XML file a picture. XML of strangers: bounded, and without declarations. No torch."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from xml.parsers import expat

from designer.data.boxes import Annotations, Finder, side_of, tell_missing, told
from designer.data.listing import folders_in
from designer.data.source import Progress
from designer.errors import DataError

__all__ = ["is_voc", "parse", "read_voc"]

_LARGEST = 4 << 20  # bytes of one file
_DEEPEST, _MOST_BOXES, _LONGEST = 20, 20_000, 1000
_MOST = 2_000_000  # files
_LOOKED_AT = 5


class Hostile(Exception):
    """The file is damaged, or does what an annotation has no need of."""


@dataclass
class Seen:
    """What one file says: its picture, and the names and corners (left, top, width, height) of its boxes."""

    filename: str = ""
    boxes: list[tuple[str, tuple[float, float, float, float]]] = field(default_factory=list)


class _Handler:
    def __init__(self) -> None:
        self.seen = Seen()
        self._path: list[str] = []
        self._text = ""
        self._object: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name)
        self._text = ""
        if len(self._path) == 1 and name != "annotation":
            raise Hostile("it is no annotation of a picture")
        if len(self._path) > _DEEPEST:
            raise Hostile(f"it is nested more than {_DEEPEST} levels deep")
        if self._path == ["annotation", "object"]:
            self._object = {}

    def text(self, text: str) -> None:
        if len(self._text) + len(text) > _LONGEST and self._path[-1] in ("name", "filename"):
            raise Hostile(f"its {self._path[-1]} is longer than {_LONGEST} characters")
        self._text += text if len(self._text) < _LONGEST else ""

    def end(self, name: str) -> None:
        match self._path:
            case ["annotation", "filename"]:
                self.seen.filename = self._text.strip()
            case ["annotation", "object", "name"] | ["annotation", "object", "bndbox", _]:
                self._object[name] = self._text.strip()
            case ["annotation", "object"]:
                self._box()
        self._path.pop()
        self._text = ""

    def _box(self) -> None:
        try:
            left, top, right, low = (float(self._object[k]) for k in ("xmin", "ymin", "xmax", "ymax"))
            title = self._object["name"]
        except (KeyError, ValueError) as error:
            raise Hostile("one of its boxes lacks a name or a corner") from error
        if not title or not all(map(math.isfinite, (left, top, right, low))) or right < left or low < top:
            raise Hostile("one of its boxes has no name, or corners that are none")
        if len(self.seen.boxes) >= _MOST_BOXES:
            raise Hostile(f"it has more than {_MOST_BOXES:,} boxes")
        self.seen.boxes.append((title, (left, top, right - left, low - top)))


def _refuse(*_: object) -> Any:
    raise Hostile("it declares entities or a document type, which annotations have no need of")


def parse(content: bytes) -> Seen:
    """What an annotation says. Raises Hostile; nothing outside of ``content`` is looked at."""
    if len(content) > _LARGEST:
        raise Hostile(f"it is larger than {_LARGEST >> 20} MB")
    handler = _Handler()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = handler.start, handler.end
    parser.CharacterDataHandler = handler.text
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ExternalEntityRefHandler = _refuse
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Hostile(f"it is no XML ({error})") from error
    return handler.seen


def _read(file: Path) -> Seen:
    try:
        if not file.is_file():
            raise Hostile("it is no file")
        with file.open("rb") as opened:
            return parse(opened.read(_LARGEST + 1))
    except OSError as error:
        raise Hostile(error.strerror or "it cannot be read") from error


def _folders(place: Path) -> list[Path]:
    """The folders with annotations: Annotations/ as in the original, else beside the pictures, else by sides."""
    own = [place / name for name in ("Annotations", "annotations") if (place / name).is_dir()]
    if own:
        return own[:1]
    kits = [place, place / "VOCdevkit"]
    inner = [f for kit in kits if kit.is_dir() for f in folders_in(kit) if f.name.startswith("VOC")]
    for folder in inner:
        if (folder / "Annotations").is_dir():
            return [folder / "Annotations"]
    return [place, *(folder for folder in folders_in(place) if side_of([folder.name]))]


def _files(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        names = sorted(islice((e.name for e in entries if e.name.lower().endswith(".xml")), _MOST + 1))
    if len(names) > _MOST:
        raise DataError(f"{folder} holds more than {_MOST:,} annotations. Choose a part of them.")
    return [folder / name for name in names if not name.startswith(".")]


def is_voc(place: Path) -> bool:
    """Whether some of the first annotations in a folder can be read as such."""
    for folder in _folders(place):
        for file in _files(folder)[:_LOOKED_AT]:
            try:
                _read(file)
            except Hostile:
                continue
            return True
    return False


def _sides(folder: Path) -> dict[str, str]:
    """What the lists in ImageSets/Main say: the side of each picture by its name without an ending."""
    found: dict[str, str] = {}
    for name, side in (("test", "held"), ("val", "held"), ("train", "train")):
        file = folder.parent / "ImageSets" / "Main" / f"{name}.txt"
        if file.is_file() and file.stat().st_size < 64 << 20:
            found |= {line.split()[0]: side for line in file.read_text("utf-8", "replace").splitlines() if line.strip()}
    return found


def read_voc(place: Path, into: Annotations, progress: Progress) -> None:
    """Add the pictures and boxes of a folder; files that cannot be read are counted and named. Raises DataError."""
    from designer.data.decode import SUFFIXES

    missing = 0
    broken: list[str] = []
    for folder in _folders(place):
        sides = _sides(folder)
        finder = Finder([folder, folder.parent] if folder != place else [folder], "JPEGImages")
        for number, file in enumerate(_files(folder)):
            told(progress, number, "annotations")
            try:
                seen = _read(file)
            except Hostile as error:
                broken.append(f"{file.name} ({error})")
                continue
            offers = [seen.filename, *(f"{file.stem}{suffix}" for suffix in SUFFIXES)]
            path = next((found for name in offers if (found := finder.find(name)) is not None), None)
            if path is None:
                missing += 1
                continue
            into.held.append((sides.get(file.stem) or side_of([folder.name])) == "held")
            for title, corner in seen.boxes:
                into.box(len(into.pictures), into.category(title), corner)
            into.pictures.add(str(path.parent), path.name)
    tell_missing(into, missing)
    if broken:
        into.notes.append(f"{len(broken):,} annotations cannot be read and are left out: {'; '.join(broken[:3])}.")
