"""The guided way from a trained network to one for a person's own data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from designer.data.spec import DataSpec
from designer.graph.adapt import Adaptation, Body
from designer.train.spec import TrainSpec
from designer.train.suggest import for_fine_tuning

if TYPE_CHECKING:
    from designer.ui.dialogs.adapt import AdaptDialog
    from designer.ui.window import MainWindow

__all__ = ["Adapting"]


class Adapting(QObject):
    """Opens the dialog, shows on the canvas what it would do, and does it as one step to undo."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.dialog: AdaptDialog | None = None

    def ask(self) -> None:
        """The dialog."""
        from designer.ui.dialogs.adapt import AdaptDialog

        window = self._window
        project = window.session.project
        normalised = project.normalisation is not None and project.imported is not None
        network = window.bridge.document.network
        learned = bool(window.session.weights.sentence(network))
        self.dialog = dialog = AdaptDialog(network, project.data, normalised, window, learned)
        dialog.changed.connect(self._preview)
        dialog.chosen.connect(self._chosen)
        dialog.finished.connect(self._closed)
        self._preview(dialog.found)
        dialog.open()

    def _preview(self, found: Adaptation | None) -> None:
        self._window.build_editor().canvas.preview.show(found.edit if found is not None else None)

    def _closed(self) -> None:
        self._window.build_editor().canvas.preview.clear()
        self.dialog = None

    def _chosen(self, found: Adaptation, data: DataSpec, body: Body, go_on: bool) -> None:
        window = self._window
        learned = bool(window.session.weights.sentence(window.bridge.document.network))
        window.build_editor().canvas.preview.clear()
        if window.bridge.do(found.edit) is None:
            return
        kept = window.session.project.train
        train = (kept or TrainSpec()).model_copy(update=for_fine_tuning(body, learned))
        window.session.remember(train=train, data=data)
        window.toasts.show("success", _done(found, body, learned))
        if go_on:
            window.running.ask_train()


def _done(found: Adaptation, body: Body, learned: bool) -> str:
    """What has become of the network."""
    heads = " and ".join(found.heads)
    told = f"{found.edit.label.replace('Adapt to', 'Adapted to', 1)}: the new head is {heads}."
    if not learned and body != "whole":
        told += " The rest has no trained weights yet."
    return f"{told} Undo takes everything back."
