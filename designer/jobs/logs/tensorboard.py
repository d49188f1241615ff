"""Event files for TensorBoard, in the run's folder ``tensorboard``: scalars, settings, the network's source.

The library's own writer works on a thread that dies silently on a full disk and then blocks its caller for ever; so
its records are written here, on the thread of the job.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from designer.jobs.logs.declared import Event, LogFormat
from designer.train.spec import TrainSpec

__all__ = ["FOLDER", "FORMAT", "TensorBoard"]

FOLDER = "tensorboard"

_STEP_EVERY = 0.005  # seconds between two steps that are written: TensorBoard shows a thousand points of a curve
_FLUSH_EVERY = 5.0  # seconds; a flush waits for the disk
_AGAIN_AFTER = 10.0  # seconds after trouble with the disk until a new file is tried
_MACHINE = ("memory", "use", "device_memory", "device_use")
_LONGEST_SOURCE = 1 << 20


class TensorBoard:
    """One event file for each part of a run that was not interrupted."""

    def __init__(self, run: Path, spec: TrainSpec) -> None:
        self._run, self._spec = run, spec
        self._file: Any = None  # tensorboardX has no types
        self._started: Event | None = None  # to begin a file with
        self._iteration = 0
        self._stepped = self._flushed = self._next = 0.0

    def take(self, event: Event) -> None:
        """Write what the event says. Raises OSError, and ImportError where the library is not there."""
        kind = event["type"]
        if kind == "started":
            self.close()
            self._started = event
            self._iteration = int(event["start_iteration"])
            return
        now = time.monotonic()
        self._iteration = int(event.get("iteration") or self._iteration)
        if kind == "step":
            if now - self._stepped < _STEP_EVERY:
                return
            self._stepped = now
        values = _scalars(event)
        if (not values and kind != "noted") or now < self._next:
            return
        try:
            self._write(values, str(event["text"]) if kind == "noted" else "")
            if kind != "step" or now - self._flushed >= _FLUSH_EVERY:
                self._flushed = now
                self._file.flush()
        except OSError:
            self._next = now + _AGAIN_AFTER
            self._give_up()
            raise

    def close(self) -> None:
        """End the file. Raises OSError."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _give_up(self) -> None:
        """Half a record spoils what follows it: the next ones go to another file."""
        with contextlib.suppress(OSError):
            self.close()

    def _write(self, values: Mapping[str, float], said: str) -> None:
        from tensorboardX.proto.event_pb2 import Event as Record
        from tensorboardX.proto.summary_pb2 import Summary
        from tensorboardX.summary import text

        if self._file is None:
            self._begin()
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()])
        if said:
            summary.MergeFrom(text("run/said", said))
        self._file.write_event(Record(wall_time=time.time(), step=self._iteration, summary=summary))

    def _begin(self) -> None:
        """Open a file and write what the run is."""
        from tensorboardX.event_file_writer import EventsWriter
        from tensorboardX.proto.event_pb2 import Event as Record
        from tensorboardX.proto.event_pb2 import SessionLog
        from tensorboardX.summary import hparams, text

        folder = self._run / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        # Two files within a second would share a name; the second part of a run must not write over the first.
        self._file = EventsWriter(str(folder / "events"), f".{len(list(folder.iterdir()))}")
        started = self._started or {}
        start = int(started.get("start_iteration") or 0)
        if start:  # what was trained after the checkpoint is trained again
            again = SessionLog(status=SessionLog.START)
            self._file.write_event(Record(wall_time=time.time(), step=start + 1, session_log=again))
        settings = {name: _plain(value) for name, value in self._spec.model_dump(mode="json").items()}
        for summary in hparams(settings, {"validation/loss": 0.0, "validation/accuracy": 0.0}):
            self._file.write_event(Record(wall_time=time.time(), summary=summary))
        with contextlib.suppress(FileNotFoundError):
            with (self._run / "model.py").open(encoding="utf-8", errors="replace") as file:
                source = file.read(_LONGEST_SOURCE)
            indented = "\n".join(f"    {line}" for line in source.splitlines())  # Markdown for: code
            self._file.write_event(Record(wall_time=time.time(), summary=text("network/source", indented)))
        self._file.flush()


def _scalars(event: Event) -> dict[str, float]:
    """What curves an event adds points to."""
    kind = event["type"]
    if kind == "step":
        found = _figures(event, "training")
        found["run/learning rate"] = event["learning_rate"]
        found["run/samples per second"] = event["samples_per_second"]
    elif kind == "validated":
        found = _figures(event, "validation")
        for output, own in (event.get("outputs") or {}).items():
            found |= {f"validation/{output}.{name}": value for name, value in own.items() if value is not None}
    elif kind == "epoch":
        found = _figures(event, "epoch") | {"run/epoch": event["epoch"], "run/seconds": event["seconds"]}
    elif kind == "machine":
        found = {f"machine/{name.replace('_', ' ')}": event.get(name) for name in _MACHINE}
    else:
        return {}
    return {tag: float(value) for tag, value in found.items() if isinstance(value, int | float)}


def _figures(event: Event, part: str) -> dict[str, Any]:
    figures = {"loss": event.get("loss"), "accuracy": event.get("accuracy"), **(event.get("figures") or {})}
    return {f"{part}/{name}": value for name, value in figures.items() if value is not None}


def _plain(value: Any) -> str | float | bool:
    return value if isinstance(value, str | int | float | bool) else str(value)


FORMAT = LogFormat("tensorboard", "files for TensorBoard", lambda spec: spec.tensorboard, TensorBoard)
