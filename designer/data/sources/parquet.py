"""Parquet files with the bytes of pictures and their labels: the form of public hubs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from designer.data.source import Loaded, Part, Progress, Source
from designer.data.spec import DataSpec
from designer.errors import DataError

if TYPE_CHECKING:
    from designer.data.parquet import Shard
    from designer.data.targets import Found

__all__ = ["SOURCES"]

_MOST = 10_000  # files
_SIDES = {"train": "train", "training": "train", "test": "test", "testing": "test"} | dict.fromkeys(
    ("val", "valid", "validation", "dev"), "validation"
)
_OLDER = ("fine_label", "coarse_label", "digit", "cls")  # columns of well-known sets beside the usual names


def _files(place: Path) -> list[Path]:
    if not place.is_dir():
        return [place]
    found = [f for f in sorted(place.rglob("*.parquet")) if f.is_file() and not f.name.startswith(".")]
    if len(found) > _MOST:
        raise DataError(f"{place} holds more than {_MOST:,} Parquet files. Choose a smaller folder.")
    return found


def _side(file: Path, place: Path) -> str:
    """train, validation or test: by the name of the file (train-00000-of-00002), else by its folders."""
    words = [file.stem, *(file.relative_to(place).parts[:-1][::-1] if place.is_dir() else ())]
    for word in words:
        first = word.lower().replace("_", "-").split("-")[0]
        if first in _SIDES:
            return _SIDES[first]
    return "train"


def _open(spec: DataSpec, progress: Progress) -> Loaded:
    from designer.data.parquet import image_column, open_shard

    place = Path(spec.source).expanduser()
    sides: dict[str, list[Shard]] = {}
    for number, file in enumerate(files := _files(place)):
        progress(number / len(files), f"Looking into {file.name}")
        sides.setdefault(_side(file, place), []).append(open_shard(file))
    if not sides:
        raise DataError(f"{place} holds no Parquet files.")
    if "train" not in sides:  # a single part is all there is
        sides = {"train": [shard for shards in sides.values() for shard in shards]}
    shards = sides["train"]
    held = sides.get("validation") or sides.get("test") or []
    column = image_column(shards[0].schema)
    if column is None:
        raise DataError(
            f"{shards[0].path.name} has no column with the bytes of pictures; it has "
            f"{', '.join(shards[0].schema.names[:12])}. Save a table of numbers as .csv."
        )
    for shard in (*shards, *held):
        if shard.schema.names != shards[0].schema.names:
            raise DataError(f"{shard.path.name} has other columns than {shards[0].path.name}. Choose one kind of file.")
    return _loaded(spec, place, shards, held, column, "test" in sides and "validation" in sides)


def _loaded(spec: DataSpec, place: Path, shards: list[Shard], held: list[Shard], column: str, more: bool) -> Loaded:
    import numpy as np

    from designer.data.parquet import ParquetPictures
    from designer.data.sources.table import what_is_predicted

    names = _target(spec, shards[0], column)
    both = [*shards, *held]
    cells = _cells(both, [*names, *([spec.group] if spec.group else [])])
    known = np.array([all(cells[name][row] not in (None, -1) for name in names) for row in range(_rows(both))])
    rows = np.flatnonzero(known)
    found = _targets(spec, shards[0], names, {name: [cells[name][row] for row in rows] for name in names})
    notes = [what_is_predicted(found.kind, names, found.names, found.targets)]
    if len(rows) < len(known):
        notes.append(f"{len(known) - len(rows):,} rows say nothing of what is to be predicted and are left out.")
    if more:
        notes.append("The files for testing are left out; the ones for validation are used.")
    first = int((rows < _rows(shards)).sum())
    root = place if place.is_dir() else place.parent

    def part(chosen: slice) -> Part:
        kept = rows[chosen]
        groups = [str(cells[spec.group][row]) for row in kept] if spec.group else None
        return Part(ParquetPictures(both, column, kept, root), found.targets[chosen], groups)

    held_out = part(slice(first, None)) if first < len(rows) else None
    return Loaded(part(slice(first)), found.names, held_out, tuple(notes), found.kind)


def _rows(shards: Sequence[Shard]) -> int:
    return sum(shard.rows for shard in shards)


def _cells(shards: Sequence[Shard], names: Sequence[str]) -> dict[str, list[Any]]:
    from designer.data.parquet import read_columns

    cells: dict[str, list[Any]] = {name: [] for name in names}
    for shard in shards:
        for name, column in read_columns(shard, names).items():
            cells[name] += column
    return cells


def _target(spec: DataSpec, shard: Shard, image: str) -> list[str]:
    """The columns to predict. Raises DataError."""
    from designer.data.parquet import label_names
    from designer.data.table import Table, columns_named
    from designer.data.targets import find_target

    names = shard.schema.names
    empty = Table({name: [] for name in names}, 0)
    aside = [image, *columns_named(spec.ignore, empty, shard.path), *columns_named(spec.group, empty, shard.path)]
    if not spec.target:
        free = [name for name in names if name not in aside]
        for name in (*free, *_OLDER):  # the file itself says what its classes are called
            if name in free and (label_names(shard.schema, name) or name in _OLDER):
                return [name]
    return find_target(spec, empty, shard.path, aside)


def _targets(spec: DataSpec, shard: Shard, names: list[str], cells: dict[str, list[Any]]) -> Found:
    import numpy as np

    from designer.data.parquet import label_names
    from designer.data.table import JOINT, Column, Table
    from designer.data.targets import Found, targets_of

    titles = label_names(shard.schema, names[0]) if len(names) == 1 else ()
    values = cells[names[0]]
    rows = len(values)
    if not rows:
        raise DataError(f"No row of {shard.path.name} says what is to be predicted ({', '.join(names)}).")
    if titles and spec.targets in ("auto", "classes", "labels"):
        several = isinstance(values[0], list)
        numbers = [value if isinstance(value, list) else [value] for value in values]
        if any(not isinstance(n, int) or not 0 <= n < len(titles) for each in numbers for n in each):
            raise DataError(
                f"The column “{names[0]}” of {shard.path.name} holds others than its {len(titles):,} classes."
            )
        if not several and spec.targets != "labels":
            return Found(np.array(values, dtype=np.int64), "classes", titles)
        marked = np.zeros((rows, len(titles)), dtype=np.float32)
        for row, each in enumerate(numbers):
            marked[row, each] = 1.0
        return Found(marked, "labels", titles)
    columns: dict[str, Column] = {}
    for name in names:
        first = cells[name][0]
        if isinstance(first, list):
            columns[name] = [JOINT.join(map(str, each)) for each in cells[name]]
        elif isinstance(first, int | float):
            columns[name] = np.array(cells[name], dtype=np.float64)
        else:
            columns[name] = [str(each) for each in cells[name]]
    whole = all(isinstance(cells[name][0], int) for name in names) and len(names) == 1
    chosen = spec.model_copy(update={"targets": "classes"}) if whole and spec.targets == "auto" else spec
    return targets_of(chosen, Table(columns, rows), names, shard.path)


def _sniff(path: Path) -> bool:
    from designer.data.listing import entries_of

    if path.is_dir():
        near = (path, path / "data", path / "train")
        return any(name.endswith(".parquet") for f in near if f.is_dir() for name, _ in entries_of(f))
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


SOURCES = (
    Source(
        name="parquet",
        title="Parquet with pictures",
        help="A .parquet file, or a folder of them (train-…, validation-…, test-…), as public hubs keep data sets: a "
        "column with the bytes of pictures and one with their labels.",
        open=_open,
        sniff=_sniff,
        order=45,
        suffixes=(".parquet",),
        options=("target", "targets", "ignore", "group"),
    ),
)
