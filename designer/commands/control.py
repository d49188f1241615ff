"""``layerloom control``: steer a training that runs in another process, by its folder."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from designer.commands.command import Command, Console
from designer.errors import JobError, LayerloomError, UsageError
from designer.jobs.folder import run_of
from designer.jobs.handle import JobHandle, attach
from designer.train.control import ORDERS, parse_order

__all__ = ["COMMAND"]

_Event = Mapping[str, Any]

# What is asked for, how, and by which event one sees that it was done.
_COMMANDS: dict[str, tuple[Callable[[JobHandle], None], str, str]] = {
    "pause": (JobHandle.pause, "paused", "The run waits after iteration {iteration:,}."),
    "resume": (JobHandle.resume, "resumed", "The run goes on after iteration {iteration:,}."),
    "stop": (
        JobHandle.stop,
        "finished",
        "The run has ended after iteration {iteration:,}; its {kept} weights are kept.",
    ),
    "stop-best": (
        lambda handle: handle.stop(best=True),
        "finished",
        "The run has ended after iteration {iteration:,}; its {kept} weights, of {kept_iteration:,}, are kept.",
    ),
}


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="RUN", help="the folder of the run")
    parser.add_argument(
        "what", metavar="COMMAND", help=f"{', '.join(_COMMANDS)}, {ORDERS}; each is done after the current iteration"
    )
    parser.add_argument(
        "--wait", type=float, default=60.0, metavar="SECONDS", help="how long to wait for it to be done; 0: not at all"
    )


def _run(options: Namespace, console: Console) -> int:
    what = options.what.strip().lower()
    order = None
    if what not in _COMMANDS:
        try:
            order = parse_order(options.what)
        except UsageError:
            raise UsageError(f"Expected {', '.join(_COMMANDS)}, {ORDERS}, got {options.what[:60]!r}.") from None
    handle = attach(run_of(options.run))
    if not handle.trains:
        raise JobError(f"{options.run} holds no training, and only a training can be steered.")
    told = [event["type"] for event in handle.poll(1 << 30) if event["type"] in ("started", "paused", "resumed")]
    paused = told[-1:] == ["paused"]
    if handle.finished or not handle.alive:
        raise JobError(f"The run in {options.run} has ended, so it hears nothing any more.")
    if (what, paused) in (("pause", True), ("resume", False)):
        text = "The run waits already." if paused else "The run is not paused."
        console.say(text)
        console.result({"ok": True, "done": text, "iteration": None})
        return 0
    done = "noted"
    if order is not None:
        handle.order(order)
    else:
        send, done, _ = _COMMANDS[what]
        send(handle)
    if options.wait <= 0:
        console.say("The run was asked.")
        console.result({"ok": True, "done": None})
        return 0
    event = _seen(handle, done, options.wait)
    text = str(event["text"]) if order is not None else _COMMANDS[what][2].format(**event)
    if event.get("what") == "refused":
        raise LayerloomError(text)
    console.say(text)
    console.result({"ok": True, "done": text, "iteration": event.get("iteration")})
    return 0


def _seen(handle: JobHandle, kind: str, seconds: float) -> _Event:
    """The event that tells that it was done. Raises JobError where it does not come."""
    deadline = time.monotonic() + seconds
    for event in handle.follow(seconds):
        if event["type"] == kind:
            return event
        if time.monotonic() > deadline:
            break
    why = "The run ended before that" if handle.finished else f"The run has not answered within {seconds:g} s"
    raise JobError(f"{why}. What happened is in {handle.folder.events}.")


COMMAND = Command("control", "Steer a training that is running.", _arguments, _run, order=25)
