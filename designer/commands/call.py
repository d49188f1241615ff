"""From the words on the command line to an exit code. Whatever goes wrong becomes one sentence."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from pydantic import ValidationError

from designer import __version__
from designer.commands.command import Command, Console, commands
from designer.errors import LayerloomError, UsageError
from designer.project.paths import state_folder

__all__ = ["call", "make_parser"]

_EPILOG = "Run `layerloom COMMAND --help` for one command. Without a command, `layerloom [FILE]` opens the window."


def call(arguments: list[str]) -> int:
    """Run what the words ask for; the exit code."""
    _print_anything()
    # OpenMP's waiting threads burn the processor that others need; read once, when torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    console = Console("--json" in arguments)
    try:
        return _run(arguments, console)
    except KeyboardInterrupt:
        console.stopped()
        return 130
    except BrokenPipeError:  # the reader, e.g. `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except LayerloomError as error:
        return _tell(error, console)
    except Exception as error:  # noqa: BLE001  (the last frame: people get a sentence, the log the rest)
        return _tell(_sentence(error), console)


def _run(arguments: list[str], console: Console) -> int:
    known = {c.name: c for c in commands()}
    if not any(a in known or a in ("-h", "--help", "--version") for a in arguments[:1]):
        return _open_window(arguments)
    options = make_parser(known.values()).parse_args(arguments)
    return known[options.command].run(options, console)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, as every other error does."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}. `{self.prog} --help` says how it is called.")


def make_parser(known: Iterable[Command]) -> argparse.ArgumentParser:
    """The parser with all sub-commands."""
    parser = _Parser(
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
    parser = _Parser(prog="layerloom", usage="layerloom [FILE] | layerloom COMMAND ...", epilog=_EPILOG, add_help=False)
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a .loom project to open")
    options = parser.parse_args(arguments)
    if options.file is not None and options.file.suffix != ".loom" and not options.file.exists():
        names = ", ".join(c.name for c in commands())
        raise UsageError(f"{options.file} is neither a project file nor a command. The commands are {names}.")
    from designer.ui.app import run

    return run(options.file)


def _tell(error: LayerloomError, console: Console) -> int:
    console.error(error)
    return 2 if isinstance(error, UsageError) else 1


def _sentence(error: Exception) -> LayerloomError:
    """What nobody expected, for people; the traceback goes to the log."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return UsageError(f"--{'-'.join(map(str, first['loc']))}: {first['msg']}, got {str(first['input'])[:60]!r}.")
    if isinstance(error, OSError) and error.strerror:
        about = f"{error.filename}: " if error.filename is not None else ""
        return LayerloomError(f"{about}{error.strerror}. Check the name, the rights and the space on the disk.")
    if isinstance(error, MemoryError) or "failed to map segment" in str(error):
        return LayerloomError("There is not enough memory. Close other programs, or raise the limit (`ulimit -v`).")
    log = state_folder() / "layerloom.log"
    kept = f"Please report it with the details in {log}."
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write("".join(traceback.format_exception(error)))
    except OSError:
        kept = "Please report it."
    text = str(error).strip().partition("\n")[0][:300].rstrip(".")
    return LayerloomError(f"Something went wrong inside Layerloom: {type(error).__name__}: {text}. {kept}")


def _print_anything() -> None:
    """A terminal that lacks a letter shows a stand-in for it; a name that is no Unicode text is shown escaped."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            with contextlib.suppress(OSError, ValueError):
                reconfigure(errors="backslashreplace")
