"""What a sub-command is, how all of them are found, and how they print."""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import designer.commands
from designer.errors import LayerloomError, UsageError

if TYPE_CHECKING:
    from rich.console import Console as RichConsole

__all__ = ["Command", "Console", "commands"]


class Console:
    """Text for people, or with ``--json`` one JSON object on stdout and nothing else there."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json

    @cached_property
    def rich(self) -> RichConsole:
        """Where progress and tables go: stdout, or stderr beside JSON."""
        from rich.console import Console as RichConsole

        return RichConsole(stderr=self.as_json, highlight=False, soft_wrap=True)

    def say(self, text: str) -> None:
        """A line for people; nothing with ``--json``."""
        if not self.as_json:
            self.rich.print(text, markup=False)

    def result(self, data: Mapping[str, Any]) -> None:
        """The outcome for machines; nothing without ``--json``."""
        if self.as_json:
            print(json.dumps(data, ensure_ascii=False, indent=2, default=str))

    def error(self, error: LayerloomError) -> None:
        """One sentence on stderr; with ``--json`` also an object on stdout."""
        print(f"layerloom: {error}", file=sys.stderr)
        self.result({"ok": False, "error": str(error), "kind": type(error).__name__})


@dataclass(frozen=True)
class Command:
    """A sub-command: its name, one line of help, its arguments, and what it does (returning the exit code)."""

    name: str
    help: str
    arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace, Console], int]
    details: str = ""
    order: int = 100


@cache
def commands() -> tuple[Command, ...]:
    """All sub-commands: the COMMAND of every module in this folder."""
    found = []
    for module in pkgutil.iter_modules(designer.commands.__path__):
        declared = getattr(importlib.import_module(f"designer.commands.{module.name}"), "COMMAND", None)
        if isinstance(declared, Command):
            found.append(declared)
    return tuple(sorted(found, key=lambda c: (c.order, c.name)))


def need(value: bool, sentence: str) -> None:
    """Raise UsageError with the sentence unless the value holds."""
    if not value:
        raise UsageError(sentence)
