"""``layerloom resume``: let a training that was stopped, failed or lost go on, with its own settings and data."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from designer.commands.command import Command, Console
from designer.commands.launching import add_launch, launched
from designer.errors import UsageError
from designer.graph.words import plural
from designer.jobs.figures import figure_text
from designer.jobs.folder import RunFolder, resume_spec, run_of
from designer.jobs.library import one_run

__all__ = ["COMMAND"]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="RUN", help="the folder of the run")
    parser.add_argument(
        "--epochs", type=int, metavar="N", help="train for N epochs in all, instead of as many as before"
    )
    parser.add_argument("--force", action="store_true", help="go on even with a run that is complete")
    add_launch(parser)


def _run(options: Namespace, console: Console) -> int:
    place = run_of(options.run).absolute()
    entry = one_run(place) if place.is_dir() else None
    if entry is None:
        raise UsageError(
            f"There is no training in {options.run}. Name the folder of a run; `layerloom runs` lists them."
        )
    spec = resume_spec(place)
    if options.epochs is not None:
        spec = spec.model_copy(
            update={"train": type(spec.train).read({**spec.train.model_dump(), "epochs": options.epochs})}
        )
    if not entry.can_go_on and spec.train.epochs <= entry.digest.epochs and not options.force:
        done = plural(entry.digest.epochs, "epoch")
        raise UsageError(f"The run in {place} is complete: {done}. --epochs N trains on for N epochs in all.")
    outcome = launched(options, spec, None, place, console, None)
    if "iteration" not in outcome:  # stopped while the data were read
        raise KeyboardInterrupt
    told = "Stopped" if outcome["reason"] == "stopped" else "Done"
    accuracy = outcome.get("final_accuracy")
    words = "" if accuracy is None else f"; validation accuracy {figure_text('accuracy', accuracy)}"
    console.say(f"{told} after {outcome['iteration']:,} iterations{words}.")
    weights = RunFolder(place).inside(outcome["weights"]) if outcome.get("weights") else None
    if weights is not None:
        console.say(f"The weights are in {weights}.")
    numbers = {key: outcome.get(key) for key in ("reason", "iteration", "epoch", "elapsed", "best_accuracy",
                                                 "final_accuracy", "final_loss")}  # fmt: skip
    console.result({"ok": True, "run": str(place), **numbers, "weights": None if weights is None else str(weights)})
    return 0


COMMAND = Command(
    "resume",
    "Let a training go on from its newest checkpoint.",
    _arguments,
    _run,
    "With the settings and data of the run itself. Ctrl-C stops after the current iteration and keeps the weights.",
    order=21,
)
