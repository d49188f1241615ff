"""Several runs side by side: the settings with those that differ marked, the figures, what was drawn otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from designer.data.spec import DataSpec
from designer.errors import FileDamaged
from designer.graph.differing import Difference, differences
from designer.graph.words import short
from designer.jobs.figures import better, figure_text, figure_title
from designer.jobs.folder import RunFolder
from designer.jobs.library import RunEntry
from designer.train.spec import TrainSpec
from designer.train.told import time_words

__all__ = ["Line", "compared", "network_differences"]


@dataclass(frozen=True)
class Line:
    """One thing about each run. ``best`` are the places of the runs that are best in it, where that can be said."""

    group: str
    title: str
    values: tuple[str, ...]
    best: tuple[int, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether the runs are not alike in it."""
        return len(set(self.values)) > 1


def compared(entries: Sequence[RunEntry]) -> list[Line]:
    """Figures first, then how the runs went, their settings, their data, their networks."""
    return [
        *_figures(entries),
        *_course(entries),
        *_settings(entries, "Training", TrainSpec, lambda entry: entry.digest.settings),
        *_settings(entries, "Data", DataSpec, lambda entry: entry.digest.data),
    ]


def _figures(entries: Sequence[RunEntry]) -> list[Line]:
    names = dict.fromkeys(name for entry in entries for name in (entry.figure, *entry.digest.figures) if name)
    lines = []
    for name in names:
        for what in ("best", "last"):
            values = [
                None if (figure := entry.digest.figures.get(name)) is None else getattr(figure, what)
                for entry in entries
            ]
            known = [value for value in values if value is not None]
            top = [v for v in known if not any(better(name, other, v) for other in known)]
            first = tuple(i for i, value in enumerate(values) if value is not None and value in top)
            texts = tuple("–" if value is None else figure_text(name, value) for value in values)
            title = f"{figure_title(name)}, {'best' if what == 'best' else 'at the end'}"
            lines.append(Line("Figures", title, texts, first if len(first) < len(known) else ()))
    return lines


def _course(entries: Sequence[RunEntry]) -> list[Line]:
    def line(title: str, told: Callable[[RunEntry], object], group: str = "Run") -> Line:
        return Line(group, title, tuple("–" if (v := told(entry)) in (None, "") else str(v) for entry in entries))

    return [
        line("State", lambda entry: entry.state.capitalize()),
        line("Epochs done", lambda e: f"{e.digest.epoch} of {e.digest.epochs}" if e.digest.epochs else None),
        line("Time", lambda e: None if e.digest.elapsed is None else time_words(e.digest.elapsed)),
        line("Device", lambda entry: entry.digest.device),
        line("Blocks", lambda entry: entry.digest.blocks, "Network"),
        line("Parameters", lambda e: None if e.digest.parameters is None else short(e.digest.parameters), "Network"),
    ]


def _settings(
    entries: Sequence[RunEntry], group: str, model: type[BaseModel], told: Callable[[RunEntry], Mapping[str, Any]]
) -> list[Line]:
    found = [told(entry) for entry in entries]
    names = [name for name in model.model_fields if any(name in values for values in found)]
    names += sorted({name for values in found for name in values} - set(names))
    lines = []
    for name in names:
        field = model.model_fields.get(name)
        about = field.json_schema_extra if field is not None and isinstance(field.json_schema_extra, dict) else {}
        titles = about.get("titles") if isinstance(about.get("titles"), dict) else {}
        title = field.title if field is not None and field.title else name.replace("_", " ").capitalize()
        texts = tuple(_word(values[name], titles) if name in values else "–" for values in found)
        lines.append(Line(group, title, texts))
    return lines


def _word(value: Any, titles: Any) -> str:
    if isinstance(titles, dict) and isinstance(value, str) and value in titles:
        return str(titles[value])
    if value is None or value == "" or value == []:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    return value if isinstance(value, str) else f"{value:,}" if isinstance(value, int) else json.dumps(value)


def network_differences(one: RunEntry, other: RunEntry) -> list[Difference]:
    """What was drawn otherwise in the second run. Raises FileDamaged where a run's network cannot be read."""
    networks = [RunFolder(entry.path).network() for entry in (one, other)]
    if networks[0] is None or networks[1] is None:
        lacking = one if networks[0] is None else other
        raise FileDamaged(f"The run {lacking.name} has no network in its folder.")
    return differences(networks[0], networks[1])
