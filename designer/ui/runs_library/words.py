"""What the library says about one run, in rows."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

from designer.graph.words import count, plural, short
from designer.jobs.comparing import compared
from designer.jobs.figures import figure_text, figure_title
from designer.jobs.library import RunEntry
from designer.train.spec import TrainSpec
from designer.train.told import time_words

__all__ = ["best_rows", "fact_rows", "figure_rows", "setting_rows", "summary", "together"]


def summary(entry: RunEntry) -> str:
    """One line: when, how long, how far."""
    digest = entry.digest
    parts = []
    if digest.started is not None:
        parts.append(time.strftime("%d %b %Y, %H:%M", time.localtime(digest.started)))
    if digest.elapsed is not None:
        parts.append(time_words(digest.elapsed))
    if digest.epochs:
        parts.append(f"{digest.epoch} of {plural(digest.epochs, 'epoch')}")
    return " · ".join(parts)


def together(entries: Sequence[RunEntry]) -> str:
    """Mean and spread of the best figures of several runs that are judged by the same one."""
    values = [entry.judged.best for entry in entries if entry.judged is not None and entry.figure == entries[0].figure]
    if len(values) < 2 or len(values) != len(entries):
        return ""
    name, mean, spread = entries[0].figure, statistics.fmean(values), statistics.stdev(values)
    return f"{figure_title(name)}, best: {figure_text(name, mean)} ± {figure_text(name, spread)} (standard deviation)"


def best_rows(entries: Sequence[RunEntry]) -> list[tuple[str, str]]:
    """Several runs by their names, each with its best figure."""
    return [
        (entry.name, "–" if entry.judged is None else f"{figure_text(entry.figure, entry.judged.best)} best")
        for entry in entries
    ]


def figure_rows(entry: RunEntry) -> list[tuple[str, str]]:
    """Each figure, its best and its last; that which it is judged by comes first."""
    return [
        (figure_title(name), f"{figure_text(name, figure.best)} best, {figure_text(name, figure.last)} last")
        for name, figure in sorted(entry.digest.figures.items(), key=lambda pair: pair[0] != entry.figure)
    ]


def fact_rows(entry: RunEntry) -> list[tuple[str, str]]:
    """The data, the network, the machine, the folder."""
    digest = entry.digest
    rows = [("Data", str(digest.data.get("source") or "–"))]
    samples = digest.data.get("train_samples")
    if isinstance(samples, int):
        held = digest.data.get("validation_samples")
        rows.append(("Samples", count(samples) + (f", {count(held)} to validate" if isinstance(held, int) else "")))
    if digest.blocks is not None:
        size = "" if digest.parameters is None else f", {short(digest.parameters)} parameters"
        rows.append(("Network", plural(digest.blocks, "block") + size))
    if digest.device:
        rows.append(("Device", digest.device))
    return [*rows, ("Folder", str(entry.path))]


def setting_rows(entry: RunEntry) -> list[tuple[str, str]]:
    """The settings that are always of interest, and those that are not the usual ones."""
    usual = TrainSpec().model_dump(mode="json")
    always = ("epochs", "batch_size", "learning_rate", "optimizer", "schedule")
    names = [name for name in TrainSpec.model_fields if name in entry.digest.settings]
    wanted = {
        TrainSpec.model_fields[name].title
        for name in names
        if name in always or entry.digest.settings[name] != usual.get(name)
    }
    return [
        (line.title, line.values[0]) for line in compared([entry]) if line.group == "Training" and line.title in wanted
    ]
