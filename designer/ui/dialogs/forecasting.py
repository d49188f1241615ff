"""Has the worker forecast a training while a person still chooses its settings. Nothing here waits."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from designer.data.spec import DataSpec
from designer.errors import LayerloomError
from designer.graph.model import Network
from designer.jobs.client import JobHandle, WorkerProcess
from designer.jobs.specs import ProbeJob
from designer.train.declare import settings_that
from designer.train.forecast import Forecast
from designer.train.spec import TrainSpec
from designer.ui.one_job import OneJob

__all__ = ["Forecasting"]

_PAUSE = 250  # ms without a further change before it is measured
_TICK = 40  # ms between two looks, only while something is measured
_SAME = set(settings_that(TrainSpec.model_fields, "free"))  # they change neither memory nor time


class Forecasting(QObject):
    """One question at a time: a new one calls the old one off. ``changed`` says that there is something else to show.

    ``measuring`` says whether an answer is on its way, ``forecast`` is the answer, ``trouble`` why there is none.
    """

    changed = Signal()

    def __init__(self, worker: WorkerProcess, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.measuring = False
        self.forecast: Forecast | None = None
        self.trouble = ""
        self._one = OneJob(worker, "forecasts", _TICK, self)
        self._one.ended.connect(self._take)
        self._asked: tuple[Any, ...] = ()
        self._question: tuple[Network, TrainSpec, DataSpec] | None = None
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE)
        self._pause.timeout.connect(self._submit)

    def ask(self, network: Network, train: TrainSpec, data: DataSpec) -> None:
        """Forecast this training, unless just that was asked last."""
        epochs = train.epochs if train.unfreeze else 0
        asked = (network, train.model_dump(exclude={*_SAME, "epochs"}), epochs, data)
        if asked == self._asked:
            return
        self._call_off()
        network = network.copy()  # a repair changes it in its place
        self._asked, self._question = (network, *asked[1:]), (network, train, data)
        self.measuring, self.forecast, self.trouble = True, None, ""
        self._pause.start()
        self.changed.emit()

    def forget(self) -> None:
        """There is nothing to forecast at the moment."""
        self._call_off()
        self._asked = ()
        if self.measuring or self.forecast is not None or self.trouble:
            self.measuring, self.forecast, self.trouble = False, None, ""
            self.changed.emit()

    def close(self) -> None:
        """Nobody wants to know any more: a training that is started next must not wait."""
        self._pause.stop()
        self._one.close()

    def _submit(self) -> None:
        assert self._question is not None
        network, train, data = self._question
        self._one.start(ProbeJob(train=train, data=data), network)

    def _take(self, job: JobHandle | None, trouble: str) -> None:
        try:
            result = job.result if job is not None else None
            forecast = Forecast.from_dict(result) if result is not None else None
        except (LayerloomError, KeyError, TypeError):
            forecast = None
        self._tell(forecast, "" if forecast is not None else trouble or "The worker gave no answer.")

    def _tell(self, forecast: Forecast | None, trouble: str) -> None:
        self.measuring, self.forecast, self.trouble = False, forecast, trouble
        self.changed.emit()

    def _call_off(self) -> None:
        self._pause.stop()
        self._one.stop()
