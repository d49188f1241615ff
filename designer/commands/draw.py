"""``layerloom draw``: the canvas as a picture."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from difflib import get_close_matches
from pathlib import Path

from designer.commands.command import Command, Console
from designer.commands.options import add_file, open_project
from designer.commands.window import qt_ready
from designer.errors import UsageError
from designer.graph.model import Network

__all__ = ["COMMAND"]

_KINDS = ("png", "svg", "pdf")


def _arguments(parser: ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="OUT", help="a .png, .svg or .pdf file")
    parser.add_argument("--format", choices=_KINDS, help="Left out: what the name of the file says.")
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help="colours. Default: light.")
    parser.add_argument(
        "--background",
        choices=("plain", "white", "transparent"),
        default="plain",
        help="plain is the colour of the canvas. Default: plain.",
    )
    parser.add_argument(
        "--scale", type=float, help="from 0.1 to 8. Default: 2 for PNG, 1 otherwise, or less where that is too large."
    )
    parser.add_argument(
        "--text",
        choices=("outlines", "text"),
        help="words as shapes or as text. Default: outlines in SVG, text in PDF.",
    )
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", help="draw these blocks; layer1 stands for all whose names begin so."
    )


def _run(options: Namespace, console: Console) -> int:
    kind = options.format or options.out.suffix.lower().removeprefix(".")
    if kind not in _KINDS:
        raise UsageError(f"-o: expected a name that ends in .png, .svg or .pdf, got {options.out.name}.")
    if options.scale is not None and not 0.1 <= options.scale <= 8:
        raise UsageError(f"--scale must be from 0.1 to 8, got {options.scale:g}.")
    if options.background == "white" and options.theme == "dark":
        raise UsageError("--background white cannot be read with --theme dark. Leave one of the two out.")
    network = open_project(options).network
    only = _chosen(network, options.only) if options.only else None
    qt_ready()
    from designer.ui.canvas.picture.spec import Picture
    from designer.ui.canvas.render import render

    picture = Picture(kind, options.theme, options.background, options.scale, options.text, only)
    width, height = render(network, options.out, picture)
    unit = "points" if kind == "pdf" else "pixels"
    console.say(f"Drew {options.out}, {width} × {height} {unit}.")
    blocks = len(network) if only is None else len(only)
    console.result(
        {"ok": True, "file": str(options.out), "blocks": blocks, "width": width, "height": height, "unit": unit}
    )
    return 0


def _chosen(network: Network, wanted: list[str]) -> frozenset[str]:
    """The blocks that are named, or lie under a path that is. Raises UsageError."""
    found: set[str] = set()
    for word in (part for given in wanted for part in given.split(",") if part):
        under = [name for name in network.nodes if name == word or name.startswith(word + ".")]
        if not under:
            near = get_close_matches(word, network.nodes, 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise UsageError(f"--only: there is no block {word!r} in the network.{hint}")
        found.update(under)
    if not found:
        raise UsageError("--only: name at least one block.")
    return frozenset(found)


COMMAND = Command("draw", "Draw a network as a PNG, SVG or PDF picture.", _arguments, _run, order=13)
