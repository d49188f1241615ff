"""The Health panel: how the selected block fares, its histograms over time, and its feature maps; and the step that
went wrong, where a run ended by one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from designer.train.control import Order
from designer.train.health.histograms import FILE, QUANTITIES, read_strips
from designer.train.health.signs import Figures
from designer.ui.bridge import DocumentBridge
from designer.ui.health.maps import MapGrid, read_maps
from designer.ui.health.step_page import StepPage
from designer.ui.health.strips import StripView
from designer.ui.health.vitals import Vitals
from designer.ui.panels.run_widgets import EmptyPage
from designer.ui.parts import Facts, label

__all__ = ["HealthPanel"]

_NONE = "Select a block to see its activations, weights and gradients over time, and what it makes of a few samples."
_MISSING = {
    "activations": "No figures",
    "weights": "This block has no weights that learn",
    "gradients": "No gradients without weights",
}
_NO_RUN = "Train the network: while it learns, every block tells how it fares."


class HealthPanel(QWidget):
    """Follows the selection through `show_blocks` and the run through ``vitals``; reads files only while it is seen."""

    ordered = Signal(object)  # an Order for the run
    replayAsked = Signal(str)  # noqa: N815  (the folder of a run)
    showBlock = Signal(str)  # noqa: N815

    def __init__(self, bridge: DocumentBridge, vitals: Vitals, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Health")
        self._bridge, self._vitals = bridge, vitals
        self.block = ""
        self._read = ("", 0, "")  # what is shown: block, iteration, maps
        self._build()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.refresh)
        vitals.changed.connect(self._refresh_later)
        bridge.changed.connect(self._refresh_later)
        bridge.reset.connect(self._refresh_later)
        self.refresh()

    def _build(self) -> None:
        self.empty = EmptyPage("mdi6.heart-pulse", "No figures yet", _NO_RUN)
        self.step = StepPage()
        self.step.showBlock.connect(self.showBlock)
        self.step.replayAsked.connect(self.replayAsked)
        self.step.closed.connect(self.show_health)
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(16)
        row.addWidget(self._words())
        self.strips = {name: StripView(name.capitalize(), _MISSING[name]) for name in QUANTITIES}
        for strip in self.strips.values():
            row.addWidget(strip, 2)
        row.addWidget(self._pictures(), 3)
        self._stack = QStackedWidget()
        for part in (self.empty, page, self.step):
            self._stack.addWidget(part)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)

    def _words(self) -> QWidget:
        self.title, self.state = label("", "strong"), label("", "muted")
        self.advice = label("", wrap=True, select=True)
        self.facts = Facts(name_width=92)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(4)
        for part in (self.title, self.state, self.advice, self.facts):
            column.addWidget(part)
        column.addStretch(1)
        area = _scroll(inside)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFixedWidth(264)
        return area

    def _pictures(self) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        head = QHBoxLayout()
        self.map_words = label("", "small")
        self.now = QPushButton("Show now")
        self.now.setToolTip("Ask the training for the feature maps of this block as they are now")
        self.now.clicked.connect(self._ask)
        head.addWidget(self.map_words, 1)
        head.addWidget(self.now)
        column.addLayout(head)
        self.grid = MapGrid()
        self._area = _scroll(self.grid, resizable=False)
        column.addWidget(self._area, 1)
        holder.setMinimumWidth(200)
        return holder

    # --- what is shown ---------------------------------------------------------------------------------------

    def show_blocks(self, names: list[str]) -> None:
        """Follow the selection; of several blocks the first is shown."""
        network = self._bridge.document.network
        self.block = next((name for name in names if name in network), "")
        self._refresh_later()

    def show_step(self, folder: Path) -> None:
        """Show the step by which a run ended."""
        self.step.read(folder)
        self._stack.setCurrentWidget(self.step)

    def show_health(self) -> None:
        """Back to the blocks."""
        self._stack.setCurrentIndex(0)
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """What happened while it was out of sight."""
        super().showEvent(event)
        self._refresh_later()

    def _refresh_later(self, _what: object = None) -> None:
        if self.isVisible():
            self._soon.start()

    def refresh(self) -> None:
        """Show the block as it is now."""
        if self._stack.currentWidget() is self.step:
            return
        vitals, folder = self._vitals, self._vitals.folder
        figures = vitals.latest.get(self.block) if vitals.fits(self.block) else None
        if folder is None or figures is None:
            self._say_nothing(bool(vitals.latest))
            return
        self._stack.setCurrentIndex(1)
        self._show_words(figures)
        wanted = (f"{folder}/{self.block}", vitals.iteration, vitals.maps)
        if wanted != self._read:
            self._read = wanted
            found = read_strips(folder / FILE, self.block)
            for name, strip in self.strips.items():
                strip.show_strip(found.get(name))
            self._show_maps(folder)
        self.now.setVisible(vitals.active)

    def _say_nothing(self, told: bool) -> None:
        self._stack.setCurrentIndex(0)
        words = _NONE if told else _NO_RUN
        if told and self.block:
            words = (
                f"The training has no figures of {self.block}: it was added or changed since, or does no work itself."
            )
        self.empty.title.setText("No block is selected" if told and not self.block else "No figures yet")
        self.empty.hint.setText(words)

    def _show_words(self, found: Figures) -> None:
        sign = self._vitals.sign(self.block)
        self.title.setText(self.block)
        self.state.setText(f"{sign.state if sign else ''} · iteration {self._vitals.iteration:,}")
        self.advice.setText(sign.sentence if sign else "")
        rows = [
            ("Mean", found.mean),
            ("Spread", found.spread),
            ("Lowest", found.low),
            ("Highest", found.high),
            ("Gradient", found.gradient),
            ("Weights", found.weight),
        ]
        shown = [(name, f"{value:.4g}") for name, value in rows if value is not None]
        if found.dead is not None:
            shown.insert(4, ("Dead units", f"{found.dead:.1%}"))
        if found.update is not None:
            shown.append(("Step / weights", f"{found.update:.2e}"))
        self.facts.set_rows(shown)

    def _show_maps(self, folder: Path) -> None:
        path = self._vitals.maps.partition("@")[0]
        inside = (folder / path).resolve() if path else None
        maps = read_maps(inside, self.block) if inside and inside.is_relative_to(folder.resolve()) else None
        self.grid.show_maps(maps)
        words = "No feature maps of this block"
        if maps is not None:
            shown = len(maps.tiles[0]) if maps.tiles else 0
            words = f"Iteration {maps.iteration:,} · {shown} of {maps.channels} channels"
        self.map_words.setText(words)

    def _ask(self) -> None:
        if self.block:
            self.ordered.emit(Order("maps", name=self.block))


def _scroll(inside: QWidget, resizable: bool = True) -> QScrollArea:
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(resizable)
    area.setWidget(inside)
    for part in (area.viewport(), inside):  # the colour of the panel
        part.setAutoFillBackground(False)
    return area
