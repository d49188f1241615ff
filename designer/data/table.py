"""Tables in text: CSV of any delimiter, JSON and JSON lines, read bounded into named columns. No torch."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt

from designer.errors import DataError

__all__ = ["JOINT", "MISSING", "Column", "Table", "columns_named", "number_of", "read_head", "read_table"]

Column = npt.NDArray[np.float64] | list[str]
"""Numbers (NaN where one is missing), or words."""

JOINT = "\x1f"
"""Between the labels of one sample, where a file gives a list of them."""

MISSING = frozenset({"", "-", "?", "na", "n/a", "nan", "null", "none", "missing"})

_MAX_FILE = 1 << 30
_MAX_JSON = 128 << 20
_MAX_COLUMNS = 16_384
_MAX_CELLS = 60_000_000
_DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class Table:
    """Columns of one length by their names, in the file's order; ``first_line`` is the line of row 0 in the file."""

    columns: dict[str, Column]
    rows: int
    first_line: int = 1

    def numeric(self, name: str) -> bool:
        """Whether the column holds numbers only."""
        return not isinstance(self.columns[name], list)

    def words(self, name: str) -> list[str]:
        """The cells of a column as words: 3.0 is “3”, what is missing is empty."""
        column = self.columns[name]
        if isinstance(column, list):
            return column
        return ["" if np.isnan(v) else f"{v:.10g}" for v in column.tolist()]


def columns_named(text: str, table: Table, path: Path) -> list[str]:
    """The columns that a person named with commas between. Raises DataError for one that there is not."""
    wanted = [text] if text in table.columns else [part.strip() for part in text.split(",") if part.strip()]
    for name in wanted:
        if name not in table.columns:
            known = ", ".join(itertools.islice(table.columns, 12))
            more = f" and {len(table.columns) - 12} more" if len(table.columns) > 12 else ""
            raise DataError(f"{path.name} has no column “{name}”. It has {known}{more}.")
    return wanted


def number_of(cell: str, comma: bool = False) -> float | None:
    """The number in a cell, NaN where it is missing, None where it is a word."""
    cell = cell.strip()
    if cell.lower() in MISSING:
        return float("nan")
    if "_" in cell:  # Python takes 1_000 for a number; people who write tables do not
        return None
    try:
        return float(cell.replace(",", ".") if comma else cell)
    except ValueError:
        return None


def read_table(path: Path) -> Table:
    """The table in a .csv, .tsv, .txt, .json or .jsonl file. Raises DataError."""
    try:
        size = path.stat().st_size
        if path.suffix.lower() in (".json", ".jsonl"):
            if size > _MAX_JSON:
                raise DataError(f"{path.name} is larger than {_MAX_JSON >> 20} MB. Give it as CSV.")
            return _of_records(_json_records(path), path)
        if size > _MAX_FILE:
            raise DataError(
                f"{path.name} is larger than {_MAX_FILE >> 30} GB. Give its numbers as .npy, or a part of it."
            )
        return _read_csv(path)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error
    except csv.Error as error:
        raise DataError(f"{path.name} is not a table: {error}.") from error


def read_head(path: Path, rows: int = 200) -> Table | None:
    """The first rows of a table, to tell what it is; None where the file holds none."""
    try:
        if path.suffix.lower() in (".json", ".jsonl"):
            return read_table(path) if path.stat().st_size <= _MAX_JSON else None
        return _read_csv(path, rows)
    except (DataError, csv.Error):
        return None


# ---------------------------------------------------------------- CSV


def _read_csv(path: Path, most: int | None = None) -> Table:
    """The table, or its first ``most`` rows."""
    encoding = _encoding(path, whole=most is None)
    with path.open(newline="", encoding=encoding) as file:
        delimiter = _delimiter(file, path)
    with path.open(newline="", encoding=encoding) as file:
        rows = _csv_rows(file, delimiter)
        first = next(rows, None)
        if first is None:
            raise DataError(f"{path.name} is empty. Expected one row a sample.")
        if len(first) > _MAX_COLUMNS:
            raise DataError(f"{path.name} has {len(first):,} columns; at most {_MAX_COLUMNS:,} can be read.")
        comma = delimiter == ";"
        headed = not any((n := number_of(cell, comma)) is not None and not np.isnan(n) for cell in first)
        names = _names(first, path) if headed else [f"column {k + 1}" for k in range(len(first))]
        body = rows if headed else itertools.chain([first], rows)
        columns, count = _columns(itertools.islice(body, most), names, comma, path, 2 if headed else 1)
    if not count:
        raise DataError(f"{path.name} has names of columns and no rows. Expected one row a sample.")
    return Table(columns, count, 2 if headed else 1)


