"""Following and steering one run, from any process. No torch; nothing here blocks but `wait` and `follow`."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from designer.errors import FileDamaged, JobError, LayerloomError
from designer.jobs.events import ENDS
from designer.jobs.folder import RunFolder
from designer.jobs.specs import JobSpec, TrainJob
from designer.train.control import Order

__all__ = ["JobHandle", "attach", "find_running"]

Event = dict[str, Any]

_LOOK_EVERY = 0.02  # seconds between two looks of a waiting command line
_CHECK_EVERY = 0.25  # seconds between two looks for a process of somebody else


class JobHandle:
    """One run: its events as they come, and the commands that steer it.

    ``process_alive`` says whether whoever works on it is still there, ``why`` how it ended.
    """

    def __init__(
        self,
        folder: RunFolder,
        process_alive: Callable[[], bool],
        why: Callable[[], str] = lambda: "The worker process ended unexpectedly",
    ) -> None:
        self.folder = folder
        self.outcome: Event | None = None  # the event that ended it: finished, failed or lost
        self._process_alive = process_alive
        self._why = why
        self._tail = folder.tail()
        self._unread: deque[Event] = deque()  # read from the log, but not handed out yet by `follow`
        self._result: Event | None = None
        self._checkpoint: str | None = None

    @property
    def run_dir(self) -> Path:
        """Where everything about this run lies."""
        return self.folder.path

    @property
    def spec(self) -> JobSpec:
        """What was asked. Raises FileDamaged."""
        return self.folder.spec()

    @property
    def trains(self) -> bool:
        """Whether it is a training."""
        with contextlib.suppress(LayerloomError):
            return isinstance(self.spec, TrainJob)
        return False

    @property
    def finished(self) -> bool:
        """Whether the end of the run was read, good or bad."""
        return self.outcome is not None

    @property
    def alive(self) -> bool:
        """Whether the run goes on: its process is there and no end was read."""
        return self.outcome is None and self._process_alive()

    @property
    def result(self) -> dict[str, Any] | None:
        """What the job made, once its ``result`` event was read. Raises FileDamaged."""
        if self._result is None:
            return None
        data = self._result.get("data")
        return data if isinstance(data, dict) else self.folder.result()

    def poll(self, limit: int = 1 << 20) -> list[Event]:
        """The events since the last call, at most ``limit`` bytes of log; never blocks.

        When the process died without a last word, one event is made up, once:
        ``{"type": "lost", "message", "resumable", "checkpoint"}``, the checkpoint relative to the run folder or None.
        """
        if self._unread:
            events, self._unread = list(self._unread), deque()
            return events
        alive = self._process_alive()  # asked first: what a process wrote before it died is read before it is missed
        events = self._tail.read(limit)
        for event in events:
            self._take(event)
        if not events and not alive and self.outcome is None:
            self.outcome = self._lost()
            return [self.outcome]
        return events

    def pause(self) -> None:
        """Ask the run to wait after the current iteration. Raises ProjectError when it cannot be reached."""
        self.folder.command("pause")

    def resume(self) -> None:
        """Ask a paused run to go on. Raises ProjectError when it cannot be reached."""
        self.folder.command("run")

    def stop(self, best: bool = False) -> None:
        """Ask the run to end after the current iteration and keep what it has, or its best. Raises ProjectError."""
        self.folder.command("stop-best" if best else "stop")

    def order(self, order: Order) -> None:
        """Ask a training for something once. Raises ProjectError when it cannot be reached."""
        self.folder.order(order)

    def follow(self, timeout: float | None = None) -> Iterator[Event]:
        """The events as they come, until the run ends. Raises JobError after ``timeout`` seconds without an end."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            self._unread = deque(self.poll())
            if self._unread:
                while self._unread:
                    yield self._unread.popleft()
                continue
            if self.finished:
                return
            if deadline is not None and time.monotonic() > deadline:
                raise JobError(f"The run in {self.run_dir} did not end within {timeout:g} s.")
            time.sleep(_LOOK_EVERY)

    def wait(self, until: str | Callable[[Event], bool] | None = None, timeout: float = 60.0) -> list[Event]:
        """Block until an event of that type (or for which ``until`` holds) was read; None: until the run ends.

        Returns the events read on the way, that one among them. Raises JobError when ``timeout`` seconds pass or the
        run ends without it.
        """
        seen: list[Event] = []
        for event in self.follow(timeout):
            seen.append(event)
            if event["type"] == until if isinstance(until, str) else until is not None and until(event):
                return seen
        if until is not None:
            raise JobError(f"The run in {self.run_dir} ended without what was waited for: {self.outcome}.")
        return seen

    def _take(self, event: Event) -> None:
        kind = event["type"]
        if kind in ENDS:
            self.outcome = event
        elif kind in ("submitted", "started"):
            self.outcome = None  # a finished or lost run is gone on with
        elif kind == "result":
            self._result = event
        elif kind == "checkpoint" and isinstance(event.get("path"), str):
            self._checkpoint = event["path"]

    def _lost(self) -> Event:
        checkpoint = None
        if self._checkpoint is not None:
            with contextlib.suppress(FileDamaged):
                checkpoint = self._checkpoint if self.folder.inside(self._checkpoint).exists() else None
        resumable = self.trains
        advice = "Start it again."
        if resumable:
            again = "It had no checkpoint yet, and can begin again."
            advice = again if checkpoint is None else "It can go on from its last checkpoint."
        return {
            "seq": self._tail.seq + 1,
            "time": round(time.monotonic(), 6),
            "type": "lost",
            "message": f"{self._why()}. {advice}",
            "resumable": resumable,
            "checkpoint": checkpoint,
        }


def attach(run_dir: Path) -> JobHandle:
    """Follow a run that another process started, or look at one that ended. Raises JobError where there is none."""
    folder = RunFolder(run_dir)
    if not folder.events.is_file():
        raise JobError(f"{run_dir} holds no run: there is no {folder.events.name} in it.")
    return JobHandle(folder, _Watch(folder))


def find_running(root: Path) -> list[JobHandle]:
    """The runs right under ``root`` that are still going on, the oldest first."""
    with contextlib.suppress(OSError):
        folders = [RunFolder(entry) for entry in sorted(root.iterdir()) if (entry / "worker.json").is_file()]
        return [attach(folder.path) for folder in folders if folder.alive()]
    return []


class _Watch:
    """Whether the process that a run folder names is alive, looked up a few times a second at most."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._next = 0.0
        self._alive = False

    def __call__(self) -> bool:
        now = time.monotonic()
        if now >= self._next:
            owner = self._folder.owner()
            self._alive = owner is not None and owner.alive()
            self._next = now + _CHECK_EVERY
        return self._alive
