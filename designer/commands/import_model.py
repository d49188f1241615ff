"""``layerloom import``: a pretrained model or a model file as an editable project."""

from __future__ import annotations

import shutil
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from designer.commands.command import Command, Console
from designer.commands.running import run_job, runs_beside
from designer.errors import UsageError
from designer.exchange.origin import origin_of, origins
from designer.jobs.folder import RunFolder, new_run_path
from designer.jobs.imported import Wish, imported_project
from designer.jobs.specs import ImportModelJob
from designer.project.file import SUFFIX, save_project

__all__ = ["COMMAND"]


def _arguments(parser: ArgumentParser) -> None:
    known = " ".join(origin.help for origin in origins())
    parser.add_argument("source", metavar="SOURCE", help=f"{known}".replace("%", "%%"))
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="the project to write; default: beside you")
    parser.add_argument(
        "--weights",
        default="default",
        metavar="WHICH",
        help="default (the library's own, downloaded if needed), none, the name of a set of weights, or a file",
    )
    parser.add_argument(
        "--size", type=int, metavar="PIXELS", help="the edge of the input, where the model leaves it open"
    )
    parser.add_argument("--trust", action="store_true", help="agree to what the file may run (.pt2, .py)")
    parser.add_argument("--force", action="store_true", help="write over a project that is there")


def _run(options: Namespace, console: Console) -> int:
    origin_of(options.source)
    out = _out(options)
    folder = new_run_path(runs_beside(out), "import")
    job = ImportModelJob(source=options.source, weights=options.weights, size=options.size, trust=options.trust)
    try:
        _, result = run_job(job, None, folder, console)
        if result is None:
            raise KeyboardInterrupt
        wish = Wish(options.source, str(result.get("title") or out.stem), options.weights, options.trust)
        project = save_project(imported_project(RunFolder(folder), result, wish), out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _remove_empty(folder.parent)
    report: dict[str, Any] = dict(project.imported or {})
    _tell(report, out, project.weights, len(project.network), console)
    weights = None if project.weights is None else str(project.weights)
    console.result({"ok": True, "file": str(out), "weights": weights, "blocks": len(project.network), "report": report})
    return 0


def _out(options: Namespace) -> Path:
    given: Path | None = options.out
    out = given if given is not None else Path(_stem(options.source)).with_suffix(SUFFIX)
    if out.suffix != SUFFIX:
        raise UsageError(f"A project file's name ends in {SUFFIX}, and {out.name} does not. Add it.")
    if out.exists() and not options.force:
        raise UsageError(f"{out} is there already. Choose another name with -o, or pass --force to write over it.")
    return out


def _stem(source: str) -> str:
    name = source.rsplit(":", 1)[-1] if not Path(source).exists() else Path(source).stem
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in name)[:80] or "model"


def _remove_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _tell(report: dict[str, Any], out: Path, weights: Path | None, blocks: int, console: Console) -> None:
    worst = report.get("difference")
    same = (
        ""
        if worst is None
        else " Its outputs are equal to the original's"
        if worst == 0
        else (f" Its outputs differ from the original's by at most {worst:.2g}")
    )
    compared = f" ({report['compared']})." if same and report.get("compared") else "." if same else ""
    console.say(f"{blocks:,} blocks in {report.get('seconds', 0):.1f} s.{same}{compared}")
    for part in report.get("opaque", ()):
        console.say(f"{part['block']} stays closed: {part['why']}.")
    for note in report.get("notes", ()):
        console.say(note)
    counts = report.get("weights")
    if counts:
        total = counts["matched"] + counts["missing"]
        console.say(f"{counts['matched']:,} of {total:,} weights were taken; they are in {weights}.")
    else:
        console.say("It has no weights yet: training starts from new ones.")
    console.say(f"The project is {out}.")


COMMAND = Command(
    "import",
    "Open a pretrained model, or a model from a file, as an editable project.",
    _arguments,
    _run,
    "Nothing is downloaded but the weights that are asked for.",
    order=12,
)