def _encoding(path: Path, whole: bool) -> str:
    """UTF-8, or what spreadsheets on Windows write. Raises DataError for what is no text."""
    with path.open("rb") as file:
        head = file.read(1 << 16)
    if b"\0" in head:
        raise DataError(f"{path.name} is not a text file. Expected a table with one row a sample.")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            with path.open(encoding=encoding) as text:
                while text.read(1 << 20) and whole:
                    pass
        except UnicodeDecodeError:
            continue
        return encoding
    raise DataError(f"{path.name} is neither UTF-8 nor Windows text. Save it as UTF-8.")


def _delimiter(file: TextIO, path: Path) -> str:
    """The one that gives the first lines the same number of cells, and the most of them."""
    lines = [line for line in itertools.islice(file, 50) if line.strip()]
    best, most = ",", 1
    for delimiter in _DELIMITERS:
        widths = {len(row) for row in csv.reader(lines, delimiter=delimiter, strict=False) if row}
        if len(widths) == 1 and max(widths) > most:
            best, most = delimiter, max(widths)
    return best


def _csv_rows(file: TextIO, delimiter: str) -> Iterator[list[str]]:
    return (row for row in csv.reader(file, delimiter=delimiter) if any(cell.strip() for cell in row))


def _names(first: Sequence[str], path: Path) -> list[str]:
    names = [cell.strip() or f"column {k + 1}" for k, cell in enumerate(first)]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise DataError(f"{path.name} has two columns called “{twice[0]}”. Give each its own name.")
    return names


def _columns(
    rows: Iterable[Sequence[str]], names: Sequence[str], comma: bool, path: Path, first_line: int
) -> tuple[dict[str, Column], int]:
    """Numbers stay numbers from chunk to chunk; a column with one word is kept as words."""
    kept: list[list[Any]] = [[] for _ in names]
    worded = [False] * len(names)
    words: dict[str, str] = {}  # each word is kept once
    count = 0
    for row in rows:
        if len(row) != len(names):
            raise DataError(
                f"Row {first_line + count} of {path.name} has {len(row)} cells, and the first has {len(names)}. "
                "Each row needs the same number of cells."
            )
        count += 1
        if count * len(names) > _MAX_CELLS:
            raise DataError(
                f"{path.name} has more than {_MAX_CELLS:,} cells. Give its numbers as .npy, or a part of it."
            )
        for place, cell in enumerate(row):
            cell = cell.strip()
            kept[place].append(words.setdefault(cell, cell))
            if not worded[place] and number_of(cell, comma) is None:
                worded[place] = True
    columns: dict[str, Column] = {}
    for name, cells, wordy in zip(names, kept, worded, strict=True):
        wordy = wordy or all(cell.lower() in MISSING for cell in cells)
        columns[name] = cells if wordy else np.array([number_of(cell, comma) for cell in cells], dtype=np.float64)
        kept[len(columns) - 1] = []  # its words are not needed any more
    return columns, count


# ---------------------------------------------------------------- JSON


def _json_records(path: Path) -> list[Any]:
    """A list of objects, one object a line, or one object from names to labels. Raises DataError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix.lower() == ".jsonl":
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path.name} is not JSON: {error}.") from error
    if isinstance(data, dict):
        lists = [value for value in data.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
        if len(lists) == 1:  # {"samples": [{...}, ...]}
            return list(lists[0])
        return [{"file": key, **(v if isinstance(v, dict) else {"label": v})} for key, v in data.items()]
    return data if isinstance(data, list) else []


def _of_records(records: Sequence[Any], path: Path) -> Table:
    if not records or not all(isinstance(record, dict) for record in records):
        raise DataError(f"{path.name} must hold a list of objects, one a sample, with the same names in each.")
    rows = [dict(_cells(record)) for record in records]
    names = list(dict.fromkeys(name for row in rows for name in row))
    if len(names) > _MAX_COLUMNS or len(names) * len(rows) > _MAX_CELLS:
        raise DataError(f"{path.name} has {len(rows):,} samples with {len(names):,} values, too many to read.")
    columns, count = _columns(([row.get(name, "") for name in names] for row in rows), names, False, path, 1)
    return Table(columns, count)


def _cells(record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Lists of numbers become columns; lists of words stay in one cell."""
    for name, value in record.items():
        if isinstance(value, list) and value and all(isinstance(v, int | float) for v in value):
            yield from ((f"{name} {place}", repr(v)) for place, v in enumerate(value))
        elif isinstance(value, list):
            yield name, JOINT.join(map(str, value))
        elif isinstance(value, bool):
            yield name, "1" if value else "0"
        elif value is None or isinstance(value, str | int | float):
            yield name, "" if value is None else str(value)
