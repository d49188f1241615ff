"""``layerloom prune``: a layer with fewer channels, those with the largest weights."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from designer.commands.changing import Changing, add_block, add_changed_file
from designer.commands.command import Command, Console
from designer.graph.surgery.widths import prune

__all__ = ["COMMAND"]


def _arguments(parser: ArgumentParser) -> None:
    add_changed_file(parser)
    add_block(parser)
    parser.add_argument("--to", type=int, required=True, metavar="N", help="how many channels or features it keeps")


def _run(options: Namespace, console: Console) -> int:
    changing = Changing(options)
    name = changing.block(options.block)
    return changing.finish(prune(changing.document, name, options.to, changing.trail.norms()), console)


COMMAND = Command(
    "prune",
    "Leave a layer the channels with the largest weights.",
    _arguments,
    _run,
    "What reads the channels follows. The network computes something else afterwards, so train it a little more.",
    order=42,
)
