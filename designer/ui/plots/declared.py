"""What a plot is: one ``PLOT`` declaration per file of this folder, naming the events it wants. No Qt."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

__all__ = ["Columns", "Plot", "Series", "columns", "plots"]

Columns = dict[str, tuple[list[float], list[float]]]
Style = Literal["cloud", "marks", "line"]


@dataclass(frozen=True)
class Series:
    """One curve: the events it takes its points from, and how it is drawn.

    ``cloud``: a light line of every value with a smoothed one above it; ``marks``: a bold line with dots; ``line``:
    a plain one. ``colour`` is a place in the theme's plot colours.
    """

    name: str
    event: str
    y: str
    style: Style
    colour: int
    x: str = "iteration"


@dataclass(frozen=True)
class Plot:
    """One diagram over the iterations of a run. ``log`` offers a logarithmic scale; ``shown`` is the first choice."""

    name: str
    title: str
    help: str
    series: tuple[Series, ...]
    text: Callable[[float], str]
    ceiling: float | None = None
    log: bool = False
    shown: bool = True
    order: int = 100


@cache
def plots() -> tuple[Plot, ...]:
    """Every plot declared in this folder, in the order they stand."""
    import designer.ui.plots as room

    found: list[Plot] = []
    for info in pkgutil.iter_modules(room.__path__):
        if info.name.startswith("plot_"):
            found.append(importlib.import_module(f"{room.__name__}.{info.name}").PLOT)
    return tuple(sorted(found, key=lambda plot: (plot.order, plot.name)))


def columns(events: Iterable[Mapping[str, Any]], wanted: tuple[Plot, ...]) -> dict[str, Columns]:
    """The points that ``events`` add: plot name -> series name -> (x, y). Values that are missing are left out."""
    feeds: dict[str, list[tuple[str, str, list[float], list[float]]]] = {}
    out: dict[str, Columns] = {}
    for plot in wanted:
        out[plot.name] = {}
        for series in plot.series:
            xs: list[float] = []
            ys: list[float] = []
            out[plot.name][series.name] = (xs, ys)
            feeds.setdefault(series.event, []).append((series.x, series.y, xs, ys))
    for event in events:
        for x_name, y_name, xs, ys in feeds.get(str(event.get("type")), ()):
            x, y = event.get(x_name), event.get(y_name)
            if isinstance(x, int | float) and isinstance(y, int | float):
                xs.append(x)
                ys.append(y)
    return out
