"""One training several times: with other seeds, or with each part of the data kept aside in turn; mean and spread."""

from __future__ import annotations

import statistics
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from designer.commands.command import Console
from designer.commands.options import name_of
from designer.commands.running import run_job
from designer.data.spec import DataSpec
from designer.errors import UsageError
from designer.graph.model import Network
from designer.graph.words import plural
from designer.jobs.specs import TrainJob
from designer.project.atomic import write_atomic
from designer.project.strict_json import dump_json
from designer.train.metrics import metric_named
from designer.train.told import figure_words

__all__ = ["SUMMARY", "Member", "planned", "run_series"]

SUMMARY = "summary.json"
_FINAL = "final_"
_FIGURES = {
    "best_accuracy": "best accuracy",
    "final_accuracy": "accuracy at the end",
    "final_loss": "loss at the end",
}


@dataclass(frozen=True)
class Member:
    """One run of a series."""

    name: str
    job: TrainJob


def planned(options: Namespace, job: TrainJob) -> list[Member]:
    """The runs that were asked for; a single one with an empty name where it is no series. Raises UsageError."""
    # A fold that the project names is one run, as in the window.
    asked = hasattr(options, name_of(DataSpec, "folds")) and not hasattr(options, name_of(DataSpec, "fold"))
    folds = job.data.folds if asked else None
    if folds is None and options.repeats == 1:
        return [Member("", job)]
    if job.resume is not None:
        raise UsageError("A series cannot be resumed. Resume one of its runs: name its folder, without --folds "
                         "and --repeats.")  # fmt: skip
    found = []
    for fold in range(folds or 1):
        for repeat in range(options.repeats):
            data = job.data.model_copy(update={"fold": fold}) if folds else job.data
            train = job.train.model_copy(update={"seed": (job.train.seed + repeat) % 2**32})
            parts = [f"fold-{fold + 1}"] * bool(folds) + [f"seed-{train.seed}"] * (options.repeats > 1)
            found.append(Member("-".join(parts), job.model_copy(update={"train": train, "data": data})))
    return found


def run_series(
    members: Sequence[Member], network: Network, folder: Path, console: Console, weights: Path | None
) -> int:
    """Run them one after the other, each in its own folder below ``folder``, and tell mean and spread.

    Stopped in between, it tells about those that have ended. The project file stays as it is.
    """
    if (folder / SUMMARY).exists():
        raise UsageError(f"{folder} already holds a series. Choose another folder with --run-dir.")
    rows: list[dict[str, Any]] = []
    for number, member in enumerate(members, start=1):
        console.say(f"Run {number} of {len(members)}: {member.name}")
        outcome, _ = run_job(member.job, network, folder / member.name, console, weights)
        if outcome.get("reason") == "stopped" or "iteration" not in outcome:
            break
        told = {key: outcome.get(key) for key in (*_FIGURES, "iteration", "elapsed")}
        further = {f"{_FINAL}{name}": value for name, value in (outcome.get("figures") or {}).items()}
        rows.append({"run": member.name, **told, **further})
        write_atomic(folder / SUMMARY, dump_json({"runs": rows, "figures": _spread(rows), "planned": len(members)}))
    if not rows:
        raise KeyboardInterrupt
    figures = _spread(rows)
    console.say(f"{plural(len(rows), 'run')} of {len(members)}, mean ± standard deviation:")
    titles = {
        key: _FIGURES.get(key) or f"{metric_named(key.removeprefix(_FINAL)).in_words} at the end" for key in figures
    }
    for key, values in figures.items():
        name = "accuracy" if key == "best_accuracy" else key.removeprefix(_FINAL)
        mean, spread = (figure_words(name, values[k]) for k in ("mean", "spread"))
        console.say(f"  {titles[key]:<{max(map(len, titles.values()))}} {mean} ± {spread}")
    console.say(f"The runs and {SUMMARY} are in {folder}. The project file is as it was.")
    console.result({"ok": True, "folder": str(folder), "runs": rows, "figures": figures})
    return 0


def _spread(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Mean and standard deviation of each figure that every run has."""
    found = {}
    for key in dict.fromkeys((*_FIGURES, *(key for row in rows for key in row if key.startswith(_FINAL)))):
        values = [row[key] for row in rows if row.get(key) is not None]
        if len(values) == len(rows):
            spread = statistics.stdev(values) if len(values) > 1 else 0.0
            found[key] = {"mean": statistics.fmean(values), "spread": spread}
    return found
