"""``layerloom predict``: what a trained network says to pictures, and where in them it sees that."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from designer.commands.command import Command, Console
from designer.commands.options import add_file, open_project, weights_of
from designer.commands.running import run_for_result
from designer.evaluate.heat.names import WAYS
from designer.jobs.specs import PredictJob

__all__ = ["COMMAND"]


def _arguments(parser: ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument("pictures", nargs="+", type=Path, metavar="IMAGE", help="pictures to look at")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="trained weights; default: those of the project")
    parser.add_argument("--top", type=int, default=5, metavar="N", help="how many classes to list. Default: 5.")
    parser.add_argument("--device", default="auto", help="auto, cpu, mps, cuda or cuda:N")
    heat = parser.add_argument_group("heat map")
    heat.add_argument("--heat", choices=sorted(WAYS), metavar="WAY", help=f"where it sees that: {', '.join(WAYS)}")
    heat.add_argument("--block", default="", metavar="NAME", help="the block that Grad-CAM looks at. Default: the last")
    heat.add_argument("--class", dest="target", default="", metavar="NAME", help="of which class. Default: the answer")
    heat.add_argument(
        "-o", "--out", type=Path, metavar="DIR", help="write the pictures with their heat into this folder"
    )


def _run(options: Namespace, console: Console) -> int:
    project = open_project(options)
    way = options.heat or ("grad-cam" if options.out is not None or options.block or options.target else "")
    spec = PredictJob(
        weights=str(weights_of(options, project).absolute()),
        pictures=tuple(str(path.absolute()) for path in options.pictures),
        normalisation=project.normalisation if options.weights is None else None,
        fit=project.data.fit if project.data is not None else "crop",
        way=way,
        block=options.block,
        target=options.target,
        top=max(1, min(1000, options.top)),
        training=str(project.run) if project.run is not None and options.weights is None else None,
        device=options.device,
    )
    with TemporaryDirectory(prefix="layerloom-") as place:
        folder = Path(place) / "run"
        result = run_for_result(spec, project.network, folder, console)
        if options.out is not None:
            _write(result["pictures"], folder, options.out)
        for one in result["pictures"]:  # what lay in the folder that goes now
            one.pop("picture", None)
            one.get("heat", {}).pop("map", None)
    if not console.as_json:
        _show(result, console)
    console.result({"ok": True, **result})
    return 0 if all("error" not in one for one in result["pictures"]) else 1


def _show(result: dict[str, Any], console: Console) -> None:
    if result["note"]:
        console.say(result["note"])
    for one in result["pictures"]:
        if "error" in one:
            console.say(one["error"])
            continue
        values = result["target"] == "values"
        words = (
            f"{row['label']} {row['value']:.4g}" if values else f"{row['label']} {row['value']:.1%}"
            for row in one["top"]
        )
        console.say(f"{Path(one['name']).name}: {', '.join(words)}")
        heat = one.get("heat")
        if heat is not None:
            seen = f", seen at {heat['block']}" if heat["block"] else ""
            kept = f": {one['written']}" if "written" in one else ""
            console.say(f"  {WAYS[heat['way']].title} of {heat['label']}{seen}{kept}")


def _write(pictures: list[dict[str, Any]], folder: Path, out: Path) -> None:
    """Pictures with their heat over them, large enough to look at. Raises ProjectError."""
    from designer.errors import ProjectError
    from designer.evaluate.heat.overlay import over

    try:
        out.mkdir(parents=True, exist_ok=True)
        for number, one in enumerate(pictures):
            if "heat" in one:
                file = out / f"{Path(one['name']).stem}-{one['heat']['way']}-{number}.png"
                over(folder / one["picture"], folder / one["heat"]["map"]).save(file)
                one["written"] = str(file)
    except OSError as error:
        raise ProjectError(f"The pictures could not be written to {out}: {error.strerror or error}.") from error


COMMAND = Command(
    "predict", "What a trained network says to pictures, and where in them it sees that.", _arguments, _run, order=22
)
