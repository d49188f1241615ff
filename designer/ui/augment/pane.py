"""The live preview: the grid, whose sample it is, and the buttons for another one or another draw."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from designer.data.augment.plan import Plan
from designer.data.spec import DataSpec
from designer.jobs.client import WorkerProcess
from designer.jobs.specs import ShowAugmentationJob
from designer.ui.augment.asking import Asking
from designer.ui.augment.grid import Grid
from designer.ui.editors import set_flag
from designer.ui.parts import label
from designer.ui.theme import icon
from designer.ui.words import count

__all__ = ["Pane"]

_STRIDE = 7919  # a prime: "another sample" goes through all of them, and seldom to one of the same class


class Pane(QWidget):
    """``learned(Facts)`` says what the worker found out about the data."""

    learned = Signal(object)

    def __init__(
        self,
        data: DataSpec,
        size: Sequence[int | None] | None,
        worker: WorkerProcess | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._data, self._size = data, None if size is None else list(size)
        self._plan, self._index, self._seed = Plan(), 0, 0
        self.asking = Asking(worker, self) if worker is not None else None
        self.grid = Grid()
        self.words = label("", "small", wrap=True)
        self.words.setAccessibleName("Sample of the preview")
        self.wrong = label("", "bad", wrap=True)
        self.wrong.hide()
        self.another, self.redraw = QPushButton("Another sample"), QPushButton("Another seed")
        self.another.setIcon(icon("mdi6.image-outline"))
        self.redraw.setIcon(icon("mdi6.dice-multiple-outline"))
        self.another.setToolTip("Show another training sample")
        self.redraw.setToolTip("Show other draws of the same changes")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(8)
        title = label("What the network will see", "strong")
        head.addWidget(title)
        head.addStretch(1)
        for button in (self.another, self.redraw):
            button.setAutoDefault(False)
            button.setEnabled(worker is not None)
            set_flag(button, "kind", "quiet")
            head.addWidget(button)
        column.addLayout(head)
        column.addWidget(self.grid, 1)
        column.addWidget(self.words)
        column.addWidget(self.wrong)
        self.another.clicked.connect(self._next_sample)
        self.redraw.clicked.connect(self._next_seed)
        if self.asking is not None:
            self.asking.changed.connect(self._show)
        self._show()

    def show_plan(self, plan: Plan) -> None:
        """Show what this list does."""
        self._plan = plan
        self._ask()

    def close_preview(self) -> None:
        """Nobody looks any more."""
        if self.asking is not None:
            self.asking.close()

    def _next_sample(self) -> None:
        shown = self.asking.shown if self.asking is not None else None
        self._index = ((shown.index if shown is not None else self._index) + _STRIDE) % (
            shown.count if shown else 1 << 52
        )
        self._ask()

    def _next_seed(self) -> None:
        self._seed += 1
        self._ask()

    def _ask(self) -> None:
        if self.asking is not None:
            data = self._data.model_copy(update={"augment": self._plan.steps})
            mixup, cutmix = self._plan.strength("mixup"), self._plan.strength("cutmix")
            self.asking.ask(
                ShowAugmentationJob(
                    data=data, size=self._size, index=self._index, seed=self._seed, mixup=mixup, cutmix=cutmix
                )
            )

    def _show(self) -> None:
        asking = self.asking
        shown = asking.shown if asking is not None else None
        if asking is None:
            words = "There is no preview without the worker."
        else:
            words = "" if asking.trouble else "Opening the data…"
        self.grid.show_cells(shown, asking is not None and not asking.waiting and not asking.trouble, words)
        self.wrong.setText(asking.trouble if asking is not None else "")
        self.wrong.setVisible(bool(self.wrong.text()))
        if shown is None:
            return
        name = Path(shown.name).name
        target = f" ({shown.target})" if f"({shown.target})" not in name else ""
        self.words.setText(
            f"{name}{target} · sample {count(shown.index + 1)} of {count(shown.count)} · seed {self._seed}"
        )
        self.words.setToolTip(shown.name)
        if asking is not None and not asking.waiting:
            self.learned.emit(shown.facts)
