"""A run in short, from the head and the tail of its log, its table of figures, its spec: kept in digest.json.

So a library of a thousand runs is read in a moment, however long their logs are. The digest is made anew where the log
or the table has grown; a folder that cannot be written to is read each time.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from designer.errors import FileDamaged, ProjectError
from designer.jobs.events import ENDS
from designer.jobs.figures import less_is_better
from designer.jobs.folder import RunFolder
from designer.jobs.logs.metrics_csv import METRICS, read_metrics
from designer.project.strict_json import read_bounded, read_json
from designer.train.metrics import WATCHED

__all__ = ["DIGEST", "Digest", "Figure", "digest_of", "made_anew", "stamp_of"]

DIGEST = "digest.json"
_PIECE = 256 << 10  # bytes of a log that are read at its head, and at its tail
_LARGEST = 4 << 20
_Plain = str | int | float | bool | None


class Figure(BaseModel):
    """A figure of the validations: its best value and its last one."""

    model_config = ConfigDict(frozen=True)

    best: float
    last: float


class Digest(BaseModel):
    """``ending`` is empty for a log without an end; whether its run goes on is asked of its process each time."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal[1] = 1
    stamp: tuple[int, ...] = ()
    kind: str = ""
    ending: Literal["", "completed", "early", "stopped", "failed", "lost"] = ""
    paused: bool = False
    began: bool = False  # whether an iteration was done
    started: float | None = None  # seconds since 1970
    elapsed: float | None = None  # seconds of training
    epochs: int = 0
    epoch: int = 0
    iteration: int = 0
    total: int = 0
    device: str = ""
    message: str = ""
    figures: dict[str, Figure] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(default_factory=dict)  # of the training, as asked
    data: dict[str, Any] = Field(default_factory=dict)  # asked and found
    blocks: int | None = None
    parameters: int | None = None
    weights: str | None = None
    checkpoint: bool = False


def stamp_of(run: Path) -> tuple[int, ...]:
    """What changes whenever the log or the table of a run does. Raises OSError where there is no log."""
    log = (run / "events.jsonl").stat()
    try:
        table = (run / METRICS).stat()
    except OSError:
        return (log.st_size, log.st_mtime_ns, log.st_ino)
    return (log.st_size, log.st_mtime_ns, log.st_ino, table.st_size, table.st_mtime_ns)


def digest_of(run: Path, stamp: tuple[int, ...]) -> Digest:
    """The digest that is kept where it is of this state of the run, else a new one, which is kept. Never raises."""
    with contextlib.suppress(FileDamaged, ValidationError, ValueError):
        kept = Digest.model_validate_json(read_bounded(run / DIGEST, _LARGEST))
        if kept.stamp == stamp:
            return kept
    digest = made_anew(run, stamp)
    if digest.ending or not _goes_on(run):  # one that goes on changes with each look
        _keep(run / DIGEST, digest.model_dump_json().encode())
    return digest


