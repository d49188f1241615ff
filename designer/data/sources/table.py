"""A table: one row a sample, numbers in columns, and one column (or several) to predict."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from designer.data.source import Loaded, Part, Progress, Source
from designer.data.spec import DataSpec
from designer.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from designer.data.table import Table

__all__ = ["SOURCES", "side_column", "what_is_predicted"]

_MOST_WORDS = 32  # different words of a column that become columns of 0 and 1
_SIDES = ("split", "subset", "fold", "set", "partition")
_TRAIN = ("train", "training", "learn")


def _open(spec: DataSpec, progress: Progress) -> Loaded:
    import numpy as np

    from designer.data.numbers import ArrayNumbers
    from designer.data.table import columns_named, read_table
    from designer.data.targets import find_target, targets_of

    path = Path(spec.source).expanduser()
    progress(None, f"Reading {path.name}")
    table = read_table(path)
    aside = columns_named(spec.ignore, table, path) + columns_named(spec.group, table, path)
    side = side_column(table)
    target = find_target(spec, table, path, [*aside, *side])
    inputs = [name for name in table.columns if name not in {*target, *aside, *side}]
    table, notes = _without_missing(spec, table, [*inputs, *target], target)
    values, more = _matrix(spec, table, inputs, path)
    found = targets_of(spec, table, target, path)
    groups = table.words(spec.group) if spec.group else None
    samples = ArrayNumbers(values, "row", table.first_line)
    notes += [*more, what_is_predicted(found.kind, target, found.names, found.targets)]
    if not side:
        return Loaded(Part(samples, found.targets, groups), found.names, None, tuple(notes), found.kind)
    learned = np.array([word.lower() in _TRAIN for word in table.words(side[0])])
    parts = [
        Part(
            ArrayNumbers(values[mine], "row"),
            found.targets[mine],
            [groups[row] for row in np.flatnonzero(mine)] if groups is not None else None,
        )
        for mine in (learned, ~learned)
    ]
    notes.append(f"The column “{side[0]}” says which rows are for training.")
    return Loaded(parts[0], found.names, parts[1], tuple(notes), found.kind)


def what_is_predicted(kind: str, target: Sequence[str], names: Sequence[str], targets: npt.NDArray[np.generic]) -> str:
    """What is predicted, in a sentence."""
    column = " and ".join(f"“{name}”" for name in target[:3]) + (" and others" if len(target) > 3 else "")
    if kind == "classes":
        return f"To predict: {column}, {len(names)} classes."
    if kind == "labels":
        return f"To predict: {column}, {len(names)} labels."
    return f"To predict: {column}, numbers from {targets.min():.4g} to {targets.max():.4g}."


def side_column(table: Table) -> list[str]:
    """A column that says of each row whether it is for training."""
    for name in table.columns:
        if name.lower() in _SIDES and not table.numeric(name):
            words = {word.lower() for word in table.words(name)}
            if words & set(_TRAIN) and len(words) in (2, 3):
                return [name]
    return []


def _without_missing(
    spec: DataSpec, table: Table, names: Sequence[str], target: Sequence[str]
) -> tuple[Table, list[str]]:
    """The table without the rows that lack a number, where that was asked for."""
    import numpy as np

    from designer.data.table import Table

    if spec.missing != "drop":
        return table, []
    good = np.ones(table.rows, dtype=bool)
    for name in names:
        column = table.columns[name]
        if isinstance(column, list):
            good &= np.array([bool(cell) for cell in column]) if name in target else True
        else:
            good &= ~np.isnan(column)
    left = int(good.sum())
    if left == table.rows:
        return table, []
    columns = {
        name: [cell for cell, keep in zip(column, good, strict=True) if keep]
        if isinstance(column, list)
        else column[good]
        for name, column in table.columns.items()
    }
    return Table(columns, left, table.first_line), [f"{table.rows - left:,} rows lack a number and are left out."]


def _matrix(
    spec: DataSpec, table: Table, inputs: Sequence[str], path: Path
) -> tuple[npt.NDArray[np.float32], list[str]]:
    """The numbers that the network sees. Words with few values become columns of 0 and 1."""
    import numpy as np

    parts: list[npt.NDArray[np.float64]] = []
    notes: list[str] = []
    filled = 0
    for name in inputs:
        column = table.columns[name]
        if isinstance(column, list):
            known = sorted(set(column))
            if len(known) > _MOST_WORDS:
                notes.append(f"The column “{name}” holds {len(known):,} different words and is left out.")
                continue
            parts += [np.array([cell == word for cell in column], dtype=np.float64) for word in known]
            notes.append(f"The words of “{name}” became {len(known)} columns of 0 and 1.")
            continue
        empty = np.isnan(column)
        if empty.any():
            if spec.missing == "refuse":
                raise DataError(
                    f"The column “{name}” of {path.name} lacks {int(empty.sum()):,} of {table.rows:,} numbers, first "
                    f"in row {table.first_line + int(empty.argmax())}. Say what to do with missing numbers: fill in "
                    "the mean, fill in 0, or leave out the row."
                )
            filled += int(empty.sum())
            mean = float(column[~empty].mean()) if spec.missing == "mean" else 0.0
            column = np.where(empty, mean, column)
        parts.append(column)
    if not parts:
        raise DataError(f"{path.name} has no columns of numbers beside its target. Expected at least one.")
    if filled:
        notes.insert(0, f"{filled:,} missing numbers are filled in ({'mean' if spec.missing == 'mean' else '0'}).")
    with np.errstate(over="ignore"):
        return np.stack(parts, axis=1).astype(np.float32), notes


def _sniff(path: Path) -> bool:
    from designer.data.table import read_head

    head = read_head(path)
    return head is not None and len(head.columns) >= 2


SOURCES = (
    Source(
        name="table",
        title="Table of numbers",
        help="A CSV or TSV file with one row a sample; one column is predicted, as a class or a number.",
        open=_open,
        sniff=_sniff,
        order=90,
        suffixes=(".csv", ".tsv", ".txt", ".jsonl", ".json"),
        folders=False,
        options=("target", "targets", "ignore", "missing", "group"),
        pictures=False,
    ),
)
