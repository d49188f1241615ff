"""What a run is doing now, folded from its events. No Qt: the controller, the training panel and tests share it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

__all__ = ["ACTIVE", "ENDED", "RunState", "State", "duration"]

State = Literal["starting", "running", "paused", "stopping", "completed", "stopped", "failed", "lost"]
ACTIVE: frozenset[str] = frozenset({"starting", "running", "paused", "stopping"})
ENDED: frozenset[str] = frozenset({"completed", "stopped", "failed", "lost"})


class RunState:
    """The latest facts about one run. Missing facts are None; seconds are seconds of training."""

    def __init__(self) -> None:
        self.state: State = "starting"
        self.text = ""  # what it is busy with before the first iteration
        self.fraction: float | None = None  # of a job without iterations
        self.data: Mapping[str, Any] = {}
        self.facts: Mapping[str, Any] = {}  # the fields of `started`
        self.step: Mapping[str, Any] = {}  # the fields of the last `step`
        self.validated: Mapping[str, Any] = {}
        self.best: float | None = None  # validation accuracy; loss where there is no accuracy
        self.best_epoch: int | None = None
        self.outcome: Mapping[str, Any] = {}
        self.said = ""  # what was done last that somebody, or a setting, had asked for; at the end what was kept
        self.iteration = 0
        self.epoch = 0

    @property
    def active(self) -> bool:
        """Whether it has not ended."""
        return self.state in ACTIVE

    @property
    def epochs(self) -> int:
        """How many epochs the run has; 0 before that is known."""
        return int(self.facts.get("epochs") or 0)

    @property
    def total(self) -> int:
        """How many iterations the run has; 0 before that is known."""
        return int(self.facts.get("total_iterations") or 0)

    @property
    def classifies(self) -> bool:
        """Whether accuracy is measured."""
        return self.validated.get("accuracy") is not None or self.step.get("accuracy") is not None

    @property
    def message(self) -> str:
        """The sentence of a run that failed or was lost."""
        return str(self.outcome.get("message") or "")

    @property
    def block(self) -> str | None:
        """The block that is to blame, where one is."""
        block = self.outcome.get("block")
        return block if isinstance(block, str) else None

    @property
    def resumable(self) -> bool:
        """Whether a lost run can go on from a checkpoint."""
        return self.state == "lost" and self.outcome.get("resumable") is True

    def take(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Fold in events, in their order. Types that are not known change nothing."""
        for event in events:
            kind = event.get("type")
            if kind == "step":
                self.step = event
            elif isinstance(kind, str):
                handler = _HANDLERS.get(kind)
                if handler is not None:
                    handler(self, event)
        if self.step:
            self.iteration = max(self.iteration, int(self.step.get("iteration") or 0))
            self.epoch = max(self.epoch, int(self.step.get("epoch") or 0))

    def ask_stop(self) -> None:
        """A person pressed Stop: shown until the run says how it ended."""
        if self.active:
            self.state = "stopping"

    # ------------------------------------------------------------ one method an event type

    def _submitted(self, event: Mapping[str, Any]) -> None:
        self.state, self.outcome, self.text, self.fraction = "starting", {}, "", None
        self.said = ""

    def _queued(self, event: Mapping[str, Any]) -> None:
        ahead = int(event.get("ahead") or 1)
        self.text = f"Waiting for {ahead} other run{'s' if ahead > 1 else ''}"

    def _progress(self, event: Mapping[str, Any]) -> None:
        self.text = str(event.get("text") or "")
        fraction = event.get("fraction")
        self.fraction = float(fraction) if isinstance(fraction, int | float) else None

    def _data(self, event: Mapping[str, Any]) -> None:
        self.data = event

    def _started(self, event: Mapping[str, Any]) -> None:
        self.facts, self.text, self.fraction, self.outcome = event, "", None, {}
        start = int(event.get("start_iteration") or 0)
        if start < self.iteration:  # what came after the checkpoint is trained again
            self.step = {}
            self.iteration = start
        if self.state != "stopping":
            self.state = "running"

    def _validated(self, event: Mapping[str, Any]) -> None:
        self.validated = event
        accuracy, loss = event.get("accuracy"), event.get("loss")
        if isinstance(accuracy, int | float):
            if self.best is None or accuracy > self.best:
                self.best, self.best_epoch = float(accuracy), event.get("epoch")
        elif isinstance(loss, int | float) and (self.best is None or loss < self.best):
            self.best, self.best_epoch = float(loss), event.get("epoch")

    def _noted(self, event: Mapping[str, Any]) -> None:
        self.said = str(event.get("text") or "")

    def _paused(self, event: Mapping[str, Any]) -> None:
        if self.state != "stopping":
            self.state = "paused"

    def _resumed(self, event: Mapping[str, Any]) -> None:
        if self.state == "paused":
            self.state = "running"

    def _finished(self, event: Mapping[str, Any]) -> None:
        self.state = "stopped" if event.get("reason") == "stopped" else "completed"
        self.outcome, self.text = event, ""
        if event.get("kept") == "best":
            why = f"{self.said} " if event.get("reason") == "early" else ""
            self.said = f"{why}The best weights, of iteration {int(event.get('kept_iteration') or 0):,}, are kept."
        elif event.get("reason") != "early":
            self.said = ""

    def _failed(self, event: Mapping[str, Any]) -> None:
        self.state, self.outcome, self.text = "failed", event, ""

    def _lost(self, event: Mapping[str, Any]) -> None:
        self.state, self.outcome, self.text = "lost", event, ""


_HANDLERS = {
    name: getattr(RunState, f"_{name}")
    for name in (
        "submitted",
        "queued",
        "progress",
        "data",
        "started",
        "validated",
        "noted",
        "paused",
        "resumed",
        "finished",
        "failed",
        "lost",
    )
}


def duration(seconds: float | None) -> str:
    """0:07, 12:30, 1:02:03; a dash where nothing is known."""
    if seconds is None or seconds != seconds or seconds < 0:
        return "–"
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
