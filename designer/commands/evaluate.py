"""``layerloom evaluate``: how good a trained network is on the validation samples."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from designer.commands.command import Command, Console
from designer.commands.options import add_data, add_file, data_spec, open_project, weights_of
from designer.commands.running import run_folder, run_for_result
from designer.jobs.specs import EvaluateJob
from designer.train.spec import TrainSpec
from designer.train.told import figures_told

__all__ = ["COMMAND", "what_it_tells"]


def _arguments(parser: ArgumentParser) -> None:
    add_file(parser)
    add_data(parser, required=False)
    group = parser.add_argument_group("run")
    group.add_argument("--weights", type=Path, metavar="FILE", help="trained weights; default: those of the project")
    group.add_argument(
        "--metrics", default="", metavar="METRICS", help="further figures, as for train, with commas between them"
    )
    group.add_argument("--device", default="auto", help="auto, cpu, mps, cuda or cuda:N")
    group.add_argument(
        "--run-dir", type=Path, metavar="DIR", help="where the result is kept; default: beside the project"
    )


def _run(options: Namespace, console: Console) -> int:
    project = open_project(options)
    spec = EvaluateJob(
        weights=str(weights_of(options, project).absolute()),
        data=data_spec(options, project),
        device=options.device,
        metrics=TrainSpec.read({"metrics": options.metrics}).metrics,
        normalisation=project.normalisation if options.weights is None else None,
    )
    folder = run_folder(options, "evaluate")
    result = run_for_result(spec, project.network, folder, console)
    if not console.as_json:
        _show(result, console)
        console.say(f"The result is in {folder}.")
    console.result({"ok": True, "run": str(folder), **result})
    return 0


def what_it_tells(result: Mapping[str, Any]) -> str:
    """What an evaluation measured beside loss and accuracy, by the kind of the targets; nothing where that is all."""
    parts = []
    if result.get("kind") == "labels":
        parts += [("mean F1 {:.2%}", result.get("macro_f1")), ("all labels right {:.2%}", result.get("all_right"))]
    regression, two = result.get("regression"), result.get("two")
    if regression:
        parts += [("mean absolute error {:.4g}", regression["mean_absolute_error"]), ("R² {:.4f}", regression["r2"])]
    if two:
        parts += [(f"{name} {{:.2%}}", two[name]) for name in ("sensitivity", "specificity")]
        parts += [("AUROC {:.4f}", two["auroc"])]
    return ", ".join(text.format(value) for text, value in parts if value is not None)


def _show(result: dict[str, object], console: Console) -> None:
    from rich.table import Table

    accuracy, loss = result.get("accuracy"), result.get("loss")
    if isinstance(loss, float):
        console.say(f"Loss {loss:.4f}" + (f", accuracy {accuracy:.2%}" if isinstance(accuracy, float) else ""))
    told = what_it_tells(result)
    if told:
        console.say(f"{told[0].upper()}{told[1:]}")
    figures = result.get("figures")
    if isinstance(figures, dict) and figures:
        words = figures_told(figures)
        console.say(f"{words[0].upper()}{words[1:]}")
    top, sure = result.get("top"), result.get("calibration")
    if isinstance(top, list) and isinstance(sure, dict):
        shares = [f"top-{row['k']} {row['accuracy']:.2%}" for row in top if row["k"] in (3, 5)]
        console.say(", ".join([*shares, f"calibration error {sure['error']:.2%}"]).capitalize())
    outputs = result.get("outputs")
    for one in outputs if isinstance(outputs, list) else ():
        console.say(
            f"  {one['name']}: loss {one['loss']:.4f}"
            + (f", accuracy {one['accuracy']:.2%}" if one["accuracy"] is not None else "")
        )
    rows = result.get("per_class")
    if isinstance(rows, list) and rows:
        view = Table("class", "precision", "recall", "f1", "support")
        for row in rows:
            figures = ("–" if row[c] is None else f"{row[c]:.3f}" for c in ("precision", "recall", "f1"))
            view.add_row(row["name"], *figures, f"{row['support']:,}")
        console.rich.print(view)


COMMAND = Command("evaluate", "Measure a trained network on the validation samples.", _arguments, _run, order=21)
