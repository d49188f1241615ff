"""The train dialog's way to the checks: the button, what is looked over, and the repairs that land in its fields."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QPushButton

from designer.data.facts import context_of
from designer.data.spec import DataSpec, Normalisation
from designer.graph.document import Document
from designer.graph.edits import Edit
from designer.graph.fixes import fixes_for
from designer.graph.model import Network
from designer.train.preflight.finding import Repair
from designer.train.spec import TrainSpec
from designer.ui.theme import icon

if TYPE_CHECKING:
    from designer.jobs.client import WorkerProcess
    from designer.ui.dialogs.preflight import PreflightDialog, Question
    from designer.ui.dialogs.train import TrainDialog

__all__ = ["CheckFirst"]

Start = tuple[Path | None, Normalisation | None]


class CheckFirst(QObject):
    """``button`` opens the checks. ``starting`` says what weights the training would start from, with the
    normalisation that belongs to them; the window sets it."""

    def __init__(self, worker: WorkerProcess | None, dialog: TrainDialog) -> None:
        super().__init__(dialog)
        self._worker, self._dialog = worker, dialog
        self.starting: Callable[[TrainSpec], Start] = lambda train: (None, None)
        self.opened: PreflightDialog | None = None
        self.button = QPushButton("Check first…")
        self.button.setIcon(icon("mdi6.clipboard-check-outline"))
        self.button.setToolTip("Look at data, network and settings for some seconds before a long run")
        self.button.setAutoDefault(False)
        self.button.setEnabled(worker is not None)
        self.button.clicked.connect(self.open)

    def open(self) -> None:
        """Look the training over."""
        if self._worker is None:
            return
        from designer.ui.dialogs.preflight import PreflightDialog

        self._dialog.forecast.forget()  # or the checks would wait for it
        self.opened = PreflightDialog(self._worker, self._ask, self._mend, self._dialog)
        self.opened.finished.connect(self._closed)
        self.opened.open()

    def _closed(self) -> None:
        self.opened = None
        self._dialog.refresh()

    def _ask(self) -> Question | None:
        from designer.ui.dialogs.preflight import Question

        planned = self._dialog.planned()
        if planned is None:
            return None
        network, train, data = planned
        weights, normalisation = self.starting(train)
        return Question(network, train, data, weights, normalisation)

    def _mend(self, repair: Repair) -> bool:
        if repair.target != "drawing":
            self._dialog.use(repair.name, repair.value)
            return True
        planned = self._dialog.planned()
        edit = _edit(*planned, repair) if planned is not None else None
        return edit is not None and self._dialog.mend(edit)


def _edit(network: Network, train: TrainSpec, data: DataSpec, repair: Repair) -> Edit | None:
    """What mends the first problem of this kind, at the block that is named or else anywhere; None where none is."""
    document = Document(network.copy())
    document.set_context(context_of(data, train.batch_size))
    for problem in sorted((*document.problems, *document.muted), key=lambda p: p.block != repair.value):
        if problem.code == repair.name:
            for fix in fixes_for(document, problem):
                if not fix.data:
                    return fix.edit
    return None
