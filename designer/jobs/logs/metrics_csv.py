"""metrics.csv: a row for each validation and each end of an epoch, for spreadsheets. Always written.

A run that goes on from iteration N drops the rows after it, as those iterations are trained again.
"""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from designer.errors import FileDamaged, ProjectError
from designer.jobs.logs.declared import Event, LogFormat
from designer.project.atomic import write_atomic
from designer.project.strict_json import read_bounded
from designer.train.spec import TrainSpec

__all__ = ["FORMAT", "METRICS", "MetricsCsv", "read_metrics"]

METRICS = "metrics.csv"
_FIRST = (
    "epoch",
    "iteration",
    "seconds",
    "learning_rate",
    "training_loss",
    "training_accuracy",
    "validation_loss",
    "validation_accuracy",
)
_LARGEST = 32 << 20

Row = dict[str, str]


class MetricsCsv:
    """Writes one row at once; what could not be written is tried again with the next row."""

    def __init__(self, run: Path, _spec: TrainSpec | None = None) -> None:
        self._path = run / METRICS
        self._columns = list(_FIRST)
        self._rows: list[Row] = []  # not on the disk yet
        self._whole = True  # the file is to be written anew
        self._kept: list[Row] = []  # of the part of the run before this one
        self._validated: Row | None = None  # its epoch may end right now
        self._step: Mapping[str, Any] = {}
        self._per_epoch = 0

    def take(self, event: Event) -> None:
        """Steps are remembered only. Raises OSError."""
        kind = event["type"]
        if kind == "step":
            self._step = event
        if kind in ("step", "finished", "failed", "started", "epoch"):
            self._take_row(event, kind)
        elif kind == "validated":
            self._end_row()
            self._validated = self._row(event, int(event["iteration"]), "validation")

    def _take_row(self, event: Event, kind: str) -> None:
        if kind == "epoch":
            at = self._validated["iteration"] if self._validated else self._step.get("iteration")
            iteration = int(at or event["epoch"] * self._per_epoch)
            row = self._validated or self._row({}, iteration, "validation")
            self._validated = None
            self._add({**row, **self._row(event, iteration, "training")})
            return
        self._end_row()
        if kind == "started":
            self._begin(event)

    def _end_row(self) -> None:
        if self._validated is not None:
            row, self._validated = self._validated, None
            self._add(row)

    def close(self) -> None:
        """Write what is pending. Raises OSError."""
        self._end_row()
        if self._rows:
            self._write()

    def _begin(self, event: Event) -> None:
        start = int(event.get("start_iteration") or 0)
        self._per_epoch, self._step = int(event.get("iterations_per_epoch") or 0), {}
        before = read_metrics(self._path) if start else []
        self._kept = [row for row in before if row.get("iteration", "").isdecimal() and int(row["iteration"]) <= start]
        self._columns = list(dict.fromkeys([*_FIRST, *(name for row in self._kept for name in row)]))
        self._whole = True
        self._write()

    def _row(self, event: Event, iteration: int, part: str) -> Row:
        row = {"iteration": str(iteration)}
        for name in ("epoch",):
            if name in event:
                row[name] = str(event[name])
        if self._step:
            row["seconds"], row["learning_rate"] = _text(self._step["elapsed"]), _text(self._step["learning_rate"])
        figures = {name: event.get(name) for name in ("loss", "accuracy")} | dict(event.get("figures") or {})
        for output, own in (event.get("outputs") or {}).items():
            figures |= {f"{output}.{name}": value for name, value in own.items()}
        return row | {f"{part}_{name}": _text(value) for name, value in figures.items() if value is not None}

    def _add(self, row: Row) -> None:
        self._rows.append(row)
        if set(row) - set(self._columns):  # a figure that earlier rows had not: the file becomes wider
            self._columns += [name for name in row if name not in self._columns]
            if not self._whole:
                self._kept, self._whole = read_metrics(self._path), True
        self._write()

    def _write(self) -> None:
        if self._whole:
            text = _lines(
                [dict(zip(self._columns, self._columns, strict=True)), *self._kept, *self._rows], self._columns
            )
            try:
                write_atomic(self._path, text)
            except ProjectError as error:
                raise OSError(str(error)) from error
            self._kept, self._whole = [], False
        else:
            _append(self._path, _lines(self._rows, self._columns))
        self._rows = []


def read_metrics(path: Path) -> list[Row]:
    """The rows of a metrics.csv, empty cells left out. A half-written last row is left out; no file has no rows."""
    try:
        data = read_bounded(path, _LARGEST)
    except FileDamaged:
        return []
    whole = data[: data.rfind(b"\n") + 1].decode("utf-8", "replace").replace("\0", "")
    try:
        rows = csv.DictReader(io.StringIO(whole), strict=False)
        return [{name: cell for name, cell in row.items() if name and isinstance(cell, str) and cell} for row in rows]
    except csv.Error:
        return []


def _append(path: Path, text: bytes) -> None:
    """Add whole lines or nothing. Raises OSError."""
    with path.open("ab", buffering=0) as file:
        size = file.seek(0, io.SEEK_END)
        try:
            if file.write(text) != len(text):
                raise OSError("the disk is full")
        except OSError:
            with contextlib.suppress(OSError):
                file.truncate(size)
            raise


def _lines(rows: list[Row], columns: list[str]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writerows(rows)
    return out.getvalue().encode("utf-8", "replace")


def _text(value: Any) -> str:
    return repr(float(value)) if isinstance(value, float) else str(value)


FORMAT = LogFormat("csv", "table metrics.csv", lambda _spec: True, MetricsCsv)
