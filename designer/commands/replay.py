"""``layerloom replay``: do the step again in which a training met its first NaN or infinity."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from designer.commands.command import Command, Console
from designer.commands.running import run_job
from designer.jobs.folder import run_of
from designer.jobs.specs import ReplayStepJob
from designer.train.health.step import BlockRow, Range, StepReport

__all__ = ["COMMAND"]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="RUN", help="the folder of the run that stopped")
    parser.add_argument("--run-dir", type=Path, metavar="DIR", help="where the result is kept; default: in the run")


def _run(options: Namespace, console: Console) -> int:
    run = run_of(options.run).absolute()
    folder = options.run_dir or _free(run)
    _, result = run_job(ReplayStepJob(run_dir=str(run)), None, folder, console)
    if result is None:
        raise KeyboardInterrupt
    if not console.as_json:
        _show(result, console)
    console.result({"ok": True, "run": str(folder), **result})
    return 0


def _free(run: Path) -> Path:
    taken = len(list(run.glob("replay*")))
    return next(path for n in range(taken + 1, taken + 1000) if not (path := run / f"replay-{n:03}").exists())


def _show(result: Mapping[str, Any], console: Console) -> None:
    from rich.table import Table

    report = StepReport.model_validate(result["report"])
    again = StepReport.model_validate(result["again"])
    console.say(report.sentence)
    same = "The step gave the same again" if result["same"] else "Done again, the step went otherwise"
    console.say(f"{same}, on {result['device']}: loss {again.loss:.6g}.")
    bad = [sample.name for sample in report.samples if sample.bad]
    if bad:
        console.say(f"Samples to look at: {', '.join(bad[:5])}{' …' if len(bad) > 5 else ''}")
    view = Table("", "block", "comes in", "goes out", "gradient comes in", "gradient goes out", "weights")
    for row in again.rows:
        view.add_row(">" if row.block == again.block else "", row.block, *map(_words, _ranges(row)))
    console.rich.print(view)


def _ranges(row: BlockRow) -> tuple[Range | None, ...]:
    return row.inputs, row.output, row.gradient_in, row.gradient_out, row.weights


def _words(found: Range | None) -> str:
    if found is None or not found.count:
        return ""
    none = [f"{count:,} {what}" for count, what in ((found.nan, "NaN"), (found.infinite, "inf")) if count]
    return ", ".join([f"{found.low:.3g} … {found.high:.3g}", *none])


COMMAND = Command(
    "replay",
    "Do the step again in which a training met its first NaN or infinity.",
    _arguments,
    _run,
    "Prints what goes into every block and comes out of it, forward and backward; > marks the block that gave the "
    "first number that is none.",
    order=27,
)
