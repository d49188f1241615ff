"""Every point of plots as a table: a line a value, with its iteration, epoch and second. No Qt."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from designer.ui.plots.timeline import Timeline
from designer.ui.plots.tracks import Track

__all__ = ["HEADER", "Recorded", "as_csv"]

HEADER = ("run", "plot", "series", "iteration", "epoch", "seconds", "value", "smoothed")


@dataclass(frozen=True)
class Recorded:
    """The values of one series of one run."""

    run: str
    plot: str
    line: Timeline
    track: Track


def as_csv(recorded: Iterable[Recorded]) -> str:
    """All of it as text. Cells are empty where something is not known."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for one in recorded:
        writer.writerows(_rows(one))
    return out.getvalue()


def _rows(one: Recorded) -> Iterator[tuple[object, ...]]:
    values, smoothed = one.track.values, one.track.smoothed
    x = values.x
    epochs, seconds = (_cells(one.line.places(x, axis)) for axis in ("epoch", "time"))
    second = smoothed.y.tolist() if smoothed is not None else [""] * len(x)
    name = one.track.series.name
    for at, epoch, time, y, s in zip(x.tolist(), epochs, seconds, values.y.tolist(), second, strict=True):
        yield one.run, one.plot, name, int(at), epoch, time, y, s


def _cells(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[object]:
    return ["" if value != value else round(value, 6) for value in values.tolist()]
