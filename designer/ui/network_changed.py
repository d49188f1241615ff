"""A training waits, the drawing was changed meanwhile: with which of the two networks is it to go on?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from designer.errors import LayerloomError
from designer.graph.differing import Difference, differences
from designer.graph.model import Network
from designer.graph.words import plural
from designer.jobs.changes import propose
from designer.jobs.folder import RunFolder
from designer.ui.dialogs.question import Question, ask

if TYPE_CHECKING:
    from designer.ui.runs import RunController
    from designer.ui.window import MainWindow

__all__ = ["NetworkChanged"]

_LISTED = 6


class NetworkChanged(QObject):
    """Stands between Resume and the run: asks where the drawing differs from what the run trains."""

    def __init__(self, window: MainWindow, controller: RunController) -> None:
        super().__init__(window)
        self._window, self._controller = window, controller
        self.question: Question | None = None
        self._proposed: dict[str, tuple[int, int, Network]] = {}  # run -> number, edits told, network
        controller.before_resume = self.may_resume
        controller.happened.connect(self._happened)

    def may_resume(self, run_id: str) -> bool:
        """Whether the run is to go on at once; else a question is open, and its answer lets it go on."""
        trained = self._network_of(Path(run_id))
        drawn = self._window.bridge.document.network
        found = differences(trained, drawn) if trained is not None else []
        if trained is None or not found or not self._meant(Path(run_id), trained, drawn):
            return True
        self.question = ask(
            self._window,
            "Go on with the changed network?",
            f"{_listed(found)}\n\nWeights that fit are kept; what is new begins anew, and is told.",
            ("Cancel", "", None),
            ("As it was", "", partial(self._controller.resume, run_id, True)),
            ("With the changes", "primary", partial(self._propose, run_id)),
        )
        return False

    def _network_of(self, run: Path) -> Network | None:
        try:
            return RunFolder(run).network()
        except LayerloomError:
            return None  # damaged meanwhile: the run itself has it in memory

    def _meant(self, run: Path, trained: Network, drawn: Network) -> bool:
        """Whether the drawing came from what the run trains; another project has hardly a name in common with it."""
        names = set(trained.names())
        return self._window.session.weights.follows(run) or len(names & set(drawn.names())) * 2 >= len(names)

    def _propose(self, run_id: str) -> None:
        document = self._window.bridge.document
        errors = [problem for problem in document.problems if problem.severity == "error"]
        if errors:
            self._window.show_panel("problems")
            self._window.toasts.show("warning", f"Solve this first, then resume: {errors[0].message}")
            return
        edits = self._window.session.weights.edits_since(Path(run_id))
        network = document.network.copy()
        try:
            number = propose(RunFolder(Path(run_id)), network, edits)
        except LayerloomError as error:
            self._window.toasts.show("error", error.message)
            return
        self._proposed[run_id] = (number, len(edits), network)
        self._controller.resume(run_id, True)

    def _happened(self, run_id: str, event: dict[str, object]) -> None:
        if event.get("type") != "noted" or event.get("what") not in ("network", "refused"):
            return
        proposed = self._proposed.pop(run_id, None)
        if proposed is None:
            return
        if event["what"] == "network":  # the training panel says the sentence
            self._window.session.weights.settle_run(Path(run_id), proposed[2], proposed[1])
        else:
            self._window.toasts.show("warning", str(event.get("text")))


def _listed(found: Sequence[Difference]) -> str:
    lines = [f"•  {one.text}" for one in found[:_LISTED]]
    more = len(found) - len(lines)
    return "\n".join([*lines, f"•  and {plural(more, 'more change')}"] if more else lines)
