"""Saving that a full disk delays and never ends: the run goes on, and what it is to leave waits for room."""

from __future__ import annotations

import time
from collections.abc import Generator

from designer.errors import NotSaved
from designer.train.control import Control
from designer.train.events import Event, Noted
from designer.train.keep import Keeper, Kept
from designer.train.state import Progress

__all__ = ["Saving"]

_PAUSE = 0.25  # seconds between two tries to write the weights of a run that has ended
_PATIENCE = 600.0  # seconds for which such a run waits for room
_STOPPED = 60.0  # the same where a person waits for the stop


class Saving:
    """Writes through a `Keeper`, and says so when the disk refuses and when it takes again."""

    def __init__(self, keeper: Keeper, control: Control) -> None:
        self._keeper, self._control = keeper, control
        self._refused = False

    def checkpoint(self, progress: Progress, epoch: int) -> Generator[Event, None, bool]:
        """Write where the run is; whether that is on the disk now. Raises NonFiniteLoss for poisoned weights."""
        try:
            written = self._keeper.checkpoint(progress, epoch)
        except NotSaved as error:
            self._keeper.try_again_later()
            if not self._refused:
                self._refused = True
                text = f"No checkpoint: {error} The run goes on and tries again."
                yield Noted(progress.iteration, "unsaved", text)
            return False
        yield from self._taken(progress)
        yield from written
        return True

    def finish(self, progress: Progress, best: bool, stopped: bool) -> Generator[Event, None, Kept]:
        """Leave the weights that the run is to leave, as soon as the disk takes them.

        Raises NotSaved when it does not for ten minutes, for one after a stop, or until a person stops the waiting.
        """
        began, said = time.monotonic(), False
        while True:
            try:
                kept = self._keeper.finish(progress, best)
                break
            except NotSaved as error:
                waited = time.monotonic() - began
                if waited > (_STOPPED if stopped else _PATIENCE) or (not stopped and self._control.wanted() == "stop"):
                    raise
                if not said:
                    said = self._refused = True
                    text = f"The trained weights wait in memory: {error} They are written as soon as that is possible."
                    yield Noted(progress.iteration, "unsaved", text)
                time.sleep(_PAUSE)
        yield from self._taken(progress)
        return kept

    def _taken(self, progress: Progress) -> Generator[Event, None, None]:
        if self._refused:
            self._refused = False
            yield Noted(progress.iteration, "saved", "The run is saved on the disk again.")
