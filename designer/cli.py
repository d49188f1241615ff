"""The command line: ``layerloom [FILE]`` opens the window, every other job has a sub-command of its own.

Exit code 0: done; 1: a problem in what was given (a file, the data, the network); 2: called wrongly; 130: Ctrl-C before
there was anything to keep.
"""

# Nothing heavy is imported up here: Ctrl-C while the rest is loaded must end quietly, too.
from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import NoReturn

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        with _told_to_end():
            from designer.commands.call import call

            return call(arguments)
    except KeyboardInterrupt:
        return 130


@contextlib.contextmanager
def _told_to_end() -> Iterator[None]:
    """SIGTERM (a batch system, a shutdown) stops a job as Ctrl-C does: what was learned so far is kept."""

    def told(number: int, frame: object) -> NoReturn:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, told)
    except ValueError:  # not the main thread: whoever called listens to signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
