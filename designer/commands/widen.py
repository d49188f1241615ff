"""``layerloom widen``: a layer with more channels that computes the same."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from designer.commands.changing import Changing, add_block, add_changed_file
from designer.commands.command import Command, Console
from designer.graph.surgery.widths import widen

__all__ = ["COMMAND"]


def _arguments(parser: ArgumentParser) -> None:
    add_changed_file(parser)
    add_block(parser)
    parser.add_argument("--to", type=int, required=True, metavar="N", help="how many channels or features it gets")


def _run(options: Namespace, console: Console) -> int:
    changing = Changing(options)
    return changing.finish(widen(changing.document, changing.block(options.block), options.to), console)


COMMAND = Command(
    "widen",
    "Give a layer more channels without changing what the network computes.",
    _arguments,
    _run,
    "Some channels come twice and what reads them shares its weights, through normalisation, additions and "
    "concatenations. It says where the result cannot stay quite the same.",
    order=40,
)
