"""rich's console, that tells when its reader has gone instead of ending the process."""

from __future__ import annotations

import os
import sys

from rich.console import Console

__all__ = ["Terminal"]


class Terminal(Console):
    """``left`` says that the reader, e.g. `head`, has seen enough; what follows is printed for nobody."""

    left = False

    def on_broken_pipe(self) -> None:
        """Called by rich, on whichever thread printed; so nothing is raised here."""
        self.quiet = self.left = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
