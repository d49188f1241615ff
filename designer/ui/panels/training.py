"""The training panel: what a run is doing, live curves, and the buttons that steer it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from designer.errors import LayerloomError
from designer.train.control import Order
from designer.ui import theme as themes
from designer.ui.panels.run_offers import RunOffers
from designer.ui.panels.run_orders import OrdersButton
from designer.ui.panels.run_plots import RunPlots
from designer.ui.panels.run_widgets import Banner, EmptyPage, Facts, Pill, numbers
from designer.ui.panels.run_words import FACTS, WORDS, facts_of
from designer.ui.parts import label
from designer.ui.plots.scale import thousands
from designer.ui.run_state import RunState

if TYPE_CHECKING:
    from designer.ui.plots.curve import CurvePlot
    from designer.ui.runs import RunController

__all__ = ["TrainingPanel"]


class TrainingPanel(QWidget):
    """Shows one run at a time. Feed it with `begin` and `take`; it asks for things through its signals only."""

    trainRequested = Signal()  # noqa: N815
    pauseRequested = Signal()  # noqa: N815
    resumeRequested = Signal()  # noqa: N815
    stopRequested = Signal()  # noqa: N815
    stopBestRequested = Signal()  # noqa: N815
    orderRequested = Signal(object)  # noqa: N815  (an Order)
    rateRequested = Signal()  # noqa: N815  (a rate is to be typed in)
    goOnRequested = Signal()  # noqa: N815
    attachRequested = Signal(object)  # noqa: N815  (the Path of a run folder)
    showBlock = Signal(str)  # noqa: N815
    stepAsked = Signal()  # noqa: N815  (the step by which the run ended is to be shown)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Training")
        self.run: RunState | None = None
        self._offered: Path | None = None
        self._controller: RunController | None = None
        self.run_id: str | None = None
        self._reason = ""
        self._build()
        self.prepare_soon = QTimer(self)
        self.prepare_soon.setSingleShot(True)
        self.prepare_soon.setInterval(0)
        self.prepare_soon.timeout.connect(self.prepare)
        self._refresh()

    # ------------------------------------------------------------ building

    def _build(self) -> None:
        self.empty = EmptyPage(
            "mdi6.chart-line",
            "No training yet",
            "Choose data and press Train. Loss and accuracy appear here while the network learns.",
            "Train…",
        )
        self.empty.pressed.connect(self.trainRequested)
        self.area = RunPlots()
        self.area.others.changed.connect(self._compared)
        self._page = QWidget()
        page = QVBoxLayout(self._page)
        page.setContentsMargins(12, 8, 12, 8)
        page.setSpacing(6)
        page.addLayout(self._head())
        page.addWidget(self.progress)
        page.addWidget(self.facts)
        page.addWidget(self.said)
        page.addWidget(self._failure_banner())
        page.addWidget(self.offers)
        page.addWidget(self._lost_banner())
        page.addWidget(self.area, 1)
        self._offer = Banner("banner", "mdi6.progress-clock", "warn")
        watch = self._offer.add_button("Show it")
        watch.clicked.connect(self._attach)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._offer)
        whole.addWidget(self._stack, 1)

    def _head(self) -> QHBoxLayout:
        self.pill = Pill()
        self.place = QLabel()
        self.place.setFont(numbers())
        self.place.setTextFormat(Qt.TextFormat.RichText)
        self.place.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.pause = self._button("Pause", "mdi6.pause", "Wait after the current iteration")
        self.stop = self._button("Stop", "mdi6.stop", "End after the current iteration and keep the latest weights")
        self.again = self._button("Train…", "mdi6.play", "Start a new run")
        self.orders = OrdersButton()
        self.orders.ordered.connect(self.orderRequested)
        self.orders.rateAsked.connect(self.rateRequested)
        self.orders.stopBest.connect(self.stopBestRequested)
        self.pause.clicked.connect(self._pause_or_go_on)
        self.stop.clicked.connect(self.stopRequested)
        self.again.clicked.connect(self.trainRequested)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Progress of the training")
        self.facts = Facts(FACTS)
        self.said = label("", "small", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.pill)
        row.addWidget(self.place, 1)
        for widget in (
            *self.area.tools,
            self.orders,
            self.pause,
            self.stop,
            self.again,
        ):
            row.addWidget(widget)
        return row

    def _button(self, text: str, icon: str, tip: str) -> QPushButton:
        button = QPushButton(themes.icon(icon), text)
        button.setToolTip(tip)
        return button

    def _failure_banner(self) -> Banner:
        self.failure = Banner("problem", "mdi6.alert-circle-outline", "bad")
        self.show_block = self.failure.add_button("Show block")
        self.show_block.clicked.connect(self._show_block)
        self.look = self.failure.add_button("Look at the step")
        self.look.clicked.connect(self.stepAsked)
        self.offers = RunOffers()
        self.offers.taken.connect(self._train_again)
        return self.failure

    def _lost_banner(self) -> Banner:
        self.lost = Banner("warning", "mdi6.lan-disconnect", "warn")
        self.go_on = self.lost.add_button("Go on from the last checkpoint", "primary")
        self.go_on.clicked.connect(self.goOnRequested)
        return self.lost

    def prepare(self) -> None:
        """Make the plots (pyqtgraph takes 0.4 s to import: after the first paint, before training). Harmless twice."""
        self.area.prepare()

    @property
    def plots(self) -> list[CurvePlot]:
        """The plots, those that are hidden too."""
        return self.area.plots

    # ------------------------------------------------------------ being fed

    def watch(self, controller: RunController) -> None:
        """Show every training that the controller follows, the newest one, and steer it."""
        self._controller = controller
        controller.started.connect(self._run_started)
        controller.events.connect(self._run_told)
        controller.stateChanged.connect(self._run_changed)
        self.pauseRequested.connect(self._ask_pause)
        self.resumeRequested.connect(self._ask_resume)
        self.stopRequested.connect(self._ask_stop)
        self.stopBestRequested.connect(partial(self._ask_stop, True))
        self.orderRequested.connect(self._ask_order)
        self.goOnRequested.connect(self._ask_go_on)

    def _run_started(self, run_id: str) -> None:
        run = self._controller.run(run_id) if self._controller is not None else None
        if run is not None and run.kind == "train":
            self.run_id = run_id
            self.begin()

    def _run_told(self, run_id: str, events: list[dict[str, Any]]) -> None:
        if run_id == self.run_id:
            self.take(events)

    def _run_changed(self, run_id: str, state: str) -> None:
        if run_id == self.run_id:
            self.set_state(state)

    def _ask_pause(self) -> None:
        if self._controller is not None and self.run_id is not None:
            self._controller.pause(self.run_id)

    def _ask_resume(self) -> None:
        if self._controller is not None and self.run_id is not None:
            self._controller.resume(self.run_id)

    def _ask_stop(self, best: bool = False) -> None:
        if self._controller is not None and self.run_id is not None:
            self._controller.stop(self.run_id, best)

    def _ask_order(self, order: Order) -> None:
        if self._controller is not None and self.run_id is not None:
            self._controller.order(self.run_id, order)

    def _train_again(self, changes: dict[str, Any]) -> None:
        if self._controller is not None and self.run_id is not None:
            try:
                self._controller.train_again(self.run_id, changes)
            except LayerloomError as error:
                self.failure.say(error.message)

    def _ask_go_on(self) -> None:
        if self._controller is not None and self.run_id is not None:
            try:
                self._controller.resume_lost(self.run_id)
            except LayerloomError as error:
                self.lost.say(error.message)

    def begin(self) -> None:
        """Show a new run from its first event on."""
        self.prepare()
        self.run = RunState()
        self.area.clear()
        self.area.name, self.area.own = (Path(self.run_id).name, self.run_id) if self.run_id is not None else ("", "")
        self.offer(None)
        self._refresh()

    def clear(self) -> None:
        """Show no run."""
        self.run = None
        self.area.clear()
        self._refresh()

    def take(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Show what happened; any number of events at once, drawn once."""
        if self.run is None:
            self.begin()
        assert self.run is not None
        before = self.run.state
        self.run.take(events)
        self.area.take(events, ended=not self.run.active and before != self.run.state)
        self._refresh()

    def set_state(self, state: str) -> None:
        """Show what a person asked for: to stop, or to go on after a loss. Other states are read from events."""
        if self.run is None:
            return
        if state == "stopping":
            self.run.ask_stop()
        elif state == "starting" and not self.run.active:
            self.run.take([{"type": "submitted"}])
        self._refresh()

    def compare(self, folders: Iterable[Path]) -> None:
        """Put these runs beside the one that is shown; a folder of several runs as their mean and spread."""
        self.area.compare(folders)

    def _compared(self) -> None:
        if self.run is None:
            self._refresh()

    def set_trainable(self, reason: str = "") -> None:
        """Whether training can be asked for now; else the reason why not."""
        self._reason = reason
        self._refresh()

    def offer(self, run_dir: Path | None, what: str = "") -> None:
        """Offer to show a run that is still going on; None takes the offer back."""
        self._offered = run_dir
        self._offer.say(what or "A training of this project is still going on." if run_dir is not None else "")

    # ------------------------------------------------------------ showing

    def _refresh(self) -> None:
        run = self.run
        for button in (self.empty.button, self.again):
            button.setEnabled(not self._reason)
            button.setToolTip(self._reason or "Choose data and start a run")
        self._stack.setCurrentIndex(0 if run is None and not self.area.others.runs else 1)
        for part in (self.progress, self.facts, self.pill):
            part.setVisible(run is not None)
        if run is None:
            self._refresh_none()
            return
        word, tone = WORDS[run.state]
        self.pill.show_word(word, tone)
        self.pill.setAccessibleName(f"State: {word}")
        self._refresh_buttons(run)
        self._refresh_place(run)
        self.facts.set(**facts_of(run))
        self.said.setText(run.said)
        self.said.setVisible(bool(run.said))
        block = run.block
        self.failure.say(run.message if run.state == "failed" else "")
        self.offers.show_offers(run.outcome if run.state == "failed" else {})
        self.show_block.setVisible(block is not None)
        self.look.setVisible(bool(run.outcome.get("details")))
        if block is not None:
            self.show_block.setToolTip(f"Show the block {block} on the canvas")
        self.lost.say(run.message if run.state == "lost" else "")
        self.go_on.setVisible(run.resumable)

    def _refresh_none(self) -> None:
        """No run of its own: there are only those that are compared, if any."""
        self.place.setText("<b>Comparison of runs</b>")
        for button in (self.pause, self.stop, self.orders):
            button.hide()
        self.again.show()

    def _refresh_buttons(self, run: RunState) -> None:
        paused = run.state == "paused"
        if (self.pause.text() == "Resume") != paused:
            self.pause.setText("Resume" if paused else "Pause")
            self.pause.setIcon(themes.icon("mdi6.play" if paused else "mdi6.pause"))
            self.pause.setToolTip("Go on training" if paused else "Wait after the current iteration")
        self.pause.setEnabled(run.state in ("running", "paused"))
        self.stop.setEnabled(run.state in ("starting", "running", "paused"))
        self.orders.setEnabled(run.state in ("running", "paused"))
        for button in (self.pause, self.stop, self.orders):
            button.setVisible(run.active)
        self.again.setVisible(not run.active)

    def _refresh_place(self, run: RunState) -> None:
        t = themes.theme()
        if run.epochs:
            # The last iteration of an epoch belongs to it: 46 of 46 is epoch 2, not 3.
            epoch = f"Epoch {max(run.epoch, 1)} of {run.epochs}"
            count = f"iteration {thousands(run.iteration)} of {thousands(run.total)}"
            needed = self.place.fontMetrics().horizontalAdvance(f"{epoch}  {count}")
            count = count if 1.1 * needed <= self.place.width() else ""  # the epoch is bold
            text = f'<b>{epoch}</b> <span style="color:{t.muted.name()}">&nbsp;{count}</span>'
        else:
            text = f'<span style="color:{t.muted.name()}">{run.text or "Starting"}</span>' if run.active else ""
        self.place.setText(text)
        if run.total:
            self.progress.setRange(0, run.total)
            self.progress.setValue(min(run.iteration, run.total))
        elif run.active and run.fraction is None:
            self.progress.setRange(0, 0)
        else:
            self.progress.setRange(0, 1000)  # a run that failed before it began got nowhere
            self.progress.setValue(round(1000 * (run.fraction or 0)) if run.active else 0)

    def _pause_or_go_on(self) -> None:
        if self.run is not None and self.run.state == "paused":
            self.resumeRequested.emit()
        else:
            self.pauseRequested.emit()

    def _show_block(self) -> None:
        if self.run is not None and self.run.block is not None:
            self.showBlock.emit(self.run.block)

    def _attach(self) -> None:
        if self._offered is not None:
            self.attachRequested.emit(self._offered)

    # ------------------------------------------------------------ fitting in

    def showEvent(self, event: QShowEvent) -> None:
        """The first time it is seen, make the plots right after this paint."""
        super().showEvent(event)
        if not self.plots:
            self.prepare_soon.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Facts in one line where it is low, fewer tools where it is narrow."""
        super().resizeEvent(event)
        self.facts.set_compact(self.height() < 280)
        self.area.narrow(self.width())
        if self.run is not None:
            self._refresh_place(self.run)

    def changeEvent(self, event: QEvent) -> None:
        """A change of theme changes the colours inside texts."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self.run is not None:
            self._refresh_place(self.run)
