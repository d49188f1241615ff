"""``layerloom keep``: the first part of a model, with a new head."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from designer.commands.changing import Changing, add_block, add_changed_file
from designer.commands.command import Command, Console
from designer.graph.surgery.cut import keep_up_to

__all__ = ["COMMAND"]


def _arguments(parser: ArgumentParser) -> None:
    add_changed_file(parser)
    add_block(parser)
    parser.add_argument("--no-head", action="store_true", help="end at the block, without a new head and output")


def _run(options: Namespace, console: Console) -> int:
    changing = Changing(options)
    change = keep_up_to(changing.document, changing.block(options.block), head=not options.no_head)
    return changing.finish(change, console)


COMMAND = Command(
    "keep",
    "Keep a network up to a block and drop what comes after.",
    _arguments,
    _run,
    "A network that classifies gets a new head for its output. The weights of what stays are kept.",
    order=43,
)
