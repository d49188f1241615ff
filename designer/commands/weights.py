"""``layerloom weights``: weights from a file of any kind into the drawn network."""

from __future__ import annotations

import tempfile
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any

from designer.commands.command import Command, Console
from designer.commands.options import add_file, open_project
from designer.commands.running import run_for_result
from designer.errors import FileDamaged, UsageError
from designer.exchange.mapping.fit import Fit, propose
from designer.exchange.mapping.spec import WeightMap, parse_map
from designer.exchange.mapping.weight import shape_text, weights_from
from designer.jobs.specs import ImportWeightsJob, LookJob
from designer.project.file import Project, save_project
from designer.project.lock import FileLock
from designer.project.strict_json import read_bounded

__all__ = ["COMMAND"]

_WORDS = {"fits": "fits", "made": "changed", "shape": "shape", "guess": "guess", "missing": "missing", "spare": "–"}


def _arguments(parser: ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument(
        "--from", dest="source", type=Path, required=True, metavar="WEIGHTS", help="a .pth, .pt, .ckpt or .safetensors"
    )
    parser.add_argument("--list", action="store_true", help="show what would go where, and change nothing")
    parser.add_argument(
        "--map", type=Path, metavar="JSON", help="a file that says what goes where; --list --json prints one to edit"
    )
    parser.add_argument("--part", default="", metavar="NAME", help="which state dict of a file with several")
    parser.add_argument(
        "--guess", action="store_true", help="pair what no name explains by order and shapes; look at --list first"
    )
    parser.add_argument("--partial", action="store_true", help="take what fits, even if it is not all")
    parser.add_argument(
        "--fresh", action="store_true", help="let the rest start anew, also where the project has weights"
    )


def _run(options: Namespace, console: Console) -> int:
    if options.map is not None and options.guess:
        raise UsageError("--map says what goes where, so there is nothing to --guess. Give one of them.")
    project = open_project(options)
    mapping = _map(options)
    with tempfile.TemporaryDirectory(prefix="layerloom-") as folder:
        if options.list:
            return _list(options, project, mapping, Path(folder), console)
        return _take(options, project, mapping, Path(folder), console)


def _map(options: Namespace) -> WeightMap | None:
    if options.map is None:
        return None
    try:
        mapping = parse_map(read_bounded(options.map), options.map.name)
    except FileDamaged as error:
        raise UsageError(str(error)) from error
    return WeightMap(part=options.part, weights=mapping.weights) if options.part else mapping


def _list(options: Namespace, project: Project, mapping: WeightMap | None, folder: Path, console: Console) -> int:
    found = run_for_result(LookJob(path=str(options.source.absolute())), project.network, folder / "look", console)
    parts = {part["name"]: weights_from(part["weights"]) for part in found["parts"]}
    wanted = mapping.part if mapping is not None else options.part
    part = wanted or next(iter(parts))
    if part not in parts:
        raise UsageError(f"--part: the file has no part “{part}”. It has {', '.join(map(repr, parts))}.")
    fit = propose(weights_from(found["network"]), parts[part])
    if mapping is not None:
        fit.use(mapping)
    elif options.guess:
        fit.accept_guesses()
    if not console.as_json:
        _table(fit, console)
        if len(parts) > 1:
            console.say(f"Parts of the file: {', '.join(name or '(the top)' for name in parts)}; this is {part}.")
        console.say(fit.sentence)
    data = {"part": part, "parts": list(parts), "complete": fit.complete, "sentence": fit.sentence}
    rows = [_row(fit, name) for name in fit.network]
    console.result({"ok": True, **data, "map": fit.to_map(wanted).to_json(), "weights": rows, "unused": fit.unused})
    return 0


def _row(fit: Fit, name: str) -> dict[str, Any]:
    choice = fit.choices.get(name)
    source = None if choice is None else choice.source
    return {
        "name": name,
        "shape": list(fit.network[name].shape),
        "state": fit.state(name),
        "from": source,
        "from_shape": None if source is None else list(fit.file[source].shape),
        "by": None if choice is None else choice.by or None,
        "guess": fit.guesses.get(name),
        "offers": [way.name for way in fit.offers(name)],
        "words": fit.words(name),
    }


def _table(fit: Fit, console: Console) -> None:
    from rich.table import Table

    view = Table("state", "network", "shape", "file", "shape", "how")
    for name, weight in fit.network.items():
        choice = fit.choices.get(name)
        source = choice.source if choice is not None else fit.guesses.get(name, "")
        there = shape_text(fit.file[source].shape) if source else ""
        state = fit.state(name)
        how = "" if state in ("fits", "missing", "spare") else fit.words(name)
        style = {"shape": "red", "missing": "yellow", "guess": "yellow"}.get(state)
        view.add_row(_WORDS[state], _safe(name), shape_text(weight.shape), _safe(source), there, how, style=style)
    console.rich.print(view)


def _safe(name: str) -> str:
    from rich.markup import escape

    return escape(name)


def _take(options: Namespace, project: Project, mapping: WeightMap | None, folder: Path, console: Console) -> int:
    base = project.weights if not options.fresh and project.weights and not project.weights_missing else None
    spec = ImportWeightsJob(
        path=str(options.source.absolute()),
        partial=options.partial,
        part=options.part,
        guess=options.guess,
        map=mapping,
    )
    with FileLock(options.file):
        result = run_for_result(spec, project.network, folder / "take", console, base)
        if not result["matched"]:
            raise UsageError(f"Nothing in {options.source} fits. {result['sentence']} See --list, and say with --map.")
        saved = save_project(replace(project, weights=folder / "take" / result["weights"]), options.file)
    console.say(result["sentence"])
    rest = "stays as the project's weights have it" if base is not None else "starts anew"
    if result["missing"] or result["wrong_shape"]:
        console.say(f"The rest {rest}.")
    if result["warning"]:
        console.say(f"Mind: {result['warning']}")
    console.say(f"The weights are in {saved.weights}.")
    console.result({"ok": True, **result, "weights": str(saved.weights), "rest": rest})
    return 0


COMMAND = Command(
    "weights",
    "Take weights from a checkpoint into the drawn network.",
    _arguments,
    _run,
    "Names are compared without the prefixes that wrappers add. What has another shape is left out unless --map says "
    "how it is made to fit (sum_inputs, pick_rows, resize_positions, ...).",
    order=24,
)
