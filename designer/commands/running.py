"""Follow a job from a terminal: progress bars for people, Ctrl-C as a stop that keeps what there is."""

from __future__ import annotations

import signal
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from designer.commands.command import Console
from designer.errors import LayerloomError
from designer.graph.model import Network
from designer.jobs.client import JobHandle, run_here
from designer.jobs.folder import new_run_path
from designer.jobs.specs import JobSpec, TrainJob
from designer.train.told import figure_words, figures_told

__all__ = ["View", "follow", "run_folder", "run_for_result", "run_job", "runs_beside"]


def runs_beside(project: Path) -> Path:
    """Where the runs of a project lie."""
    return project.absolute().parent / f"{project.stem}-runs"


def run_folder(options: Namespace, label: str) -> Path:
    """``--run-dir``, or a new folder beside the project."""
    given: Path | None = getattr(options, "run_dir", None)
    return given if given is not None else new_run_path(runs_beside(options.file), label)


def run_job(
    spec: JobSpec, network: Network | None, run_dir: Path, console: Console, weights: Path | None = None
) -> tuple[Mapping[str, Any], dict[str, Any] | None]:
    """Run a job on a thread of this process and show its progress; its last event and what it made.

    Raises LayerloomError with the job's own sentence when it failed.
    """
    handle = run_here(spec, network, run_dir, weights)
    outcome = follow(handle, console)
    return outcome, handle.result


def run_for_result(
    spec: JobSpec, network: Network, run_dir: Path, console: Console, weights: Path | None = None
) -> dict[str, Any]:
    """As `run_job`, for what it made. Raises KeyboardInterrupt when it was stopped before it made anything."""
    _, result = run_job(spec, network, run_dir, console, weights)
    if result is None:
        raise KeyboardInterrupt
    return result


def follow(handle: JobHandle, console: Console) -> Mapping[str, Any]:
    """Show a job until it ends; its last event. Raises LayerloomError with the job's sentence when it failed."""
    asked: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        # Only noted: an exception here could come in the middle of any line, e.g. between two steps of the bar.
        asked.append(number)
        handle.stop(best=_wants_best(handle))
        if len(asked) > 1:
            raise KeyboardInterrupt  # asked twice: at once

    with ExitStack() as stack:
        view = View(console, stack)
        stack.enter_context(_hearing(stop))
        told = False
        while not handle.finished:
            try:
                for event in handle.follow():
                    if asked and not told:
                        told = True
                        trains = handle.spec.kind == "train"
                        console.say("Stopping; what was learned so far is kept." if trains else "Stopping.")
                    view.show(event)
            except BrokenPipeError:
                handle.stop()
    outcome = handle.outcome
    assert outcome is not None
    if outcome["type"] in ("failed", "lost"):
        raise LayerloomError(" ".join([str(outcome["message"]), *_offers(outcome)]))
    return outcome


def _offers(outcome: Mapping[str, Any]) -> Iterator[str]:
    """Options with which a training would have fitted into memory."""
    for number, offer in enumerate(outcome.get("offers") or ()):
        flags = [
            f"--{name.replace('_', '-')}" + ("" if value is True else f" {value}")
            for name, value in offer["train"].items()
        ]
        yield f"{'This fits: ' if number == 0 else 'or '}{' '.join(flags)}"


def _wants_best(handle: JobHandle) -> bool:
    """Whether a training was told to leave its best weights; that holds for one that is stopped by Ctrl-C, too."""
    spec = handle.spec
    return isinstance(spec, TrainJob) and spec.train.result == "best"


@contextmanager
def _hearing(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Ctrl-C and SIGTERM go to the handler; on a thread other than the main one, whoever called listens."""
    try:
        before = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:
        before = {}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


_PERCENT = -1  # instead of a number of iterations: the bar counts to 100


class View:
    """A progress bar for jobs, and a line for what should stay on the screen."""

    def __init__(self, console: Console, stack: ExitStack) -> None:
        self._console = console
        columns = (
            TextColumn("{task.description:<22}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(compact=True),
        )
        self._bar = stack.enter_context(Progress(*columns, console=console.rich, disable=console.as_json))
        self._task: TaskID | None = None
        self._total = 0  # of the bar that is shown
        self._outputs: Mapping[str, Mapping[str, float | None]] = {}  # as measured last, of a network with several

    def show(self, event: Mapping[str, Any]) -> None:
        """Update the bar, or print a line for what should stay. Raises BrokenPipeError when nobody reads any more."""
        self._console.check()
        match event["type"]:
            case "started":
                self._start(event)
            case "carried":
                self._console.say(f"Starting from trained weights: {event['sentence']}")
            case "step":
                assert self._task is not None
                note = f"loss {event['loss']:.3f} · {event['samples_per_second']:,.0f}/s"
                self._bar.update(self._task, completed=event["iteration"], note=note)
            case "unfrozen":
                parts = ", ".join(event["parts"]) or "more"
                self._console.say(
                    f"epoch {event['epoch']:>3}  from here on {parts} too: {event['weights']:,} numbers learn"
                )
            case "noted":
                self._console.say(str(event["text"]))
            case "validated":
                self._outputs = event.get("outputs") or {}
            case "epoch":
                self._epoch(event)
            case "progress" if event.get("text"):
                self._progress(event)
            case "failed" | "lost" | "finished":
                self._bar.refresh()

    def _start(self, event: Mapping[str, Any]) -> None:
        self._epochs = event["epochs"]
        self._console.say(
            f"Training on {event['device_name']}: {event['train_samples']:,} samples, "
            f"{event['validation_samples']:,} for validation, {event['total_iterations']:,} iterations."
        )
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._total = event["total_iterations"]
        self._task = self._bar.add_task(
            "Training", total=event["total_iterations"], completed=event["start_iteration"], note=""
        )

    def _epoch(self, event: Mapping[str, Any]) -> None:
        def percent(value: float | None) -> str:
            return "" if value is None else f", accuracy {figure_words('accuracy', value)}"

        def further(field: str) -> str:
            return f", {figures_told(event[field])}" if event.get(field) else ""

        text = f"epoch {event['epoch']:>3}/{self._epochs}  loss {event['loss']:.4f}{percent(event['accuracy'])}"
        text += further("figures")
        if event["validation_loss"] is not None:
            text += f"  validation loss {event['validation_loss']:.4f}{percent(event['validation_accuracy'])}"
            text += further("validation_figures")
        self._console.say(text)
        for name, figures in self._outputs.items():
            self._console.say(f"           {name}: validation loss {figures['loss']:.4f}{percent(figures['accuracy'])}")
        self._outputs = {}

    def _progress(self, event: Mapping[str, Any]) -> None:
        fraction = event.get("fraction")
        if self._task is None or self._total != _PERCENT:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._total = _PERCENT
            self._task = self._bar.add_task("", total=100, note="")
        self._bar.update(
            self._task,
            description=event["text"].split(":")[0][:24],
            completed=None if fraction is None else round(100 * fraction),
        )
