"""The columns of the run library, for the window's table and the terminal's."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from designer.graph.words import count, short
from designer.jobs.figures import figure_text, figure_title, less_is_better
from designer.jobs.library import RunEntry
from designer.train.told import time_words

__all__ = ["COLUMNS", "Column", "column", "sorted_by"]


@dataclass(frozen=True)
class Column:
    """``value`` is what is sorted by, None where it is not known; ``down`` says that people want the largest first."""

    key: str
    title: str
    tip: str
    value: Callable[[RunEntry], Any]
    text: Callable[[RunEntry], str]
    width: int = 90
    right: bool = False
    down: bool = False
    shown: bool = True


def _judged(entry: RunEntry, which: str) -> float | None:
    figure = entry.judged
    return None if figure is None else float(getattr(figure, which))


def _rank(which: str) -> Callable[[RunEntry], Any]:
    """Like is compared with like: figures by name, and the better of them is the larger."""

    def value(entry: RunEntry) -> Any:
        found = _judged(entry, which)
        return None if found is None else (entry.figure, -found if less_is_better(entry.figure) else found)

    return value


def _figure(which: str) -> Callable[[RunEntry], str]:
    def text(entry: RunEntry) -> str:
        found = _judged(entry, which)
        if found is None:
            return "–"
        name = "" if entry.figure == "accuracy" else f"{figure_title(entry.figure).lower()} "
        return f"{name}{figure_text(entry.figure, found)}"

    return text


def _loss(entry: RunEntry) -> float | None:
    figure = entry.digest.figures.get("loss")
    return None if figure is None else figure.best


def _setting(key: str, title: str, tip: str, shown: bool = False, width: int = 90) -> Column:
    def value(entry: RunEntry) -> Any:
        found = entry.digest.settings.get(key)
        return found if isinstance(found, int | float | str) else None

    def text(entry: RunEntry) -> str:
        found = value(entry)
        return "–" if found is None else f"{found:g}" if isinstance(found, float) else str(found)

    return Column(key, title, tip, value, text, width, right=title != "Optimiser", shown=shown)


def _known(value: object, text: Callable[[Any], str] = str) -> str:
    return "–" if value is None or value == "" else text(value)


def _when(seconds: float) -> str:
    then = time.localtime(seconds)
    this_year = then.tm_year == time.localtime().tm_year
    return time.strftime("%d %b, %H:%M" if this_year else "%d %b %Y", then)


COLUMNS: tuple[Column, ...] = (
    Column("name", "Name", "What you call the run; else its folder", lambda e: e.name, lambda e: e.name, 190),
    Column("state", "State", "What became of it", lambda e: e.state, lambda e: e.state.capitalize(), 96),
    Column("best", "Best", "The best validation of the run", _rank("best"), _figure("best"), 92, True, True),
    Column("last", "Last", "The last validation of the run", _rank("last"), _figure("last"), 92, True, True),
    Column("loss", "Lowest loss", "The lowest loss of its validations", _loss,
           lambda e: _known(_loss(e), lambda v: figure_text("loss", v)), 96, True, shown=False),
    Column("epochs", "Epochs", "Epochs done, of those asked for", lambda e: e.digest.epoch,
           lambda e: f"{e.digest.epoch} / {e.digest.epochs}" if e.digest.epochs else "–", 100, True, True),
    Column("started", "Started", "When it was asked for", lambda e: e.digest.started,
           lambda e: _known(e.digest.started, _when), 116, down=True),
    Column("duration", "Time", "Time spent training, pauses left out", lambda e: e.digest.elapsed,
           lambda e: _known(e.digest.elapsed, time_words), 84, True, True),
    Column("tags", "Tags", "Your own words for it", lambda e: ", ".join(e.about.tags) or None,
           lambda e: ", ".join(e.about.tags), 120),
    _setting("learning_rate", "Rate", "The learning rate", shown=True, width=68),
    _setting("batch_size", "Batch", "Samples per iteration", width=72),
    _setting("optimizer", "Optimiser", "How the weights follow their gradients"),
    _setting("seed", "Seed", "What every random choice started from", width=72),
    Column("data", "Data", "What it was trained on", lambda e: e.digest.data.get("source"),
           lambda e: _known(e.digest.data.get("source")), 120, shown=False),
    Column("parameters", "Parameters", "The numbers in its network", lambda e: e.digest.parameters,
           lambda e: _known(e.digest.parameters, short), 96, True, shown=False),
    Column("blocks", "Blocks", "The blocks of its network", lambda e: e.digest.blocks,
           lambda e: _known(e.digest.blocks, count), 72, True, shown=False),
    Column("device", "Device", "Where it was trained", lambda e: e.digest.device or None,
           lambda e: e.digest.device or "–", 140, shown=False),
    Column("notes", "Notes", "What you wrote to it", lambda e: e.about.notes or None,
           lambda e: " ".join(e.about.notes.split()), 200, shown=False),
)  # fmt: skip


def column(key: str) -> Column | None:
    """The column of a key; that of any figure by the figure's name."""
    found = next((column for column in COLUMNS if column.key == key), None)
    if found is not None:
        return found

    def value(entry: RunEntry) -> float | None:
        figure = entry.digest.figures.get(key)
        return None if figure is None else figure.best

    def text(entry: RunEntry) -> str:
        return _known(value(entry), lambda v: figure_text(key, v))

    return Column(key, figure_title(key), "Its best value", value, text, 96, True, not less_is_better(key))


def sorted_by(entries: list[RunEntry], by: Column, down: bool) -> list[RunEntry]:
    """In that order; what is not known stands last either way."""
    known = [(value, entry) for entry in entries if (value := by.value(entry)) is not None]
    known.sort(key=lambda pair: _comparable(pair[0]), reverse=down)
    return [entry for _, entry in known] + [entry for entry in entries if by.value(entry) is None]


def _comparable(value: Any) -> Any:
    return (1, value.casefold()) if isinstance(value, str) else (0, value)  # a stranger's folder may mix them
