"""Check first: a line for each thing that is looked at before a training, as soon as it is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from designer.data.spec import DataSpec, Normalisation
from designer.errors import FileDamaged
from designer.graph.model import Network
from designer.jobs.specs import PreflightJob, RangeTestJob
from designer.train.preflight.finding import Line, Repair, summary
from designer.train.rate_curve import rate_words
from designer.train.spec import TrainSpec
from designer.ui.dialogs.check_row import CheckRow
from designer.ui.dialogs.checking import Checking
from designer.ui.editors import set_flag
from designer.ui.parts import label

if TYPE_CHECKING:
    from designer.jobs.client import WorkerProcess
    from designer.ui.dialogs.rate_plot import RatePlot

__all__ = ["PreflightDialog", "Question"]

_FOUND = {"good", "warning", "bad", "none"}


@dataclass(frozen=True)
class Question:
    """The training that is looked over."""

    network: Network
    train: TrainSpec
    data: DataSpec
    weights: Path | None = None
    normalisation: Normalisation | None = None


class PreflightDialog(QDialog):
    """``ask()`` gives what to look over, None where the settings are not complete; it is called for each round.

    ``repair`` does what a button says and tells whether that could be done.
    """

    def __init__(
        self,
        worker: WorkerProcess,
        ask: Callable[[], Question | None],
        repair: Callable[[Repair], bool],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Check before training")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.resize(560, 680)
        self.setMinimumSize(400, 320)
        self._ask, self._repair = ask, repair
        self.rows: dict[str, CheckRow] = {}
        self.lines: list[Line] = []
        self.plot: RatePlot | None = None
        self._longer = False  # whether the range test is done by itself
        self.checking = Checking(worker, self)
        self.checking.told.connect(self._take)
        self.checking.ended.connect(self._ended)
        self.finished.connect(self.checking.close)
        self._build()
        self.again()

    def _build(self) -> None:
        self.summary = label("", "strong", wrap=True)
        self.summary.setAccessibleName("Result of the checks")
        head = QVBoxLayout()
        head.setContentsMargins(20, 16, 20, 8)
        head.setSpacing(4)
        head.addWidget(label("Check before training", "title"))
        head.addWidget(self.summary)
        page = QWidget()
        page.setProperty("plain", True)
        self._list = QVBoxLayout(page)
        self._list.setContentsMargins(20, 4, 20, 12)
        self._list.setSpacing(2)
        self._list.addStretch(1)
        self._area = QScrollArea()
        self._area.setAccessibleName("Checks")
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(page)
        line = QFrame()
        set_flag(line, "frame", "line")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(head)
        whole.addWidget(self._area, 1)
        whole.addWidget(line)
        whole.addLayout(self._foot())

    def _foot(self) -> QHBoxLayout:
        self.repeat, self.close_button = QPushButton("Stop"), QPushButton("Close")
        self.repeat.setAutoDefault(False)
        self.repeat.clicked.connect(self._stop_or_again)
        self.close_button.setDefault(True)
        self.close_button.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.setContentsMargins(20, 12, 20, 12)
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(self.repeat)
        row.addWidget(self.close_button)
        return row

    # ------------------------------------------------------------ asking

    def again(self) -> None:
        """Look the training over, as the settings are now."""
        self._clear()
        question = self._ask()
        if question is None:
            self._ended("The settings are not complete: close this, and correct what is marked there.")
            return
        self._rate = question.train.learning_rate
        self.summary.setText("Starting…")
        self.repeat.setText("Stop")
        job = PreflightJob(train=question.train, data=question.data, normalisation=question.normalisation)
        self.checking.start(job, question.network, question.weights)

    def _stop_or_again(self) -> None:
        if self.checking.going:
            self.checking.stop()
            self._ended("Stopped.")
        else:
            self.again()

    def _clear(self) -> None:
        for row in self.rows.values():
            row.hide()
            row.deleteLater()
        self.rows, self.lines = {}, []
        if self.plot is not None:
            self._plot_place.hide()

    # ------------------------------------------------------------ hearing

    def _take(self, events: list[Mapping[str, Any]]) -> None:
        drawn = False
        for event in events:
            match event["type"]:
                case "checks":
                    for one in event["checks"]:
                        self._row(str(one["name"]), str(one["title"]))
                case "check":
                    self._found(event)
                case "rate":
                    self._rates().add(float(event["rate"]), float(event["loss"]))
                    drawn = True
                case "queued":
                    self.summary.setText("Waiting for what is running now…")
                case "progress" if not self.lines and event.get("text") not in (None, "Checking"):
                    self.summary.setText(f"{event['text']}…")
        if drawn and self.plot is not None:
            self.plot.refresh()
        if self.checking.going and not self._longer:
            self._show_next()

    def _found(self, event: Mapping[str, Any]) -> None:
        try:
            line = Line.from_dict(event)
        except (KeyError, TypeError) as error:
            raise FileDamaged(f"A check was told in a form that cannot be read: {error}.") from error
        self.lines.append(line)
        self._row(line.name, line.title).tell(line)
        if line.name == "rate" and self.plot is not None:
            self.plot.mark(line.finding.figures.get("rate"))
            self._show_use()

    def _show_next(self) -> None:
        """Mark the one that is being looked at, and count."""
        waiting = [row for row in self.rows.values() if row.state not in _FOUND]
        for row in waiting[:1]:
            if row.state == "waiting" and self.lines:
                row.show_state("running")
        if self.lines:
            self.summary.setText(f"Checked {len(self.lines)} of {len(self.rows)}…")

    def _ended(self, trouble: str) -> None:
        self.repeat.setText("Check again")
        if self.plot is not None:
            self.longer.setEnabled(True)
        if self._longer:
            self._longer = False
            self._suggest(trouble)
            return
        for row in self.rows.values():
            if row.state == "running":
                row.show_state("waiting")
        self.summary.setText(trouble or summary(self.lines))

    # ------------------------------------------------------------ rows

    def _row(self, name: str, title: str) -> CheckRow:
        if name not in self.rows:
            row = self.rows[name] = CheckRow(title)
            row.repaired.connect(self._mend)
            at = self._list.count() - 1 if self.plot is None else self._list.indexOf(self._plot_place)
            self._list.insertWidget(at, row)
        return self.rows[name]

    def _mend(self, repair: object) -> None:
        if not isinstance(repair, Repair) or not self._repair(repair):
            self.summary.setText("That could not be mended here. Close this, and see to it in the drawing.")
            return
        for row in self.rows.values():
            if row is self.sender():
                row.mended()
        if not self.checking.going:
            self.summary.setText("Changed. Check again to see whether all is well now.")

    # ------------------------------------------------------------ the learning rate

    def _rates(self) -> RatePlot:
        """The plot of the range test, below its line."""
        if self.plot is None:
            from designer.ui.dialogs.rate_plot import RatePlot

            self.plot = RatePlot()
            self.plot.picked.connect(self._show_use)
            self.use = QPushButton("Use")
            self.use.setAutoDefault(False)
            self.use.clicked.connect(self._use)
            self._plot_place = QWidget()
            column = QVBoxLayout(self._plot_place)
            column.setContentsMargins(28, 0, 0, 4)
            column.setSpacing(6)
            column.addWidget(self.plot)
            self.longer = QPushButton("Measure longer")
            self.longer.setToolTip("All rates, with the batch size of the training, for as long as it takes")
            self.longer.setAutoDefault(False)
            self.longer.clicked.connect(self._measure_longer)
            row = QHBoxLayout()
            row.setSpacing(8)
            row.addWidget(self.use)
            row.addWidget(self.longer)
            row.addWidget(label("Drag the line to try another rate.", "small", wrap=True), 1)
            column.addLayout(row)
            self._list.insertWidget(self._list.count() - 1, self._plot_place)
            self._plot_place.hide()
        if self._plot_place.isHidden():
            self.plot.clear(self._rate)
            self.longer.setEnabled(False)
            self._show_use()
            self._plot_place.show()
        return self.plot

    def _measure_longer(self) -> None:
        """The range test by itself, in no hurry."""
        question = self._ask()
        if question is None or self.plot is None:
            return
        self._rate = question.train.learning_rate
        self.plot.clear(self._rate)
        self._show_use()
        self.longer.setEnabled(False)
        self._longer = True
        self.repeat.setText("Stop")
        self.summary.setText("Trying learning rates…")
        job = RangeTestJob(train=question.train, data=question.data, normalisation=question.normalisation)
        self.checking.start(job, question.network, question.weights)

    def _suggest(self, trouble: str) -> None:
        """What the longer test says, as far as it came."""
        assert self.plot is not None
        rate = self.plot.curve.suggestion().rate
        self.plot.mark(rate)
        self._show_use()
        found = f"{rate_words(rate)} is suggested." if rate is not None else "The loss falls at no rate that was tried."
        self.summary.setText(f"{trouble} {found}".strip())

    def _show_use(self, _rate: float | None = None) -> None:
        rate = self.plot.rate if self.plot is not None else None
        self.use.setEnabled(rate is not None and rate != self._rate)
        self.use.setText(f"Use {rate_words(rate)}" if rate is not None else "Use")

    def _use(self) -> None:
        assert self.plot is not None
        rate = self.plot.rate
        if rate is not None and self._repair(Repair("train", "learning_rate", f"Use {rate_words(rate)}", rate)):
            self._rate = rate
            self.plot.choose(rate)
            self._show_use()
            self.summary.setText(f"The learning rate is {rate_words(rate)} now.")
