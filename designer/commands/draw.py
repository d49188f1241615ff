"""``layerloom draw``: the canvas as a picture."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from designer.commands.command import Command, Console
from designer.commands.options import add_file, open_project
from designer.commands.window import qt_ready
from designer.errors import UsageError

__all__ = ["COMMAND"]


def _arguments(parser: ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="OUT", help="a .png or .svg file")
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help="colours. Default: light.")
    parser.add_argument("--scale", type=float, default=2.0, help="pixels per unit of a PNG. Default: 2.")


def _run(options: Namespace, console: Console) -> int:
    if options.out.suffix.lower() not in (".png", ".svg"):
        raise UsageError(f"-o: expected a name that ends in .png or .svg, got {options.out.name}.")
    if not 0.1 <= options.scale <= 8:
        raise UsageError(f"--scale must be from 0.1 to 8, got {options.scale:g}.")
    network = open_project(options).network
    qt_ready()
    from designer.ui.canvas.render import render

    render(network, options.out, theme=options.theme, scale=options.scale)
    console.say(f"Drew {options.out}.")
    console.result({"ok": True, "file": str(options.out), "blocks": len(network)})
    return 0


COMMAND = Command("draw", "Draw a network as a PNG or SVG picture.", _arguments, _run, order=13)
