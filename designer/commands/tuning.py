"""``--tune`` and ``--batch-size max`` of ``layerloom train``: settings that are found by measuring."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from designer.commands.command import Console
from designer.commands.options import name_of
from designer.commands.running import run_for_result
from designer.data.spec import DataSpec
from designer.errors import UsageError
from designer.jobs.specs import ProbeJob, TuneJob
from designer.project.file import Project
from designer.train.forecast import Forecast
from designer.train.spec import TrainSpec
from designer.train.told import memory_told

__all__ = ["add_tuning", "takes_largest", "tuned", "with_largest"]


def add_tuning(group: Any) -> None:
    """The options; ``--batch-size`` itself is made from the spec."""
    group.add_argument(
        "--tune",
        action="store_true",
        help="measure for some seconds which threads, precision, memory layout and optimiser are fastest, say what "
        "was won, and train with that. --batch-size max takes the largest batch that fits",
    )


def takes_largest(options: Namespace) -> bool:
    """Whether ``--batch-size max`` was given; it is taken out of the options."""
    name = name_of(TrainSpec, "batch_size")
    if getattr(options, name, None) != "max":
        return False
    delattr(options, name)
    return True


def with_largest(project: Project, train: TrainSpec, data: DataSpec, console: Console) -> TrainSpec:
    """The settings with the largest batch that fits. Raises UsageError where not even one sample does."""
    with TemporaryDirectory(prefix="layerloom-") as place:
        job = ProbeJob(train=train, data=data, largest=True)
        found = Forecast.from_dict(run_for_result(job, project.network, Path(place) / "probe", console))
    if not found.fits:
        raise UsageError("Not even one sample fits into the memory that is free. Use a smaller network.")
    console.say(f"The largest batch that fits has {found.batch:,} samples: {memory_told(found)}.")
    return train.model_copy(update={"batch_size": found.batch})


def tuned(project: Project, train: TrainSpec, data: DataSpec, console: Console) -> TrainSpec:
    """The settings with those that won, after a table of all that were tried."""
    with TemporaryDirectory(prefix="layerloom-") as place:
        result = run_for_result(TuneJob(train=train, data=data), project.network, Path(place) / "tune", console)
    console.say(f"{'Setting':<22}{'samples/s':>12}{'gain':>9}")
    for row in result["rows"]:
        speed = "–" if row["speed"] is None else f"{row['speed']:,.0f}"
        gain = "" if row["gain"] is None else f"{row['gain']:.2f}×"
        notes = " ".join(note for note in ("chosen" if row["chosen"] else "", row["note"]) if note)
        console.say(f"{row['title']:<22}{speed:>12}{gain:>9}  {notes}".rstrip())
    console.say(str(result["sentence"]))
    return TrainSpec.read({**train.model_dump(), **result["train"]})
