"""What a training will take, as a line below its settings; and what to do where memory is short."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from designer.data.spec import DataSpec
from designer.graph.model import Network
from designer.jobs.client import WorkerProcess
from designer.train.forecast import Forecast
from designer.train.spec import TrainSpec
from designer.train.told import memory_told, shortage_told, time_told
from designer.ui.dialogs.forecasting import Forecasting
from designer.ui.dialogs.notice import Notice
from designer.ui.parts import label
from designer.ui.words import count

__all__ = ["ForecastLine"]


class ForecastLine(QObject):
    """A label, ``words``, and a notice, ``shortage``, that a dialog puts where it likes.

    ``batchWanted(int)`` is sent when a person takes the batch size that fits. Without a worker nothing is forecast.
    """

    batchWanted = Signal(int)  # noqa: N815

    def __init__(self, worker: WorkerProcess | None, parent: QObject) -> None:
        super().__init__(parent)
        self.words = label("", "muted", wrap=True)
        self.words.setAccessibleName("Forecast")
        room = self.words.sizePolicy()
        room.setRetainSizeWhenHidden(worker is not None)  # what is above must not jump when the words come and go
        self.words.setSizePolicy(room)
        self.words.hide()
        self.shortage = Notice()
        self.shortage.repaired.connect(self._take)
        self._epochs = 1
        self._asked = Forecasting(worker, self) if worker is not None else None
        if self._asked is not None:
            self._asked.changed.connect(self._show)

    @property
    def forecast(self) -> Forecast | None:
        """The answer, once it is there."""
        return self._asked.forecast if self._asked is not None else None

    def ask(self, network: Network, train: TrainSpec, data: DataSpec) -> None:
        """Forecast this training; shown as soon as it is known."""
        self._epochs = train.epochs
        if self._asked is not None:
            self._asked.ask(network, train, data)
        self._show()

    def forget(self) -> None:
        """There is nothing to forecast at the moment."""
        if self._asked is not None:
            self._asked.forget()

    def close(self) -> None:
        """Nobody wants to know any more."""
        if self._asked is not None:
            self._asked.close()

    def _show(self) -> None:
        asked, forecast = self._asked, self.forecast
        words, shortage, repairs = "", "", list[str]()
        if asked is not None and asked.measuring:
            words = "Measuring…\n"  # as high as what follows
        elif asked is not None and asked.trouble:
            words = f"No forecast: {asked.trouble}"
        elif forecast is not None:
            parts = (time_told(forecast, self._epochs), memory_told(forecast) if forecast.fits else "")
            words, shortage = "\n".join(part for part in parts if part), shortage_told(forecast)
            if forecast.fitting is not None:
                repairs.append(f"Set the batch size to {count(forecast.fitting)}")
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self.shortage.tell(shortage, tuple(repairs))

    def _take(self, _number: int) -> None:
        if self.forecast is not None and self.forecast.fitting is not None:
            self.batchWanted.emit(self.forecast.fitting)
