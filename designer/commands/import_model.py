"""``layerloom import``: a pretrained model or a model file as an editable project."""

from __future__ import annotations

import json
import re
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
from designer.project.trusted import read_code, trust

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
    parser.add_argument(
        "--input",
        metavar="SIZE",
        help="the size of one sample where nothing says it: 3x224x224; commas between several",
    )
    parser.add_argument("--args", metavar="JSON", help="what a class of a Python file is made with: '{\"width\": 64}'")
    parser.add_argument("--trust", action="store_true", help="agree to what the file may run (.pt2, .py)")
    parser.add_argument("--force", action="store_true", help="write over a project that is there")


def _run(options: Namespace, console: Console) -> int:
    origin = origin_of(options.source)
    out = _out(options)
    code = origin.code(options.source)
    if code is not None and options.trust:
        trust(read_code(code))
    folder = new_run_path(runs_beside(out), "import")
    job = ImportModelJob(
        source=options.source,
        weights=options.weights,
        size=options.size,
        shapes=_shapes(options.input),
        args=_args(options.args),
        trust=options.trust,
    )
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


def _shapes(text: str | None) -> list[list[int]]:
    if not text:
        return []
    shapes = [shape.strip().lower().replace("×", "x").split("x") for shape in text.split(",")]
    if len(shapes) > 16 or not all(re.fullmatch(r"[1-9]\d{0,6}", side) for shape in shapes for side in shape):
        raise UsageError(f"Expected sizes such as 3x224x224 for --input, without the batch, found {text[:80]!r}.")
    return [[int(side) for side in shape] for shape in shapes]


def _args(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError) as error:
        raise UsageError("Expected JSON for --args, such as '{\"width\": 64}'; it cannot be read.") from error
    if not isinstance(found, dict) or len(found) > 100:
        raise UsageError("Expected a JSON object for --args, such as '{\"width\": 64}'.")
    return found


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
