"""What a plot is: one file ``plot_*.py`` of this folder each, naming the events it wants. No Qt.

A file declares one ``PLOT``; or ``plots_in(events)``, for plots that depend on what a run says.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any, Literal

__all__ = ["Columns", "Plot", "Series", "columns", "plots", "plots_in"]

Columns = dict[str, tuple[list[float], list[float]]]
Style = Literal["cloud", "marks", "line", "means"]
Event = Mapping[str, Any]


@dataclass(frozen=True)
class Series:
    """One curve: the events it takes its points from, and how it is drawn.

    ``cloud``: a light line of every value with a smoothed one above it; ``marks``: a bold line with dots; ``line``:
    a plain one; ``means``: dots of whole epochs, which a person may switch on. ``colour`` is a place in the theme's
    plot colours. ``y`` is a field, or the way to one inside of fields. ``x`` is "iteration", or "epoch" for what is
    told at the end of one.
    """

    name: str
    event: str
    y: str | tuple[str, ...]
    style: Style
    colour: int
    x: str = "iteration"


@dataclass(frozen=True)
class Plot:
    """One diagram over a run. ``log`` offers a logarithmic scale; ``shown`` is the first choice.

    ``text`` writes a value; ``tick`` the labels of the axis, where those are no plain numbers.
    """

    name: str
    title: str
    help: str
    series: tuple[Series, ...]
    text: Callable[[float], str]
    ceiling: float | None = None
    log: bool = False
    shown: bool = True
    order: int = 100
    tick: Callable[[float], str] | None = None


@cache
def _files() -> tuple[ModuleType, ...]:
    import designer.ui.plots as room

    found = (info.name for info in pkgutil.iter_modules(room.__path__) if info.name.startswith("plot_"))
    return tuple(importlib.import_module(f"{room.__name__}.{name}") for name in found)


@cache
def plots() -> tuple[Plot, ...]:
    """Every plot that is there for every run, in the order they stand."""
    found = [file.PLOT for file in _files() if hasattr(file, "PLOT")]
    return tuple(sorted(found, key=lambda plot: (plot.order, plot.name)))


def plots_in(events: Iterable[Event], known: Iterable[str] = ()) -> tuple[Plot, ...]:
    """The plots that these events ask for beyond those whose names are ``known``, in the order they stand."""
    events, names = list(events), {*known, *(plot.name for plot in plots())}
    found = [plot for file in _files() if hasattr(file, "plots_in") for plot in file.plots_in(events, names)]
    return tuple(sorted(found, key=lambda plot: (plot.order, plot.name)))


def columns(events: Iterable[Event], wanted: Iterable[Plot], per_epoch: int = 0) -> dict[str, Columns]:
    """The points that ``events`` add: plot name -> series name -> (iterations, values). What is missing is left out.

    ``per_epoch`` says how many iterations an epoch has; without it there are no points of whole epochs.
    """
    feeds: dict[str, list[tuple[Series, tuple[str, ...], list[float], list[float]]]] = {}
    out: dict[str, Columns] = {}
    for plot in wanted:
        out[plot.name] = {}
        for series in plot.series:
            xs: list[float] = []
            ys: list[float] = []
            out[plot.name][series.name] = (xs, ys)
            path = (series.y,) if isinstance(series.y, str) else series.y
            feeds.setdefault(series.event, []).append((series, path, xs, ys))
    for event in events:
        for series, path, xs, ys in feeds.get(str(event.get("type")), ()):
            x, y = event.get(series.x), _within(event, path)
            if isinstance(x, int | float) and isinstance(y, int | float):
                if series.x == "epoch":
                    if not per_epoch:
                        continue
                    x *= per_epoch
                xs.append(x)
                ys.append(y)
    return out


def _within(event: Event, path: tuple[str, ...]) -> object:
    """What a field holds, or a field of a field."""
    found: object = event
    for name in path:
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    return found
