"""What a run is asked while it goes: commands, heard once in every iteration. No torch, no threads of its own."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Literal
from urllib.parse import quote, unquote

from designer.errors import UsageError

__all__ = ["ORDERS", "Command", "Control", "Order", "parse_order"]

Command = Literal["run", "pause", "stop"]

ORDERS = "validate, checkpoint, rate=0.001 (a value), rate*0.5 (a factor) or maps=conv1 (a block)"
_NETWORK = re.compile(r"network\s*=\s*(\d{1,6})")
_RATE = re.compile(r"rate\s*([=*/])\s*(\S+)")


@dataclass(frozen=True)
class Order:
    """Something to do once: "validate", "checkpoint", "rate" (set it to ``value``) or "scale" (multiply it).

    "network": go on with the changed network that lies in the run folder under the number ``value``.
    "maps": make the feature maps of the block ``name`` now.
    """

    kind: Literal["validate", "checkpoint", "rate", "scale", "network", "maps"]
    value: float = 0.0
    name: str = ""

    def text(self) -> str:
        """The order as it is written in a control file."""
        if self.kind in ("validate", "checkpoint"):
            return self.kind
        if self.kind == "maps":
            return f"maps={quote(self.name)}"
        if self.kind == "network":
            return f"network={self.value:.0f}"
        return f"rate{'=' if self.kind == 'rate' else '*'}{self.value!r}"


def parse_order(text: str) -> Order:
    """The order that a person wrote. Raises UsageError."""
    word = text.strip().lower()
    if word == "validate":
        return Order("validate")
    if word == "checkpoint":
        return Order("checkpoint")
    if word.startswith("maps="):
        return Order("maps", name=unquote(text.strip()[len("maps=") :])[:400])
    network = _NETWORK.fullmatch(word)
    if network is not None:
        return Order("network", float(network[1]))
    found = _RATE.fullmatch(word)
    if found is None:
        raise UsageError(f"Expected one of {ORDERS}, got {text[:60]!r}.")
    sign, number = found.groups()
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or not 0 < value <= 1e6 or (sign == "=" and value > 100):
        raise UsageError(f"A learning rate is a number above 0 and at most 100, got {number[:40]!r}.")
    if sign == "=":
        return Order("rate", value)
    return Order("scale", value if sign == "*" else 1 / value)


class Control:
    """The commands for one run. Any thread may give them; only the run itself reads them.

    ``poll`` is a second, outside voice (a control file): it says "run", "pause", "stop" or "stop-best" whenever it is
    asked, and is asked once an iteration, or every ``interval`` seconds while the run is paused; ``orders`` gives what
    it asked for once, since the last time. Of the two voices the stronger counts: stop over pause over run. A stop is
    final; ``best`` says whether it asked for the best weights instead of the latest.
    """

    def __init__(
        self,
        poll: Callable[[], str] | None = None,
        interval: float = 0.1,
        orders: Callable[[], Sequence[Order]] | None = None,
    ) -> None:
        self._poll, self._asked = poll, orders
        self._interval = interval
        self._commands: SimpleQueue[Command | Order] = SimpleQueue()
        self._own: Command = "run"
        self._waiting: list[Order] = []  # heard, but not taken yet
        self.best = False

    def pause(self) -> None:
        """Ask the run to wait after the current iteration."""
        self._commands.put("pause")

    def resume(self) -> None:
        """Ask a paused run to go on."""
        self._commands.put("run")

    def stop(self, best: bool = False) -> None:
        """Ask the run to end after the current iteration and to keep its latest weights, or the best."""
        self.best = self.best or best
        self._commands.put("stop")

    def ask(self, order: Order) -> None:
        """Ask for something once, after the current iteration, paused or not."""
        self._commands.put(order)

    def orders(self) -> list[Order]:
        """What is to be done once, in the order in which it was asked for. Called by the run."""
        self._hear_all()
        if self._asked is not None:
            self._strongest()  # reads the outside voice
            self._waiting.extend(self._asked())
        if not self._waiting:
            return []
        orders, self._waiting = self._waiting, []
        return orders

    def wanted(self) -> Command:
        """What the run shall do now. Called by the run."""
        self._hear_all()
        return self._strongest()

    def wait_while_paused(self) -> Command:
        """Block until the run shall go on or end, or something is asked for once; returns "run", "stop" or "pause".

        A command from a thread of this process ends the wait at once; the outside voice is heard within ``interval``.
        Called by the run.
        """
        while (command := self.wanted()) == "pause":
            if self._asked is not None:
                self._waiting.extend(self._asked())
            if self._waiting:
                return "pause"
            try:
                self._hear(self._commands.get(timeout=self._interval if self._poll is not None else None))
            except Empty:
                continue  # nothing came in: ask the outside voice again
        return command

    def _hear_all(self) -> None:
        while not self._commands.empty():
            self._hear(self._commands.get())

    def _hear(self, command: Command | Order) -> None:
        if isinstance(command, Order):
            self._waiting.append(command)
        elif self._own != "stop":
            self._own = command

    def _strongest(self) -> Command:
        if self._poll is None or self._own == "stop":
            return self._own
        said = self._poll()
        if said in ("stop", "stop-best"):
            self._own, self.best = "stop", self.best or said == "stop-best"
        elif said == "pause":
            return "pause"
        elif said != "run":
            raise ValueError(f"A poll function says run, pause, stop or stop-best, not {said!r}")
        return self._own
