"""Pictures with boxes around what is in them: how annotations of any kind are kept, found and handed over. No torch."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from designer.data.listing import PathList, folders_in
from designer.data.pictures import FilePictures
from designer.data.source import Loaded, Part, Progress
from designer.errors import DataError

__all__ = ["Annotations", "Box", "Boxes", "Finder", "side_of", "tell_missing", "to_loaded", "told"]

_MOST_MARKS = 1 << 30  # bytes of one number a picture and category
_MOST_FOLDERS = 50
_TRAIN, _HELD = ("train", "training"), ("val", "valid", "validation", "test")

Rows = npt.NDArray[np.int64]


class Box(NamedTuple):
    """A box in pixels of the picture as it lies on the disk, from its upper left corner on."""

    label: int
    left: float
    top: float
    width: float
    height: float


class Boxes:
    """The boxes of N pictures, kept as plain numbers: 24 bytes a box."""

    def __init__(self, rows: Rows, labels: Rows, corners: npt.NDArray[np.float32], count: int) -> None:
        order = np.argsort(rows, kind="stable")
        self._starts = np.searchsorted(rows[order], np.arange(count + 1))
        self._labels = labels[order].astype(np.int32)
        self._corners = corners[order]

    def __len__(self) -> int:
        """How many pictures."""
        return len(self._starts) - 1

    @property
    def labels(self) -> npt.NDArray[np.int32]:
        """The category of every box."""
        return self._labels

    def of(self, row: int) -> list[Box]:
        """The boxes of a picture."""
        found = slice(int(self._starts[row]), int(self._starts[row + 1]))
        each = zip(self._labels[found].tolist(), self._corners[found].tolist(), strict=True)
        return [Box(label, *corner) for label, corner in each]


@dataclass
class Annotations:
    """What is collected while annotations are read: pictures, and for each box its picture, category and corner."""

    pictures: PathList = field(default_factory=PathList)
    held: bytearray = field(default_factory=bytearray)  # for each picture whether it is for validation
    categories: dict[str, int] = field(default_factory=dict)  # in the order of the numbers of their boxes
    rows: array[int] = field(default_factory=lambda: array("q"))
    labels: array[int] = field(default_factory=lambda: array("q"))
    corners: array[float] = field(default_factory=lambda: array("f"))
    notes: list[str] = field(default_factory=list)

    def category(self, name: str) -> int:
        """The number of a category, a new one where it was not met before."""
        return self.categories.setdefault(name, len(self.categories))

    def box(self, row: int, label: int, corner: Sequence[float]) -> None:
        """``corner``: left, top, width, height."""
        self.rows.append(row)
        self.labels.append(label)
        self.corners.extend(corner)


def to_loaded(found: Annotations, root: Path) -> Loaded:
    """Pictures with a label for each category that is in them. Raises DataError where there is nothing to learn."""
    if not found.pictures or not found.categories:
        raise DataError(
            f"The annotations of {root.name} name {len(found.pictures):,} pictures and {len(found.categories):,} "
            "categories. There must be some of both."
        )
    names = tuple(sorted(found.categories))
    if len(found.pictures) * len(names) * 4 > _MOST_MARKS:
        raise DataError(
            f"{len(found.pictures):,} pictures with {len(names):,} categories are too much to mark which are in which. "
            "Choose a part of them."
        )
    order = np.zeros(len(names), dtype=np.int64)
    for place, name in enumerate(names):
        order[found.categories[name]] = place
    rows = np.frombuffer(found.rows, dtype=np.int64) if found.rows else np.zeros(0, dtype=np.int64)
    labels = order[np.frombuffer(found.labels, dtype=np.int64)] if found.rows else rows
    corners = np.array(found.corners, dtype=np.float32).reshape(-1, 4)
    marks = np.zeros((len(found.pictures), len(names)), dtype=np.float32)
    marks[rows, labels] = 1.0
    held = np.frombuffer(bytes(found.held), dtype=np.uint8).astype(bool)

    def part(side: npt.NDArray[np.bool_]) -> Part:
        kept = np.flatnonzero(side)
        new = np.full(len(side), -1, dtype=np.int64)
        new[kept] = np.arange(len(kept))
        mine = side[rows]
        boxes = Boxes(new[rows[mine]], labels[mine], corners[mine], len(kept))
        return Part(FilePictures(found.pictures.take(kept), root), marks[kept], boxes=boxes)

    own = bool(held.any() and not held.all())
    notes = [
        f"{len(rows):,} boxes. For now it is learned which categories are in a picture, not where.",
        *found.notes,
    ]
    everything = np.ones_like(held)
    train = part(~held if own else everything)
    return Loaded(train, names, part(held) if own else None, tuple(notes), "labels")


def side_of(words: Iterable[str]) -> str:
    """train, held or nothing: the first of the words that says so (instances_train2017, valid)."""
    for word in words:
        lower = word.lower()
        for side, names in (("train", _TRAIN), ("held", _HELD)):
            if any(part.startswith(names) for part in lower.replace("-", "_").replace(".", "_").split("_")):
                return side
    return ""


class Finder:
    """From the name in an annotation to the file of a picture, in the folders around it and nowhere else."""

    def __init__(self, places: Sequence[Path], hint: str = "") -> None:
        """``hint``: a text that may name the folder (instances_val2017)."""
        offers = dict.fromkeys(folder for place in places for folder in (place, *_below(place)))
        self._folders = sorted(offers, key=lambda folder: folder.name not in hint)

    def find(self, name: str) -> Path | None:
        """The picture; None where there is none, or where the name leads elsewhere."""
        relative = Path(name.replace("\\", "/"))
        if not 0 < len(name) < 1000 or "\0" in name or relative.is_absolute() or ".." in relative.parts:
            return None
        for number, folder in enumerate(self._folders):
            path = folder / relative
            if path.is_file():
                if number:  # the next one most likely lies there, too
                    self._folders.insert(0, self._folders.pop(number))
                return path
        return None


def _below(place: Path) -> list[Path]:
    return folders_in(place)[:_MOST_FOLDERS] if place.is_dir() else []


def tell_missing(found: Annotations, missing: int) -> None:
    """Say how many pictures are not there."""
    if missing:
        found.notes.append(f"{missing:,} pictures that the annotations name are not there and are left out.")


def told(progress: Progress, number: int, what: str) -> None:
    """Say now and then how far it has come; a person may stop it there."""
    if number % 1000 == 0:
        progress(None, f"Reading {what}: {number:,}")
