"""``layerloom preflight``: look a training over before it starts."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from designer.commands.command import Command, Console
from designer.commands.learning import add_learning, marked_project
from designer.commands.options import add_data, add_file, add_train, data_spec, open_project, train_spec
from designer.commands.running import run_for_result
from designer.data.spec import Normalisation
from designer.jobs.specs import PreflightJob
from designer.project.file import Project
from designer.project.trail import starts_from_weights
from designer.train.spec import TrainSpec

__all__ = ["COMMAND", "starting_weights"]

_MARKS = {
    "good": ("ok", "green"),
    "warning": ("look", "yellow"),
    "bad": ("SOLVE", "red"),
    "none": ("-", "dim"),
}


def _arguments(parser: ArgumentParser) -> None:
    add_file(parser)
    add_data(parser, required=False)
    add_train(parser)
    add_learning(parser)
    group = parser.add_argument_group("checks")
    group.add_argument("--weights", type=Path, metavar="FILE", help="the training would start from these weights")
    group.add_argument(
        "--check", action="append", default=[], metavar="NAME", help="only this check; may be given several times"
    )


def starting_weights(
    options: Namespace, project: Project, train: TrainSpec
) -> tuple[Path | None, Normalisation | None, TrainSpec]:
    """The weights that ``layerloom train`` would start from, with how pictures were normalised for them."""
    initial: Path | None = options.weights
    there = project.weights is not None and not project.weights_missing
    if initial is None and starts_from_weights(project, train, there):
        initial, train = project.weights, train.model_copy(update={"start": "weights"})
    return initial, project.normalisation if initial is not None and initial == project.weights else None, train


def _run(options: Namespace, console: Console) -> int:
    project = marked_project(options, open_project(options))
    train, data = train_spec(options, project), data_spec(options, project)
    initial, normalisation, train = starting_weights(options, project, train)
    job = PreflightJob(train=train, data=data, normalisation=normalisation, checks=options.check)
    with TemporaryDirectory(prefix="layerloom-") as place:
        result = run_for_result(job, project.network, Path(place) / "preflight", console, initial)
    if not console.as_json:
        _show(result["lines"], console)
    console.say(result["summary"])
    console.result({"ok": True, **result})
    return 0 if result["passed"] else 1


def _show(lines: list[Mapping[str, Any]], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    view = Table(box=None, padding=(0, 1), pad_edge=False, show_header=False)
    view.add_column(no_wrap=True)
    view.add_column(no_wrap=True)
    view.add_column(overflow="fold")
    for line in lines:
        word, colour = _MARKS[line["verdict"]]
        repair = line["repair"]
        text = Text(line["text"])
        if repair is not None:
            text.append(f" → {_advice(repair)}", style="cyan")
        view.add_row(Text(word, style=colour), Text(line["title"]), text)
    console.rich.print(view)
    console.check()


def _advice(repair: Mapping[str, Any]) -> str:
    """A field as its option, everything else as the window's button says it."""
    if repair["target"] == "drawing":
        return str(repair["title"])
    return f"--{str(repair['name']).replace('_', '-')} {repair['value']}"


COMMAND = Command(
    "preflight",
    "Check a training before it starts.",
    _arguments,
    _run,
    "Takes some seconds and changes nothing. The exit code is 1 where something has to be solved first.",
    order=19,
)
