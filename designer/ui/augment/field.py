"""The augmentation in the train dialog: a line among the data, whose mixup and cutmix are settings of the training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from designer.codegen.python import compile_network
from designer.data.augment.plan import Plan
from designer.data.augment.spec import Augment
from designer.errors import LayerloomError
from designer.graph.model import Network
from designer.ui.augment.dialog import AugmentLine, Question

if TYPE_CHECKING:
    from designer.jobs.client import WorkerProcess
    from designer.ui.dialogs.train import TrainDialog

__all__ = ["AugmentField"]


class AugmentField(QObject):
    """``line`` is what the dialog shows; ``steps`` are those of its data."""

    def __init__(
        self, steps: tuple[Augment, ...], worker: WorkerProcess | None, dialog: TrainDialog, caption_width: int
    ) -> None:
        super().__init__(dialog)
        self.steps = steps
        self._dialog = dialog
        self.line = AugmentLine(worker, self._question, caption_width)
        self.line.chosen.connect(self._take)

    def show(self) -> None:
        """Say in short what is done now."""
        self.line.show_plan(self._plan())

    def _plan(self) -> Plan:
        values = self._dialog.form.values()
        return Plan.of(self.steps, values["mixup"], values["cutmix"])

    def _question(self) -> Question | None:
        planned = self._dialog.planned()
        if planned is None:
            return None
        network, _, data = planned
        return data, self._plan(), _input_size(network)

    def _take(self, plan: Plan) -> None:
        self.steps = plan.steps
        for mix in ("mixup", "cutmix"):
            self._dialog.use(mix, plan.strength(mix))


def _input_size(network: Network) -> list[int | None] | None:
    """What the network takes, without the batch; None while it has problems."""
    try:
        inputs = compile_network(network).inputs
    except LayerloomError:
        return None
    return list(inputs[0].dims[1:]) if inputs else None
