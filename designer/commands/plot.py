"""``layerloom plot``: the curves of runs as a picture, or their numbers as a table."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from designer.commands.command import Command, Console
from designer.commands.window import qt_ready
from designer.errors import UsageError
from designer.graph.words import count, plural
from designer.ui.plots.choices import AXES, SPREADS

if TYPE_CHECKING:
    from designer.ui.plots.recorded import Record

__all__ = ["COMMAND"]

_KINDS = ("png", "svg", "csv")
_LARGEST = 16_000  # pixels of a side


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "runs",
        type=Path,
        nargs="+",
        metavar="RUN",
        help="the folder of a run; or of a series of runs, which is drawn as its mean with a band",
    )
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="OUT", help="a .png, .svg or .csv file")
    parser.add_argument("--plots", nargs="+", metavar="PLOT", help="such as loss accuracy f1. Default: all.")
    parser.add_argument("--x", choices=tuple(AXES), default="iteration", help="what the x axis counts")
    parser.add_argument(
        "--smoothing", type=float, default=0.8, help="of the training curves, from 0 to 0.99. Default: 0.8."
    )
    parser.add_argument("--log", nargs="+", default=[], metavar="PLOT", help="plots with a logarithmic scale")
    parser.add_argument("--means", action="store_true", help="draw the means of whole epochs, too")
    parser.add_argument("--no-marks", action="store_true", help="draw no lines where something happened")
    parser.add_argument("--band", choices=tuple(SPREADS), default="range", help="the band of a series. Default: range.")
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help="colours. Default: light.")
    parser.add_argument("--scale", type=float, default=2.0, help="of a PNG, from 0.5 to 8. Default: 2.")
    parser.add_argument("--size", metavar="WxH", help="of the whole picture, such as 1600x900. Default: by the plots.")


def _run(options: Namespace, console: Console) -> int:
    kind = options.out.suffix.lower().removeprefix(".")
    if kind not in _KINDS:
        raise UsageError(f"-o: expected a name that ends in .png, .svg or .csv, got {options.out.name}.")
    if not 0 <= options.smoothing <= 0.99:
        raise UsageError(f"--smoothing must be from 0 to 0.99, got {options.smoothing:g}.")
    if not 0.5 <= options.scale <= 8:
        raise UsageError(f"--scale must be from 0.5 to 8, got {options.scale:g}.")
    size = _size(options.size)
    from designer.ui.plots.recorded import read_runs

    record = read_runs(options.runs, options.smoothing)
    chosen = _chosen(record, options.plots, "--plots") if options.plots else record.plots_with_values()
    logged = _chosen(record, options.log, "--log")
    if not any(record.values(name) for name in chosen):
        raise UsageError("There is nothing to plot: these runs have told no values yet.")
    result = {"ok": True, "file": str(options.out), "plots": chosen, "runs": len(record.names)}
    if kind == "csv":
        points = record.write_csv(options.out, chosen)
        console.say(f"Wrote {options.out}, {count(points)} points of {plural(len(record.names), 'run')}.")
        console.result({**result, "points": points})
        return 0
    qt_ready()
    from designer.ui.plots.headless import Look, draw

    look = Look(options.x, tuple(logged), options.means, not options.no_marks, options.band, options.theme)
    width, height = draw(record, chosen, look, options.out, options.scale, size)
    console.say(f"Drew {options.out}, {width} × {height} pixels.")
    console.result({**result, "width": width, "height": height})
    return 0


def _chosen(record: Record, wanted: list[str], option: str) -> list[str]:
    """The plots that are named. Raises UsageError."""
    found = []
    for word in (part for given in wanted for part in given.split(",") if part):
        if word not in record.plots:
            near = get_close_matches(word, record.plots, 1)
            hint = f" Did you mean {near[0]}?" if near else f" There are: {', '.join(record.plots)}."
            raise UsageError(f"{option}: there is no plot {word!r}.{hint}")
        found.append(word)
    return list(dict.fromkeys(found))


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    width, _, height = text.lower().replace("×", "x").partition("x")
    if not (width.isdigit() and height.isdigit() and 200 <= int(width) <= _LARGEST and 120 <= int(height) <= _LARGEST):
        raise UsageError(f"--size: expected a width and a height in pixels such as 1600x900, got {text[:40]!r}.")
    return int(width), int(height)


COMMAND = Command("plot", "Plot the curves of runs: PNG, SVG, or the numbers as CSV.", _arguments, _run, order=24)
