"""``layerloom attach``: follow a run that goes on elsewhere, in another process or on a cluster."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from contextlib import ExitStack
from pathlib import Path

from designer.commands.command import Command, Console
from designer.commands.running import View
from designer.errors import LayerloomError
from designer.jobs.folder import run_of
from designer.jobs.handle import JobHandle, attach
from designer.jobs.runners.launch import on_cluster, reattach

__all__ = ["COMMAND"]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="RUN", help="the folder of the run")


def _run(options: Namespace, console: Console) -> int:
    place = run_of(options.run).absolute()
    handle = _handle(place)
    with ExitStack() as stack:
        view = View(console, stack)
        try:
            for event in handle.follow():
                view.show(event)
        except KeyboardInterrupt:
            console.say(f"The run goes on. `layerloom control {place} stop` ends it.")
            console.result({"ok": True, "run": str(place), "ended": False})
            return 0
    outcome = handle.outcome or {}
    if outcome.get("type") in ("failed", "lost"):
        raise LayerloomError(str(outcome["message"]))
    console.say(f"The run has ended. It is in {place}.")
    console.result({"ok": True, "run": str(place), "ended": True, "reason": outcome.get("reason")})
    return 0


def _handle(place: Path) -> JobHandle:
    """One that is on a cluster and that nobody follows gets somebody who does."""
    handle = attach(place)
    while handle.poll():
        pass
    lost = handle.outcome is not None and handle.outcome["type"] == "lost"
    return reattach(place) if lost and on_cluster(place) else attach(place)


COMMAND = Command(
    "attach",
    "Follow a run that goes on in another process, or on a cluster.",
    _arguments,
    _run,
    "Ctrl-C ends the following; the run goes on.",
    order=23,
)
