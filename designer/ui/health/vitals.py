"""The health of the blocks of the shown network, as the run that the window follows tells it. Once a second at most."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from designer.errors import LayerloomError
from designer.graph.model import Network
from designer.train.health.signs import EXPLODING, Figures, Sign, figures_of, judge, usual_gradient
from designer.ui.bridge import DocumentBridge

if TYPE_CHECKING:
    from designer.ui.runs import RunController

__all__ = ["Vitals"]

_PERIOD = 1000  # ms between two times that something is said
_PAST = 64  # samples of a sparkline
_EARLY = 5  # iterations in which steps are still large


class Vitals(QObject):
    """What was told last of every block, and the course of one figure. ``changed``: there is something new.

    A block of the drawing belongs to one of the run if it has the same name, type and parameters; what was changed
    since has no figures.
    """

    changed = Signal()

    def __init__(self, bridge: DocumentBridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._controller: RunController | None = None
        self.run_id: str | None = None
        self.iteration = 0
        self.latest: dict[str, Figures] = {}
        self.maps = ""  # the file of feature maps, once there is one
        self.broken = ("", "")  # the block that gave the first NaN or infinity, and the sentence about it
        self._past: dict[str, deque[float]] = {}
        self._usual = 0.0
        self._network: Network | None = None
        self._said = 0.0
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._say)

    # --- from the run ----------------------------------------------------------------------------------------

    def watch(self, controller: RunController) -> None:
        """Follow the trainings of a controller, the newest one."""
        self._controller = controller
        controller.started.connect(self._begun)
        controller.happened.connect(self._happened)

    def _begun(self, run_id: str) -> None:
        run = self._controller.run(run_id) if self._controller is not None else None
        if run is not None and run.kind == "train":
            self.begin(run_id)

    def _happened(self, run_id: str, event: Mapping[str, Any]) -> None:
        if run_id == self.run_id:
            self.take([event])

    def begin(self, run_id: str | None) -> None:
        """Show a run from its first sample on; None for no run."""
        self.run_id, self.iteration, self.maps, self._network = run_id, 0, "", None
        self.latest, self._past, self.broken = {}, {}, ("", "")
        self._say()
        self._said = 0.0  # the first sample is shown at once

    def take(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Fold in what a run told."""
        fresh = False
        for event in events:
            kind = event.get("type")
            if kind == "health" and isinstance(event.get("blocks"), Mapping):
                self._take_sample(event)
                fresh = True
            elif kind == "maps" and isinstance(event.get("path"), str):
                self.maps = f"{event['path']}@{event.get('iteration')}"
                fresh = True
            elif kind == "failed" and event.get("kind") == "non_finite" and isinstance(event.get("block"), str):
                self.broken = (event["block"], str(event.get("message") or ""))
                fresh = True
            elif kind in ("changing", "changed", "submitted"):
                self._network = None
        if fresh:
            self._say_soon()

    def _take_sample(self, event: Mapping[str, Any]) -> None:
        iteration = int(event.get("iteration") or 0)
        if iteration < self.iteration:  # what came after a checkpoint is trained again
            self._past = {}
        self.iteration = iteration
        self.latest = {
            str(name): figures_of(values) for name, values in event["blocks"].items() if isinstance(values, Sequence)
        }
        self._usual = usual_gradient(self.latest.values())
        for name, figures in self.latest.items():
            value = figures.update if figures.update is not None else figures.spread
            if value is not None:
                self._past.setdefault(name, deque(maxlen=_PAST)).append(value)

    def _say_soon(self) -> None:
        wait = _PERIOD - round(1000 * (time.monotonic() - self._said))
        if wait <= 0:
            self._say()
        elif not self._soon.isActive():
            self._soon.start(wait)

    def _say(self) -> None:
        self._soon.stop()
        self._said = time.monotonic()
        self.changed.emit()

    def close(self) -> None:
        """Say nothing any more."""
        self._soon.stop()

    # --- for the drawing -------------------------------------------------------------------------------------

    @property
    def folder(self) -> Path | None:
        """Where everything about the run lies."""
        return Path(self.run_id) if self.run_id is not None else None

    @property
    def active(self) -> bool:
        """Whether the run goes on."""
        run = self._controller.run(self.run_id) if self._controller is not None and self.run_id is not None else None
        return run is not None and run.state.active

    def fits(self, name: str) -> bool:
        """Whether a block of the drawing is as it was when the run began."""
        then, now = self._then(), self._bridge.document.network
        if then is None or name not in then or name not in now:
            return False
        return (then[name].type, then[name].params) == (now[name].type, now[name].params)

    def _then(self) -> Network | None:
        if self._network is None and self.folder is not None:
            from designer.jobs.folder import RunFolder  # not before there is a run

            try:
                self._network = RunFolder(self.folder).network()
            except LayerloomError:  # a damaged folder: nothing is known of its network
                self._network = Network()
        return self._network

    def sign(self, name: str) -> Sign | None:
        """How a block of the drawing fares; None where nothing is known."""
        figures = self.latest.get(name)
        if name == self.broken[0] and self.fits(name):
            return Sign(EXPLODING, "NaN or ∞", self.broken[1])
        if figures is None or not self.fits(name):
            return None
        activates = self._bridge.document.network[name].block.group == "Activation"
        return judge(name, figures, activates, self.iteration <= _EARLY, self._usual)

    def past(self, name: str) -> Sequence[float]:
        """The course of a block's update ratio, or of its spread where it has no weights; oldest first."""
        return tuple(self._past.get(name, ()))

    def signs(self) -> dict[str, Sign]:
        """All blocks of the drawing of which something is known."""
        found = {name: self.sign(name) for name in self._bridge.document.network.nodes}
        return {name: sign for name, sign in found.items() if sign is not None}

    def about(self) -> str:
        """Of when the figures are, and how many blocks of the drawing were changed since."""
        if not self.latest and not self.broken[0]:
            return "No training has told of its blocks yet"
        if self.broken[0]:
            return f"NaN or infinity in {self.broken[0]}"
        network = self._bridge.document.network
        changed = sum(1 for name in network.nodes if name in self.latest and not self.fits(name))
        words = f"Iteration {self.iteration:,}"
        if changed:
            words += f" · {changed} changed since" if changed > 1 else " · 1 block changed since"
        return words
