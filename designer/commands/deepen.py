"""``layerloom deepen``: one more layer that changes nothing at first."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from designer.commands.changing import Changing, add_block, add_changed_file
from designer.commands.command import Command, Console
from designer.graph.surgery.deepen import deepen

__all__ = ["COMMAND"]


def _arguments(parser: ArgumentParser) -> None:
    add_changed_file(parser)
    add_block(parser)


def _run(options: Namespace, console: Console) -> int:
    changing = Changing(options)
    return changing.finish(deepen(changing.document, changing.block(options.block)), console)


COMMAND = Command(
    "deepen",
    "Put a layer behind a layer that starts as the identity.",
    _arguments,
    _run,
    "It comes behind the layer's activation, with one more of it where that changes nothing (ReLU and its like).",
    order=41,
)
