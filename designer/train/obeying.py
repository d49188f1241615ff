"""What a person asks of a run while it trains: to wait, to end, or to do something once."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from designer.train.control import Order
from designer.train.events import Event, Noted, Paused, Resumed
from designer.train.told import figures_told
from designer.train.world import NOT_TOGETHER

if TYPE_CHECKING:
    from designer.train.session import Session

__all__ = ["Obeying"]

_LARGEST_RATE = 100.0


class Obeying:
    """Called between two iterations, and once in every batch of a validation; ``change`` is the number of the network
    that the run is to go on with."""

    def __init__(self, run: Session) -> None:
        self._run = run
        self.measuring = False  # a validation is under way
        self.change: int | None = None
        self._on_order = False  # the validation was asked for
        self._later: list[Order] = []  # asked for in the middle of a validation

    def __call__(self) -> Generator[Event, None, str]:
        """Do what is asked for once, and wait while paused; "run", "stopped" or "changing"."""
        paused = False
        while (command := self._run.control.wanted()) != "stop":
            orders = [*self._later, *self._run.control.orders()]
            self._later = [order for order in orders if order.kind == "validate"] if self.measuring else []
            for order in (order for order in orders if order not in self._later):
                yield from self._do(order)
            if self.change is not None:
                return "changing"
            if command == "run" or self._on_order:  # what a paused run is asked for is done at once
                break
            if not paused:
                paused = True
                yield from self._run.flush()
                self._run.pace.pause()
                yield Paused(self._run.progress.iteration)
            if self._run.control.wait_while_paused() == "run":
                break
        if paused:
            self._run.pace.go_on()
            if command != "stop":
                yield Resumed(self._run.progress.iteration)
        return "stopped" if command == "stop" else "run"

    def _do(self, order: Order) -> Iterator[Event]:
        """One thing that a person asked for; a sentence about it."""
        after = self._run.progress.iteration
        if order.kind == "checkpoint":
            yield from self._checkpoint_now()
        elif order.kind == "validate":
            yield from self._validate_now()
        elif order.kind == "maps":
            yield from self._run.care.show(order.name)
        elif order.kind == "network" and self._run.world.size > 1:
            yield Noted(after, "refused", NOT_TOGETHER)
        elif order.kind == "network":
            if self._run.keeper.folder is None or not (yield from self._run.checkpoint()):
                yield Noted(after, "refused", "The network stays as it is: what was learned so far could not be saved.")
            else:
                self.change = int(order.value)
        else:
            planned = self._run.planned_rate()
            rate = order.value if order.kind == "rate" else planned * self._run.progress.rate_factor * order.value
            if not planned or rate > _LARGEST_RATE:
                why = "The schedule has brought the learning rate down to 0" if not planned else f"{rate:g} is too much"
                yield Noted(after, "refused", f"The learning rate stays as it is: {why}.")
                return
            self._run.progress.rate_factor = rate / planned
            yield Noted(after, "rate", f"The learning rate is {rate:.3g} from iteration {after + 1:,} on.")

    def _checkpoint_now(self) -> Iterator[Event]:
        after = self._run.progress.iteration
        if self._run.world.agree(self._run.keeper.folder is None):
            yield Noted(after, "refused", "Nothing was saved: this run has no folder.")
            return
        if (yield from self._run.checkpoint()):
            yield Noted(after, "checkpoint", f"A checkpoint of iteration {after:,} is on the disk.")

    def _validate_now(self) -> Iterator[Event]:
        p = self._run.progress
        if not len(self._run.data.validation):
            yield Noted(p.iteration, "refused", "There is nothing to validate on: the data keep no samples aside.")
            return
        if p.loss is None or p.validated_at != p.iteration:
            self._on_order = True
            verdict = yield from self._run.measure(decides=False)
            self._on_order = False
            if verdict != "run":
                return
        assert p.loss is not None
        figures = figures_told({"loss": p.loss, "accuracy": p.accuracy, **p.figures})
        yield Noted(p.iteration, "validation", f"Validated after iteration {p.iteration:,}: {figures}.")
