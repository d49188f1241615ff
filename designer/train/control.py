"""Pause, resume and stop: the commands a run listens to once in every iteration. No torch, no threads of its own."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Literal

__all__ = ["Command", "Control"]

Command = Literal["run", "pause", "stop"]


class Control:
    """The commands for one run. Any thread may give them; only the run itself reads them.

    ``poll`` is a second, outside voice (a control file): it says "run", "pause" or "stop" whenever it is asked,
    and is asked once an iteration, or every ``interval`` seconds while the run is paused. Of the two voices the
    stronger counts: stop over pause over run. A stop is final.
    """

    def __init__(self, poll: Callable[[], str] | None = None, interval: float = 0.1) -> None:
        self._poll = poll
        self._interval = interval
        self._commands: SimpleQueue[Command] = SimpleQueue()
        self._own: Command = "run"

    def pause(self) -> None:
        """Ask the run to wait after the current iteration."""
        self._commands.put("pause")

    def resume(self) -> None:
        """Ask a paused run to go on."""
        self._commands.put("run")

    def stop(self) -> None:
        """Ask the run to end after the current iteration and to keep its weights."""
        self._commands.put("stop")

    def wanted(self) -> Command:
        """What the run shall do now. Called by the run."""
        while not self._commands.empty():
            self._hear(self._commands.get())
        return self._strongest()

    def wait_while_paused(self) -> Command:
        """Block until the run shall go on or end; returns "run" or "stop". Called by the run.

        A command of ``pause``, ``resume`` or ``stop`` ends the wait at once; the outside voice is heard
        within ``interval``.
        """
        while (command := self.wanted()) == "pause":
            try:
                self._hear(self._commands.get(timeout=self._interval if self._poll is not None else None))
            except Empty:
                continue  # nothing came in: ask the outside voice again
        return command

    def _hear(self, command: Command) -> None:
        if self._own != "stop":
            self._own = command

    def _strongest(self) -> Command:
        if self._poll is None or self._own == "stop":
            return self._own
        said = self._poll()
        if said == "stop":
            self._own = "stop"
        elif said == "pause":
            return "pause"
        elif said != "run":
            raise ValueError(f"A poll function says run, pause or stop, not {said!r}")
        return self._own
