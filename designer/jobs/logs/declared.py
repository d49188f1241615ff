"""What a log format is, and how all of them are found: the FORMAT of every module in this folder."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import designer.jobs.logs as folder
from designer.train.spec import TrainSpec

__all__ = ["Event", "LogFormat", "RunLog", "formats"]

Event = Mapping[str, Any]


class RunLog(Protocol):
    """The writing end of one format for one run."""

    def take(self, event: Event) -> None:
        """Write what the event says, if it says anything for this format. May raise; OSError is tried again."""

    def close(self) -> None:
        """Write what is pending. May raise."""


@dataclass(frozen=True)
class LogFormat:
    """``wanted`` says whether a run writes it, ``open`` begins it in a run folder; nothing is written yet then."""

    name: str
    title: str  # as in a sentence: "The <title> could not be written."
    wanted: Callable[[TrainSpec], bool]
    open: Callable[[Path, TrainSpec], RunLog]


@cache
def formats() -> tuple[LogFormat, ...]:
    """All formats, by name."""
    found = []
    for module in pkgutil.iter_modules(folder.__path__):
        declared = getattr(importlib.import_module(f"{folder.__name__}.{module.name}"), "FORMAT", None)
        if isinstance(declared, LogFormat):
            found.append(declared)
    return tuple(sorted(found, key=lambda form: form.name))
