"""``layerloom code``: the network as Python."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from designer.codegen.python import compile_network
from designer.commands.command import Command, Console
from designer.commands.options import add_file, open_project

__all__ = ["COMMAND"]


def _arguments(parser: ArgumentParser) -> None:
    add_file(parser)


def _run(options: Namespace, console: Console) -> int:
    program = compile_network(open_project(options).network)
    if not console.as_json:
        print(program.source, end="")
    console.result({"ok": True, "class": program.class_name, "source": program.source})
    return 0


COMMAND = Command(
    "code", "Print the network as a torch module.", _arguments, _run, "It is the very text that trains.", order=12
)