def _keep(file: Path, text: bytes) -> None:
    """Without waiting for the disk: what a power cut damages is made anew. Read-only or full: read again next time."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        temporary.write_bytes(text)
        temporary.replace(file)
        return
    with contextlib.suppress(OSError):
        temporary.unlink()


def _goes_on(run: Path) -> bool:
    owner = RunFolder(run).owner()
    return owner is not None and owner.alive()


def made_anew(run: Path, stamp: tuple[int, ...]) -> Digest:
    """The digest of what lies in the folder. Never raises: what cannot be read is not known."""
    head, tail = _ends_of(run / "events.jsonl")
    spec = _named(run / "spec.json", 16 << 20)
    made = _named(run / "environment.json")
    settings, data = _plain(spec.get("train")), _plain(spec.get("data"))
    found: dict[str, Any] = {"stamp": stamp, "kind": _words(spec.get("kind")), "settings": settings}
    first: dict[str, Mapping[str, Any]] = {}
    for event in head:
        first.setdefault(event["type"], event)
    started = first.get("started", {})
    at = _number(first.get("submitted", {}).get("at"))
    found["started"] = at if at is not None and 0 < at < 1e11 else None  # what a calendar can show
    facts = first.get("data") or _named(run / "data.json")
    found["data"] = data | {
        key: facts[key] for key in ("train_samples", "validation_samples") if _whole(facts.get(key))
    }
    if isinstance(facts.get("classes"), list):
        found["data"]["classes"] = len(facts["classes"])
    found |= _course([*head, *tail], started, settings)
    size = made.get("network") if isinstance(made.get("network"), dict) else {}
    found |= {name: _whole(size.get(name)) for name in ("blocks", "parameters")} if isinstance(size, dict) else {}
    found["figures"] = _figures(run, [*head, *tail])
    return Digest.model_validate(found)


def _course(events: list[dict[str, Any]], started: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """How far it came, and how it ended."""
    per_epoch = _whole(started.get("iterations_per_epoch")) or 0
    epochs = _whole(settings.get("epochs")) or _whole(started.get("epochs")) or 0
    found: dict[str, Any] = {"epochs": epochs, "total": epochs * per_epoch}
    found["device"] = _words(started.get("device_name") or started.get("device"))
    for event in events:
        kind = event["type"]
        if kind in ("step", "validated", "epoch", "finished"):
            found["iteration"] = _whole(event.get("iteration")) or found.get("iteration", 0)
            found["elapsed"] = _number(event.get("elapsed")) or found.get("elapsed")
        if kind == "epoch":
            found["epoch"] = _whole(event.get("epoch")) or 0
        elif kind == "finished":
            reason = str(event.get("reason") or "")
            found["ending"] = reason if reason in ("early", "stopped") else "completed"
            found["weights"] = _words(event.get("weights")) or None
        elif kind in ENDS:
            found["ending"], found["message"] = kind, _words(event.get("message"))
        elif kind == "checkpoint":
            found["checkpoint"] = True
        elif kind in ("submitted", "started"):
            found |= {"ending": "", "paused": False, "message": ""}
        elif kind in ("paused", "resumed"):
            found["paused"] = kind == "paused"
    if per_epoch:
        found["epoch"] = found.get("iteration", 0) // per_epoch
    found["began"] = bool(found.get("iteration"))
    return found


def _figures(run: Path, events: Iterable[Mapping[str, Any]]) -> dict[str, Figure]:
    """From the table; of a run that has none, from what was read of its log."""
    columns: dict[str, list[float]] = {}
    for row in read_metrics(run / METRICS):
        for name, cell in row.items():
            if name.startswith("validation_"):
                with contextlib.suppress(ValueError):
                    value = float(cell)
                    if math.isfinite(value):
                        columns.setdefault(name.removeprefix("validation_"), []).append(value)
    if not columns:
        for event in events:
            if event["type"] == "validated":
                more = event.get("figures")
                for name, value in {**(more if isinstance(more, dict) else {}), **event}.items():
                    if name in WATCHED and (number := _number(value)) is not None:
                        columns.setdefault(name, []).append(number)
    return {
        name: Figure(best=(min if less_is_better(name) else max)(values), last=values[-1])
        for name, values in columns.items()
    }


def _ends_of(log: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The events at the head and at the tail of a log; a short one is all head."""
    try:
        with log.open("rb") as file:
            head = file.read(_PIECE)
            size = os.fstat(file.fileno()).st_size
            tail = b""
            if size > len(head):
                file.seek(max(len(head), size - _PIECE))
                tail = file.read(_PIECE)
                if size - _PIECE > len(head):
                    tail = tail[tail.find(b"\n") + 1 :]  # it begins in the middle of a line
                else:
                    head, tail = head + tail, b""
    except OSError:
        return [], []
    return _events(head), _events(tail)


def _events(text: bytes) -> list[dict[str, Any]]:
    found = []
    for line in text[: text.rfind(b"\n") + 1].split(b"\n"):
        with contextlib.suppress(ValueError, RecursionError):
            event = json.loads(line)
            if isinstance(event, dict) and isinstance(event.get("type"), str):
                found.append(event)
    return found


def _named(file: Path, limit: int = 1 << 20) -> dict[str, Any]:
    try:
        value = read_json(file, limit)
    except ProjectError:  # missing or damaged: not known
        return {}
    return value if isinstance(value, dict) else {}


def _plain(value: Any) -> dict[str, Any]:
    """The settings that are no mappings; lists as they are."""
    if not isinstance(value, dict):
        return {}
    return {k: v for k, v in value.items() if isinstance(k, str) and (v is None or isinstance(v, _Plain | list))}


def _words(value: Any) -> str:
    """Text that can be written again: half a character of a stranger's log cannot."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    plain = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
    return float(value) if plain else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 62 else None
