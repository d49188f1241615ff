"""``layerloom replace``: find blocks by type, name and values, and make them blocks of another type."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence

from designer.blocks.spec import Block, Value
from designer.commands.changing import Changing, add_changed_file
from designer.commands.command import Command, Console
from designer.errors import EditRefused, UsageError
from designer.graph.surgery.replace import Query, find, replacement, type_named, value_in
from designer.graph.surgery.widths import Change

__all__ = ["COMMAND"]


def _arguments(parser: ArgumentParser) -> None:
    add_changed_file(parser)
    parser.add_argument("--type", default="", metavar="TYPE", help="blocks of this type, such as relu or BatchNorm2d")
    parser.add_argument(
        "--name", default="", metavar="PATTERN", help="blocks with such a name: layer1.*, *.downsample.*"
    )
    parser.add_argument(
        "--where", nargs="+", default=[], metavar="PARAM=VALUE", help="blocks with these values: kernel_size=3"
    )
    parser.add_argument(
        "--in", dest="within", nargs="+", metavar="NAME", help="only these blocks, or all whose names begin so: layer1"
    )
    parser.add_argument("--by", default="", metavar="TYPE", help="what they become; left out: they keep their type")
    parser.add_argument("--set", nargs="+", default=[], metavar="PARAM=VALUE", help="values that they get")


def _run(options: Namespace, console: Console) -> int:
    changing = Changing(options)
    if not (options.type or options.name or options.where or options.within):
        raise UsageError("Say which blocks with --type, --name, --where or --in.")
    kind = type_named(options.type).type if options.type else ""
    within = [changing.block(name) for name in options.within] if options.within else None
    names = find(changing.document.network, Query(kind, options.name, _pairs(options.where, "--where"), within))
    if not names:
        raise UsageError("No block is meant. `layerloom summary FILE` lists names and types.")
    by = _by(options, changing, names)
    found = replacement(changing.document, names, by.type, _values(by, _pairs(options.set, "--set")))
    facts = {"changed": list(found.names), "broken": list(found.broken)}
    return changing.finish(Change(found.edit, False, found.sentence), console, facts)


def _by(options: Namespace, changing: Changing, names: Sequence[str]) -> Block:
    if options.by:
        return type_named(options.by)
    kinds = {changing.document.network[name].type for name in names}
    if len(kinds) > 1 or not options.set:
        raise UsageError("Say what they become with --by, or which values blocks of one --type get with --set.")
    return changing.document.network[names[0]].block


def _pairs(items: Sequence[str], flag: str) -> Mapping[str, str]:
    found = {}
    for item in items:
        key, sign, value = item.partition("=")
        if not sign or not key:
            raise UsageError(f"{flag}: expected PARAM=VALUE, got {item!r}.")
        found[key] = value
    return found


def _values(block: Block, pairs: Mapping[str, str]) -> Mapping[str, Value]:
    try:
        return {key: value_in(block.param(key), text) for key, text in pairs.items()}
    except EditRefused as error:
        raise UsageError(f"--set: {error}") from error


COMMAND = Command(
    "replace",
    "Find blocks and make them blocks of another type.",
    _arguments,
    _run,
    "Example: layerloom replace net.loom --type relu --by gelu --in layer1. Parameters of the same name keep their "
    "values.",
    order=45,
)
