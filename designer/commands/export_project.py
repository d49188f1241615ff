"""``layerloom export-project``: network, data and training as plain Python, proved to train as here."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from designer.commands.command import Command, Console
from designer.commands.options import add_data, add_file, add_train, data_spec, open_project, train_spec
from designer.commands.running import run_folder, run_for_result
from designer.errors import UsageError
from designer.jobs.specs import ExportProjectJob

__all__ = ["COMMAND"]


def _arguments(parser: ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="OUT", help="the folder to write")
    add_data(parser, required=False)
    add_train(parser)
    group = parser.add_argument_group("proof")
    group.add_argument("--steps", type=int, default=20, help="steps to do there and here. Default: 20.")
    group.add_argument("--weights", type=Path, metavar="FILE", help="weights to start from; default: fresh ones")
    group.add_argument(
        "--run-dir", type=Path, metavar="DIR", help="where the report is kept; default: beside the project"
    )


def _run(options: Namespace, console: Console) -> int:
    project = open_project(options)
    if not 1 <= options.steps <= 10_000:
        raise UsageError(f"--steps must be from 1 to 10000, got {options.steps}.")
    spec = ExportProjectJob(
        train=train_spec(options, project),
        data=data_spec(options, project),
        initial=str(options.weights.absolute()) if options.weights is not None else None,
        out=str(options.out.absolute()),
        steps=options.steps,
    )
    report = run_for_result(spec, project.network, run_folder(options, "export-project"), console)
    console.say(f"Wrote {options.out}. {report['sentence']}")
    console.result({"ok": True, **report})
    return 0


COMMAND = Command(
    "export-project",
    "Write network, data and training as a project of plain Python.",
    _arguments,
    _run,
    "The project needs nothing of Layerloom. Some steps are done there and here, and must give the same losses.",
    order=23,
)
