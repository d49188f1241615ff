"""``layerloom export``: a trained network in another format, run there and compared before it is called done."""

from __future__ import annotations

from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from pathlib import Path

from pydantic import ValidationError

from designer.commands.command import Command, Console
from designer.commands.options import add_data, add_file, data_spec, open_project, weights_of
from designer.commands.running import run_folder, run_for_result
from designer.errors import UsageError
from designer.exchange.format import format_named, formats
from designer.exchange.options import ExportOptions
from designer.jobs.specs import ExportJob

__all__ = ["COMMAND"]


def _arguments(parser: ArgumentParser) -> None:
    add_file(parser)
    known = "; ".join(f"{f.name}: {f.title}" for f in formats().values() if f.write)
    parser.add_argument("--to", required=True, metavar="FORMAT", help=known)
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="OUT", help="the file, or folder, to write")
    add_data(parser, required=False)
    group = parser.add_argument_group("run")
    group.add_argument("--weights", type=Path, metavar="FILE", help="trained weights; default: those of the project")
    group.add_argument("--samples", type=int, default=256, help="validation samples to compare on. Default: 256.")
    group.add_argument(
        "--run-dir", type=Path, metavar="DIR", help="where the report is kept; default: beside the project"
    )
    choices = parser.add_argument_group("options of the format")
    for name, field in ExportOptions.model_fields.items():
        flag = f"--{name.replace('_', '-')}"
        takers = ", ".join(f.name for f in formats().values() if name in f.options)
        words = f"{field.description} For {takers}.".replace("%", "%%")
        if field.annotation is bool:
            choices.add_argument(flag, action=BooleanOptionalAction, default=field.default, help=words)
        else:
            choices.add_argument(flag, type=int, default=field.default, metavar="N", help=words)


def _chosen(options: Namespace) -> ExportOptions:
    try:
        return ExportOptions.model_validate({name: getattr(options, name) for name in ExportOptions.model_fields})
    except ValidationError as error:
        first = error.errors()[0]
        flag = f"--{str(first['loc'][0]).replace('_', '-')}"
        raise UsageError(f"{flag}: {first['msg']}, got {first['input']}.") from error


def _run(options: Namespace, console: Console) -> int:
    project = open_project(options)
    fmt = format_named(options.to)
    if not options.out.name:
        raise UsageError(f"-o: {options.out} is a folder. Name the file, or the folder, to write.")
    out: Path = options.out if options.out.suffix or fmt.folder else options.out.with_suffix(fmt.suffix)
    if not 1 <= options.samples <= 100_000:
        raise UsageError(f"--samples must be from 1 to 100000, got {options.samples}.")
    spec = ExportJob(
        weights=str(weights_of(options, project).absolute()),
        data=data_spec(options, project) if options.data or project.data else None,
        format=options.to,
        out=str(out.absolute()),
        samples=options.samples,
        normalisation=project.normalisation if options.weights is None else None,
        options=_chosen(options),
    )
    report = run_for_result(spec, project.network, run_folder(options, f"export-{options.to}"), console)
    same = "" if report["agree"] is None else f", same answer for {report['agree']:.1%}"
    right = ""
    if report["accuracy_before"] is not None:
        right = f", accuracy {report['accuracy_before']:.1%} before and {report['accuracy_after']:.1%} after"
    console.say(
        f"Wrote {out}. Run on {report['samples']} samples and compared with the network: "
        f"largest difference {report['max_abs_diff']:.3g}{same}{right}."
    )
    for batch, times in report["latency"].items():
        console.say(f"A batch of {batch}: {times['file']:.3g} ms, in PyTorch {times['eager']:.3g} ms.")
    console.say(f"The report lies in {out.name}.report.md and {out.name}.report.json beside it.")
    console.result({"ok": True, **report})
    return 0


COMMAND = Command(
    "export",
    "Export a trained network and prove the file equal to it.",
    _arguments,
    _run,
    "The file is run in its own engine on real validation samples and compared; otherwise nothing is written.",
    order=22,
)
