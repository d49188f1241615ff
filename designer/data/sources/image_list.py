"""Pictures with a table of labels: a CSV or JSON file that names each picture, beside them or above them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from designer.data.source import Loaded, Part, Progress, Source
from designer.data.spec import DataSpec
from designer.errors import DataError

if TYPE_CHECKING:
    from designer.data.listing import PathList
    from designer.data.table import Table

__all__ = ["SOURCES"]

_SUFFIXES = (".csv", ".tsv", ".json", ".jsonl")
_LOOKED_AT = 50  # cells of a column, spread evenly, that tell whether it names pictures
_MOST_FOLDERS = 50
_GUESSED = (".jpg", ".png", ".jpeg", ".webp", ".bmp", ".tif", ".gif")  # for names without an ending


def _folders(file: Path) -> list[Path]:
    """Where the pictures may lie: beside the list, or one folder below."""
    from designer.data.listing import folders_in

    return [file.parent, *folders_in(file.parent)[:_MOST_FOLDERS]]


class _Finder:
    """From a cell to the file of a picture."""

    def __init__(self, file: Path) -> None:
        self._folders = _folders(file)

    def find(self, cell: str) -> Path | None:
        """The file that a cell names, with or without an ending; None where there is none."""
        if not 0 < len(cell) < 1000 or "\0" in cell:
            return None
        relative = Path(cell.replace("\\", "/"))
        for number, folder in enumerate(self._folders):
            for path in self._offers(folder / relative):
                if path.is_file():
                    if number:  # the next one most likely lies there, too
                        self._folders.insert(0, self._folders.pop(number))
                    return path
        return None

    @staticmethod
    def _offers(path: Path) -> list[Path]:
        from designer.data.decode import SUFFIXES

        if path.name.lower().endswith(SUFFIXES):
            return [path]
        return [path.with_name(path.name + suffix) for suffix in _GUESSED] if path.name else []


def _file_column(table: Table, finder: _Finder) -> str | None:
    """The column most of whose cells name a picture that is there."""
    step = max(1, table.rows // _LOOKED_AT)
    for name in table.columns:
        cells = table.words(name)[::step]
        if len(set(cells)) * 2 < len(cells):  # a class that happens to be called as some picture is
            continue
        found = sum(finder.find(cell) is not None for cell in cells)
        if found and found * 2 >= len(cells):
            return name
    return None


def _list_in(folder: Path) -> Path | None:
    """The one list of a folder."""
    from designer.data.listing import entries_of

    names = sorted(name for name, is_folder in entries_of(folder) if name.lower().endswith(_SUFFIXES) and not is_folder)
    found = [folder / name for name in names[:5] if (folder / name).is_file() and _names_pictures(folder / name)]
    return found[0] if len(found) == 1 else None


def _names_pictures(file: Path) -> bool:
    from designer.data.table import read_head

    head = read_head(file)
    return head is not None and len(head.columns) >= 2 and _file_column(head, _Finder(file)) is not None


def _open(spec: DataSpec, progress: Progress) -> Loaded:
    from designer.data.sources.table import side_column, what_is_predicted
    from designer.data.table import columns_named, read_table
    from designer.data.targets import find_target, targets_of

    place = Path(spec.source).expanduser()
    file = _list_in(place) if place.is_dir() else place
    if file is None:
        raise DataError(f"The folder {place} has no one table that names its pictures. Choose the table itself.")
    progress(None, f"Reading {file.name}")
    table = read_table(file)
    finder = _Finder(file)
    column = _file_column(table, finder)
    if column is None:
        raise DataError(
            f"No column of {file.name} names pictures that are there. Expected paths from the folder "
            f"{file.parent.name} on, such as images/cat-1.jpg."
        )
    side = side_column(table)
    aside = [column, *side, *columns_named(spec.ignore, table, file), *columns_named(spec.group, table, file)]
    target = find_target(spec, table, file, aside)
    found = targets_of(spec, table, target, file)
    groups = table.words(spec.group) if spec.group else None
    paths, missing = _paths(table.words(column), finder, file.parent, progress)
    notes = [what_is_predicted(found.kind, target, found.names, found.targets)]
    if missing:
        notes.append(f"{missing:,} pictures that {file.name} names are not there.")
    learned = [word.lower() in ("train", "training", "learn") for word in table.words(side[0])] if side else []

    def part(rows: Sequence[int]) -> Part:
        import numpy as np

        from designer.data.pictures import FilePictures

        where = np.asarray(rows, dtype=np.int64)
        kept = [groups[row] for row in rows] if groups is not None else None
        return Part(FilePictures(paths.take(where), file.parent), found.targets[where], kept)

    if not side:
        return Loaded(part(range(table.rows)), found.names, None, tuple(notes), found.kind)
    notes.append(f"The column “{side[0]}” says which pictures are for training.")
    train = part([row for row, mine in enumerate(learned) if mine])
    held = part([row for row, mine in enumerate(learned) if not mine])
    return Loaded(train, found.names, held, tuple(notes), found.kind)


def _paths(cells: Sequence[str], finder: _Finder, folder: Path, progress: Progress) -> tuple[PathList, int]:
    """The file of each row; one that is not there keeps its name, and is counted when it is read."""
    from designer.data.listing import PathList

    paths = PathList()
    missing = 0
    for number, cell in enumerate(cells):
        path = finder.find(cell)
        missing += path is None
        path = path if path is not None else folder / cell.replace("\0", "")
        paths.add(str(path.parent), path.name)
        if number % 500 == 0:
            progress(None, f"Looking for pictures: {number:,} of {len(cells):,}")
    return paths, missing


def _sniff(path: Path) -> bool:
    return _list_in(path) is not None if path.is_dir() else _names_pictures(path)


SOURCES = (
    Source(
        name="list",
        title="Pictures with a table of labels",
        help="A CSV or JSON file with one row a picture: its file, and a class, numbers or several labels (a|b|c).",
        open=_open,
        sniff=_sniff,
        order=55,
        suffixes=_SUFFIXES,
        options=("target", "targets", "ignore", "group"),
    ),
)
