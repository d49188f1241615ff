"""The command line: ``layerloom [FILE]`` opens the window, every other job has a sub-command of its own.

Exit code 0: done; 1: a problem in what was given (a file, the data, the network); 2: called wrongly.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from designer import __version__
from designer.commands.command import Command, Console, commands
from designer.errors import LayerloomError, UsageError

__all__ = ["main", "make_parser"]

_EPILOG = "Run `layerloom COMMAND --help` for one command. Without a command, `layerloom [FILE]` opens the window."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    known = {c.name: c for c in commands()}
    if not any(a in known or a in ("-h", "--help", "--version") for a in arguments[:1]):
        return _open_window(arguments)
    options = make_parser(known.values()).parse_args(arguments)
    # OpenMP's waiting threads burn the processor that others need; read once, when torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    command, console = known[options.command], Console(options.json)
    try:
        return command.run(options, console)
    except LayerloomError as error:
        console.error(error)
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        console.say("Stopped.")
        return 130
    except BrokenPipeError:  # the reader, e.g. `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def make_parser(known: Iterable[Command]) -> argparse.ArgumentParser:
    """The parser with all sub-commands."""
    parser = argparse.ArgumentParser(
        prog="layerloom",
        description="Design, train, understand and export neural networks. `layerloom [FILE]` opens the window.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"layerloom {__version__}")
    subs = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in known:
        sub = subs.add_parser(command.name, help=command.help, description=command.help + " " + command.details)
        command.arguments(sub)
        sub.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    return parser


def _open_window(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="layerloom", usage="layerloom [FILE] | layerloom COMMAND ...", epilog=_EPILOG, add_help=False
    )
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a .loom project to open")
    options = parser.parse_args(arguments)
    console = Console(False)
    if options.file is not None and not options.file.exists() and options.file.suffix != ".loom":
        names = ", ".join(c.name for c in commands())
        console.error(UsageError(f"{options.file} is neither a project file nor a command. The commands are {names}."))
        return 2
    try:
        from designer.ui.app import run
    except ImportError as error:
        from designer.commands.window import why_no_window

        console.error(why_no_window(error))
        return 2
    try:
        return run(options.file)
    except LayerloomError as error:
        console.error(error)
        return 2 if isinstance(error, UsageError) else 1
