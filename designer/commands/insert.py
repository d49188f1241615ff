"""``layerloom insert``: another project, or its first part, put into this one with its weights."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from designer.commands.changing import Changing, add_changed_file
from designer.commands.command import Command, Console
from designer.commands.options import open_project
from designer.graph.surgery.join import insert_model

__all__ = ["COMMAND"]


def _arguments(parser: ArgumentParser) -> None:
    add_changed_file(parser)
    parser.add_argument("--from", dest="source", type=Path, required=True, metavar="OTHER", help="the other project")
    parser.add_argument(
        "--up-to", default="", metavar="BLOCK", help="the last block of OTHER that comes; left out: all but its outputs"
    )
    parser.add_argument(
        "--as", dest="prefix", default="backbone", metavar="PATH", help="the module path it lies under (backbone)"
    )
    parser.add_argument(
        "--feed", default="", metavar="BLOCK", help="the block of FILE that takes the place of OTHER's input"
    )


def _run(options: Namespace, console: Console) -> int:
    changing = Changing(options)
    other = open_project(Namespace(file=options.source, trust_code=options.trust_code))
    nodes = changing.document.network.nodes.values()
    change = insert_model(
        changing.document,
        other.network,
        options.prefix,
        up_to=options.up_to,
        feed=changing.block(options.feed) if options.feed else "",
        weights=None if other.weights_missing else other.weights,
        at=(max((node.x for node in nodes), default=-300.0) + 300.0, min((node.y for node in nodes), default=0.0)),
        title=options.source.stem,
    )
    return changing.finish(change, console)


COMMAND = Command(
    "insert",
    "Put another project, or its first part, into this one with its weights.",
    _arguments,
    _run,
    "Its blocks lie under a module path of their own, as one group; its outputs stay behind.",
    order=44,
)
