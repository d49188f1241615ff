"""What a sub-command is, how all of them are found, and how they print."""

from __future__ import annotations

import contextlib
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
    from designer.commands.terminal import Terminal

__all__ = ["Command", "Console", "commands"]


class Console:
    """Text for people, or with ``--json`` one JSON object on stdout and nothing else there."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json

    @cached_property
    def rich(self) -> Terminal:
        """Where progress and tables go: stdout, or stderr beside JSON."""
        from designer.commands.terminal import Terminal

        return Terminal(stderr=self.as_json, highlight=False, soft_wrap=True)

    def say(self, text: str) -> None:
        """A line for people; nothing with ``--json``. Raises BrokenPipeError when nobody reads any more."""
        if not self.as_json:
            self.rich.print(text, markup=False)
            self.check()

    def check(self) -> None:
        """Raise BrokenPipeError, once, after the reader of the output has gone."""
        if self.rich.left:
            self.rich.left = False
            raise BrokenPipeError

    def result(self, data: Mapping[str, Any]) -> None:
        """The outcome for machines; nothing without ``--json``."""
        if self.as_json:
            unicode = (getattr(sys.stdout, "encoding", None) or "ascii").lower().startswith("utf")
            print(json.dumps(data, ensure_ascii=not unicode, indent=2, default=str), flush=True)

    def error(self, error: LayerloomError) -> None:
        """One sentence on stderr; with ``--json`` also an object on stdout. Never raises."""
        self._last_word(f"layerloom: {error}", {"ok": False, "error": str(error), "kind": type(error).__name__})

    def stopped(self) -> None:
        """A person stopped it before anything came out. Never raises."""
        self._last_word("Stopped.", {"ok": False, "error": "Stopped.", "kind": "Stopped"})

    def _last_word(self, sentence: str, data: Mapping[str, Any]) -> None:
        with contextlib.suppress(OSError):  # nobody listens, or the disk that should take it is full
            print(sentence, file=sys.stderr)
        with contextlib.suppress(OSError):
            self.result(data)


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
