"""From columns of a table to what a network learns: one class, numbers, or several labels a sample. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from designer.data.source import Kind
from designer.data.spec import DataSpec
from designer.data.table import JOINT, Table, columns_named
from designer.errors import DataError

if TYPE_CHECKING:
    from designer.data.source import Targets

__all__ = ["TARGET_NAMES", "Found", "find_target", "targets_of"]

TARGET_NAMES = ("target", "label", "labels", "class", "y", "category", "tags", "outcome", "species")
_FEW = 20  # different whole numbers that are taken for classes
_MOST_CLASSES = 100_000
_SEPARATORS = (JOINT, "|", ";", ",")


@dataclass(frozen=True)
class Found:
    """Targets of every row, their kind, and the names of the classes, labels or numbers."""

    targets: Targets
    kind: Kind
    names: tuple[str, ...]


def find_target(spec: DataSpec, table: Table, path: Path, others: Sequence[str] = ()) -> list[str]:
    """The columns to predict: those that the person named, one with a usual name, else the last.

    ``others`` are columns that are something else. Raises DataError.
    """
    if spec.target:
        return columns_named(spec.target, table, path)
    free = [name for name in table.columns if name not in others]
    for wanted in TARGET_NAMES:
        for name in free:
            if name.lower() == wanted and not (wanted == "y" and _axis(name, free)):
                return [name]
    for wanted in ("label", "target"):  # label 0, label 1, ... or label_x, label_y
        several = [name for name in free if name.lower().startswith((f"{wanted} ", f"{wanted}_", f"{wanted}s "))]
        if several:
            return several
    if not free:
        raise DataError(f"{path.name} has no column left to predict. Name one with “target”.")
    return free[-1:]


def _axis(name: str, names: Sequence[str]) -> bool:
    """Whether y is the second of x, y, z rather than what x leads to."""
    return name != names[-1] and any(other.lower() == "x" for other in names)


def targets_of(spec: DataSpec, table: Table, names: Sequence[str], path: Path) -> Found:
    """What is in these columns, as ``spec.targets`` says or as it looks. Raises DataError."""
    kind = spec.targets if spec.targets != "auto" else _looks_like(table, names)
    _none_missing(table, names, path, kind)
    if kind == "values":
        return _values(table, names, path)
    if kind == "labels":
        return _labels(table, names, path)
    if len(names) != 1:
        raise DataError(f"Classes come from one column, not from {len(names)} ({', '.join(names[:5])}). Name one.")
    return _classes(table, names[0], path)


def _looks_like(table: Table, names: Sequence[str]) -> Kind:
    if len(names) > 1:
        cells = [table.columns[name] for name in names]
        binary = all(not isinstance(c, list) and np.isin(c, (0.0, 1.0)).all() for c in cells)
        return "labels" if binary else "values"
    column = table.columns[names[0]]
    if isinstance(column, list):
        return "labels" if any(_separator(column[:2000], s) for s in _SEPARATORS[:3]) else "classes"
    known = np.unique(column[~np.isnan(column)])
    whole = bool((known == np.round(known)).all())
    return "classes" if whole and 2 <= len(known) <= min(_FEW, max(2, len(column) // 2)) else "values"


def _none_missing(table: Table, names: Sequence[str], path: Path, kind: Kind) -> None:
    """A sample without a target teaches nothing; of labels none at all is an answer."""
    for name in names:
        column = table.columns[name]
        if isinstance(column, list):
            empty = [] if kind == "labels" else [row for row, cell in enumerate(column) if not cell]
        else:
            empty = np.flatnonzero(np.isnan(column)).tolist()
        if empty:
            raise DataError(
                f"The target “{name}” is missing in {len(empty):,} of {table.rows:,} rows of {path.name}, first in row "
                f"{table.first_line + empty[0]}. Fill them in or take the rows out; choose “leave out the row” for "
                "missing numbers to do so here."
            )


def _classes(table: Table, name: str, path: Path) -> Found:
    column = table.columns[name]
    if not isinstance(column, list) and (column != np.round(column)).any():
        raise DataError(f"The column “{name}” of {path.name} holds broken numbers, which are no classes. Use values.")
    if isinstance(column, list):
        known, numbers = np.unique(np.array(column, dtype=object).astype(str), return_inverse=True)
        titles = tuple(map(str, known))
    else:
        found, numbers = np.unique(column, return_inverse=True)
        titles = tuple(f"{value:.10g}" for value in found)
    if not 2 <= len(titles) <= min(_MOST_CLASSES, max(2, table.rows // 2)):
        raise DataError(
            f"The column “{name}” of {path.name} holds {len(titles):,} different values in {table.rows:,} rows. "
            "Classes must be at least two, with more than one row each on average. Choose another target column."
        )
    return Found(numbers.astype(np.int64), "classes", titles)


def _values(table: Table, names: Sequence[str], path: Path) -> Found:
    for name in names:
        if not table.numeric(name):
            raise DataError(f"The column “{name}” of {path.name} holds words, which cannot be predicted as numbers.")
    values = np.stack([np.asarray(table.columns[name]) for name in names], axis=1).astype(np.float32)
    if not np.isfinite(values).all():
        raise DataError(f"The target of {path.name} holds numbers that are infinite or too large. Correct them.")
    return Found(values, "values", tuple(names))


def _labels(table: Table, names: Sequence[str], path: Path) -> Found:
    if len(names) > 1:
        columns = [table.columns[name] for name in names]
        for name, column in zip(names, columns, strict=True):
            if isinstance(column, list) or not np.isin(column, (0.0, 1.0)).all():
                raise DataError(f"The column “{name}” of {path.name} must hold 0 or 1 for each sample.")
        return Found(np.stack([np.asarray(c) for c in columns], axis=1).astype(np.float32), "labels", tuple(names))
    cells = table.words(names[0])
    separator = next((s for s in _SEPARATORS if _separator(cells, s)), JOINT)
    said = [[part.strip() for part in cell.split(separator) if part.strip()] for cell in cells]
    titles = tuple(sorted({label for row in said for label in row}))
    if not 1 <= len(titles) <= 10_000:
        raise DataError(
            f"The column “{names[0]}” of {path.name} holds {len(titles):,} labels; from 1 to 10,000 can be learned."
        )
    place = {label: k for k, label in enumerate(titles)}
    found = np.zeros((len(said), len(titles)), dtype=np.float32)
    for row, labels in enumerate(said):
        found[row, [place[label] for label in labels]] = 1.0
    return Found(found, "labels", titles)


def _separator(cells: Sequence[str], separator: str) -> bool:
    return any(separator in cell for cell in cells)
