"""Feeding the events of a run to all log formats that it writes. A writer in trouble never stops the run."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from designer.jobs.logs.declared import Event, LogFormat, RunLog, formats
from designer.train.spec import TrainSpec

__all__ = ["Logs"]


class Logs:
    """Everything beside events.jsonl that one run writes. Used as a context manager."""

    def __init__(
        self, run: Path, spec: TrainSpec, note: Callable[[str], None], among: Sequence[LogFormat] | None = None
    ) -> None:
        """``note`` takes the tracebacks; ``among`` are the formats there are."""
        self._run, self._spec, self._note = run, spec, note
        self._waiting = [form for form in (formats() if among is None else among) if form.wanted(spec)]
        self._logs: list[tuple[LogFormat, RunLog]] = []
        self._told: set[str] = set()  # formats about which a sentence was said
        self._iteration = 0

    def __enter__(self) -> Logs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for form, log in self._logs:
            try:
                log.close()
            except Exception as exc:  # noqa: BLE001  (as below)
                self._trouble(form, exc)

    def take(self, event: Event) -> list[dict[str, Any]]:
        """Let all formats write it. The events that tell of trouble, one a format and run."""
        self._iteration = int(event.get("iteration") or self._iteration)
        told = []
        if self._waiting:
            for form in self._waiting:
                try:
                    self._logs.append((form, form.open(self._run, self._spec)))
                except Exception as exc:  # noqa: BLE001  (as below)
                    told += self._trouble(form, exc)
            self._waiting = []
        for form, log in list(self._logs):
            try:
                log.take(event)
            except OSError as exc:  # a full disk may have room again at the next time
                told += self._trouble(form, exc)
            except Exception as exc:  # noqa: BLE001  (what a library's writer trips over is no reason to lose a run)
                told += self._trouble(form, exc)
                self._logs.remove((form, log))
        return told

    def _trouble(self, form: LogFormat, error: Exception) -> list[dict[str, Any]]:
        if form.name in self._told:
            return []
        self._told.add(form.name)
        self._note("".join(traceback.format_exception(error)))
        why = error.strerror or str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
        text = f"The {form.title} could not be written: {why.rstrip('.')}. The run goes on; its events have everything."
        return [{"type": "noted", "iteration": self._iteration, "what": "log", "text": text}]
