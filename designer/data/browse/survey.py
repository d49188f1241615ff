"""Figures of a bounded sample of the data, a few items at a time, so that whoever asks can do something in between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from designer.data.browse.items import DAMAGED, SPLITS, Items
from designer.data.decode import Damaged
from designer.data.numbers import Numbers
from designer.data.pictures import natural_of
from designer.data.skipped import SkippedList
from designer.data.table import read_head

__all__ = ["MOST", "Survey", "distribution", "table_head"]

MOST = 2000
"""Items that are looked at."""

_SIDE = 96  # pixels: enough for brightness and colours
_BINS = 24
_ROWS, _SHOWN = 10_000, 100  # of a table that are summed up, and that are shown
_COLUMNS = 200
_CHANNELS = 64


class Survey:
    """Sizes, brightness, and mean and deviation of each channel."""

    def __init__(self, items: Items, most: int = MOST) -> None:
        self._items = items
        count = min(most, items.total)
        self._numbers = np.unique(np.linspace(0, items.total - 1, count).astype(np.int64))
        self.skipped = SkippedList()
        self.done = 0
        self._sizes: list[tuple[int, int]] = []
        self._levels: list[float] = []
        self._spreads: list[float] = []
        self._sums: npt.NDArray[np.float64] | None = None  # by channel: count, sum, sum of squares, lowest, highest

    @property
    def total(self) -> int:
        """How many are looked at."""
        return len(self._numbers)

    def steps(self) -> Iterator[None]:
        """Look at one after the other."""
        for number in self._numbers.tolist():
            try:
                self._add(number)
            except Damaged as error:
                self._items.flags[number] |= DAMAGED
                self.skipped.add(self._items.name(number), str(error))
            self.done += 1
            yield

    def _add(self, number: int) -> None:
        samples, row = self._items.place(number)
        if isinstance(samples, Numbers):
            values = self._items.values(number)
            assert values is not None
            channels: npt.NDArray[Any] = values.reshape(values.shape[0], -1)
            self._levels.append(float(channels.mean()))
            self._spreads.append(float(channels.std()))
        else:
            _, height, width = natural_of(samples, row)
            pixels = self._items.look(number, _SIDE).pixels
            self._sizes.append((width, height))
            channels = (pixels / np.float32(255)).transpose(2, 0, 1).reshape(pixels.shape[2], -1)
            self._levels.append(float(channels.mean()))
        self._count(channels)

    def _count(self, channels: npt.NDArray[Any]) -> None:
        wide = channels[:_CHANNELS].astype(np.float64)
        found = np.stack(
            [
                np.full(len(wide), wide.shape[1]),
                wide.sum(axis=1),
                (wide**2).sum(axis=1),
                wide.min(axis=1),
                wide.max(axis=1),
            ]
        )
        if self._sums is None:
            self._sums = found
            return
        if len(wide) != self._sums.shape[1]:  # grey and colour mixed: all is told in colour
            wider = max(len(wide), self._sums.shape[1])
            found, self._sums = (one if one.shape[1] == wider else one[:, [0] * wider] for one in (found, self._sums))
        self._sums[:3] += found[:3]
        self._sums[3], self._sums[4] = np.minimum(self._sums[3], found[3]), np.maximum(self._sums[4], found[4])

    def found(self) -> dict[str, Any]:
        """What was found so far: ``histograms`` and ``channels``, as plain data."""
        histograms = []
        if self._sizes:
            widths, heights = (np.array(side, dtype=np.float64) for side in zip(*self._sizes, strict=True))
            histograms += [_histogram("Width", widths, "px"), _histogram("Height", heights, "px")]
            histograms.append(_histogram("Width / height", widths / heights, ""))
        if self._levels:
            title = "Brightness" if self._items.pictures else "Mean of a sample"
            span = (0.0, 1.0) if self._items.pictures else None
            histograms.append(_histogram(title, np.array(self._levels), "", span))
        if self._spreads:
            histograms.append(_histogram("Spread of a sample", np.array(self._spreads), ""))
        return {
            "looked": self.done,
            "of": self._items.total,
            "histograms": histograms,
            "channels": self._channels(),
            "damaged": self.skipped.count,
        }

    def _channels(self) -> list[dict[str, Any]]:
        if self._sums is None:
            return []
        count, total, squares, low, high = self._sums
        mean = total / count
        std = np.sqrt(np.maximum(0.0, squares / count - mean**2))
        colours = ("Grey",) if len(count) == 1 else ("Red", "Green", "Blue")
        names = colours if self._items.pictures else tuple(f"{k + 1}" for k in range(len(count)))
        return [
            {"name": name, "mean": float(mean[k]), "std": float(std[k]), "low": float(low[k]), "high": float(high[k])}
            for k, name in enumerate(names)
        ]


def _histogram(
    title: str, values: npt.NDArray[np.float64], unit: str, span: tuple[float, float] | None = None
) -> dict[str, Any]:
    low, high = span or (float(values.min()), float(values.max()))
    counts, edges = np.histogram(values, bins=_BINS if high > low else 1, range=(low, high) if high > low else None)
    return {"title": title, "unit": unit, "edges": edges.tolist(), "counts": counts.tolist()}


def distribution(items: Items) -> dict[str, Any]:
    """How many samples each class or label has on each side; of numbers a histogram for each."""
    targets, names = items.targets(), items.loaded.classes
    sides = [items.split == side for side in range(len(SPLITS))]
    if items.loaded.kind == "values":
        columns = targets.reshape(len(targets), -1).astype(np.float64)
        return {"histograms": [_histogram(name, columns[:, k], "") for k, name in enumerate(names[:_CHANNELS])]}
    rows = [
        np.bincount(targets[side], minlength=len(names))
        if items.loaded.kind == "classes"
        else targets[side].sum(axis=0)
        for side in sides
    ]
    return {"classes": list(names), "counts": [np.asarray(row).astype(int).tolist() for row in rows]}


def table_head(items: Items) -> dict[str, Any] | None:
    """The first rows of a table and a summary of each column; None of what is no table."""
    path = Path(items.spec.source).expanduser()
    if "target" not in items.source.options or not path.is_file():
        return None
    head = read_head(path, _ROWS)
    if head is None:
        return None
    names = list(head.columns)[:_COLUMNS]
    shown = [head.words(name)[:_SHOWN] for name in names]
    return {
        "columns": names,
        "rows": [list(row) for row in zip(*shown, strict=True)],
        "summary": [_column(head.columns[name]) for name in names],
        "of": head.rows,
    }


def _column(cells: npt.NDArray[np.float64] | Sequence[str]) -> dict[str, Any]:
    if not isinstance(cells, np.ndarray):
        empty = sum(not cell for cell in cells)
        return {"words": len(set(cells)), "missing": empty}
    known = cells[~np.isnan(cells)]
    missing = len(cells) - len(known)
    if not len(known):
        return {"missing": missing}
    return {
        "mean": float(known.mean()),
        "std": float(known.std()),
        "low": float(known.min()),
        "high": float(known.max()),
        "missing": missing,
    }
