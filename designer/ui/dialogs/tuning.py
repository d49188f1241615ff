"""Choose for me: has the worker try how the training runs fastest, and sets the fields that won."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from designer.jobs.specs import TuneJob
from designer.ui.dialogs.checking import Checking
from designer.ui.parts import label
from designer.ui.theme import icon

if TYPE_CHECKING:
    from designer.jobs.client import WorkerProcess
    from designer.ui.dialogs.train import TrainDialog

__all__ = ["Tuning"]

_HINT = "Measures for some seconds what is fastest here, and sets it."


class Tuning(QObject):
    """``row`` has the button and one line of words: what is measured now, at the end what was won."""

    def __init__(self, worker: WorkerProcess | None, dialog: TrainDialog) -> None:
        super().__init__(dialog)
        self._dialog = dialog
        self._asked = Checking(worker, self) if worker is not None else None
        self.row = QWidget()
        self.button = QPushButton(icon("mdi6.speedometer"), "Choose for me")
        self.button.setToolTip(
            "Try threads, precision, memory layout and optimiser on this network and these data, for some seconds, "
            "and set what is fastest"
        )
        self.button.setAutoDefault(False)
        self.button.setEnabled(worker is not None)
        self.button.clicked.connect(self._clicked)
        self.words = label(_HINT, "small", wrap=True)
        self.words.setAccessibleName("Fastest settings")
        row = QHBoxLayout(self.row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self.button)
        row.addWidget(self.words, 1)
        if self._asked is not None:
            self._asked.told.connect(self._hear)
            self._asked.ended.connect(self._ended)

    @property
    def going(self) -> bool:
        """Whether something is being measured: nothing else should be meanwhile."""
        return self._asked is not None and self._asked.going

    def close(self) -> None:
        """Nobody wants to know any more."""
        if self._asked is not None:
            self._asked.close()

    def _clicked(self) -> None:
        assert self._asked is not None
        if self._asked.going:
            self._asked.stop()
            self._rest("Stopped; the settings are as they were.")
            return
        planned = self._dialog.planned()
        if planned is None:
            self.words.setText("Complete the settings above first.")
            return
        network, train, data = planned
        self._dialog.forecast.forget()  # or its measurement would come first
        self.button.setText("Stop measuring")
        self.words.setText("Measuring…")
        self._asked.start(TuneJob(train=train, data=data), network)

    def _hear(self, events: list[Mapping[str, Any]]) -> None:
        for event in events:
            if event["type"] == "progress" and event.get("text"):
                fraction = event.get("fraction")
                share = f" ({fraction:.0%})" if isinstance(fraction, float) else ""
                self.words.setText(f"{event['text']}{share}")
            elif event["type"] == "tuned":
                for name, value in event["train"].items():
                    self._dialog.use(name, value)
                self._rest(str(event["sentence"]))

    def _ended(self, trouble: str) -> None:
        self._rest(f"Nothing was chosen: {trouble}" if trouble else self.words.text())

    def _rest(self, words: str) -> None:
        self.button.setText("Choose for me")
        self.words.setText(words)
        self._dialog.refresh()
