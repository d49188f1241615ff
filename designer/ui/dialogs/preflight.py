"""Check first: a line for each thing that is looked at before a training, as soon as it is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from designer.data.spec import DataSpec, Normalisation
from designer.errors import FileDamaged
from designer.graph.model import Network
from designer.jobs.specs import PreflightJob
from designer.train.preflight.finding import Line, Repair, summary
from designer.train.rate_curve import rate_words
from designer.train.spec import TrainSpec
from designer.ui.dialogs.checking import Checking
from designer.ui.editors import set_flag
from designer.ui.parts import FixButton, label
from designer.ui.theme import icon, notifier

if TYPE_CHECKING:
    from designer.jobs.client import WorkerProcess
    from designer.ui.dialogs.rate_plot import RatePlot

__all__ = ["CheckRow", "PreflightDialog", "Question"]

_ICONS = {
    "good": ("mdi6.check-circle", "good"),
    "warning": ("mdi6.alert", "warn"),
    "bad": ("mdi6.alert-circle", "bad"),
    "none": ("mdi6.minus-circle-outline", "muted"),
    "waiting": ("mdi6.circle-outline", "muted"),
    "running": ("mdi6.dots-circle", "accent"),
}
_SAID = {
    "good": "all well",
    "warning": "worth a look",
    "bad": "to solve",
    "none": "not looked at",
    "waiting": "waiting",
    "running": "being checked",
}
_FOUND = {"good", "warning", "bad", "none"}


@dataclass(frozen=True)
class Question:
    """The training that is looked over."""

    network: Network
    train: TrainSpec
    data: DataSpec
    weights: Path | None = None
    normalisation: Normalisation | None = None


class CheckRow(QFrame):
    """One check: its mark, its name, what it found, and the button that mends it."""

    repaired = Signal(object)  # the Repair

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = "waiting"
        self.button: FixButton | None = None
        self._repair: Repair | None = None
        self.title, self.words = label(title, "strong"), label("", "small", wrap=True, select=True)
        self.words.hide()
        self._mark = QLabel()
        self._mark.setFixedWidth(20)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 4)
        row.setSpacing(8)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        self._column = QVBoxLayout()
        self._column.setSpacing(2)
        self._column.addWidget(self.title)
        self._column.addWidget(self.words)
        row.addLayout(self._column, 1)
        notifier().changed.connect(self._dress)
        self.show_state("waiting")

    def show_state(self, state: str) -> None:
        """waiting, running, or a verdict."""
        self.state = state
        self.setAccessibleName(f"{self.title.text()}: {_SAID[state]}. {self.words.text()}".strip())
        self._dress()

    def tell(self, line: Line) -> None:
        """What was found."""
        finding = line.finding
        self.words.setText(finding.text)
        self.words.setVisible(bool(finding.text))
        self.show_state(finding.verdict)
        if finding.repair is not None and line.name != "rate":  # that one is below the plot
            self._repair = finding.repair
            self.button = FixButton(finding.repair.title)
            self.button.setAutoDefault(False)
            self.button.clicked.connect(self._clicked)
            self._column.addSpacing(2)
            self._column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)

    def mended(self) -> None:
        """The repair was done: the button has nothing more to do."""
        if self.button is not None:
            self.button.setEnabled(False)
            self.button.setIcon(icon("mdi6.check", "good"))

    def _clicked(self) -> None:
        self.repaired.emit(self._repair)

    def _dress(self) -> None:
        self._mark.setPixmap(icon(*_ICONS[self.state]).pixmap(QSize(18, 18)))


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
        if self.checking.going:
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
            row = QHBoxLayout()
            row.addWidget(self.use)
            row.addWidget(label("Drag the line, or click, to try another rate.", "small", wrap=True), 1)
            column.addLayout(row)
            self._list.insertWidget(self._list.count() - 1, self._plot_place)
            self._plot_place.hide()
        if self._plot_place.isHidden():
            self.plot.clear(self._rate)
            self._show_use()
            self._plot_place.show()
        return self.plot

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
