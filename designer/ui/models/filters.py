"""What is looked for in the gallery: words, the kind of task, size, input, family, library."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QTabBar, QVBoxLayout, QWidget

from designer.exchange.gallery import TASKS, Pretrained, Wanted, find
from designer.ui.theme import icon
from designer.ui.words import count

__all__ = ["Filters"]

_SIZES = ((None, "Any size"), (5_000_000, "Under 5 M"), (10_000_000, "Under 10 M"), (30_000_000, "Under 30 M"),
          (100_000_000, "Under 100 M"))  # fmt: skip
_INPUTS = ((None, "Any input"), ((1, 224), "Up to 224"), ((225, 320), "225 to 320"), ((321, 100_000), "Over 320"))
_TYPING = 80  # ms after the last letter; thousands of models take a few of them to search


class Filters(QWidget):
    """``changed`` is sent when something else is looked for; ``down`` when the keyboard shall go on to the table."""

    changed = Signal()
    down = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tasks = QTabBar()
        self.tasks.setExpanding(False)
        self.tasks.setDrawBase(False)
        self.tasks.setUsesScrollButtons(False)
        self.tasks.setAccessibleName("Kind of task")
        self._kinds: list[str | None] = []
        self.search = _Search()
        self.search.setPlaceholderText("Search names, families, libraries")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Search models")
        self.search.addAction(icon("mdi6.magnify", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.setMinimumWidth(180)
        self.size_box = self._choice("Parameters", _SIZES)
        self.input_box = self._choice("Input size", _INPUTS)
        self.family_box = self._choice("Family", ((None, "Any family"),))
        self.library_box = self._choice("Library", ((None, "Any library"),))
        self.library_box.hide()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_TYPING)
        self._later.timeout.connect(self.changed)
        self.search.textChanged.connect(self._typed)
        self.search.down.connect(self._go_down)
        self.tasks.currentChanged.connect(self._picked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.search, 1)
        for box in (self.size_box, self.input_box, self.family_box, self.library_box):
            row.addWidget(box)
        column.addLayout(row)
        column.addWidget(self.tasks)

    def _choice(self, name: str, entries: Sequence[tuple[object, str]]) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        box.setToolTip(name)
        for value, title in entries:
            box.addItem(title, value)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        box.setMaximumWidth(150)
        box.currentIndexChanged.connect(self._picked)
        return box

    # --- what there is ----------------------------------------------------------------------------------------

    def offer(self, models: Sequence[Pretrained]) -> None:
        """Let people choose among the tasks, families and libraries that these models have."""
        present = {model.task for model in models}
        kinds: list[str | None] = [None, *(task for task in TASKS if task in present)]
        if kinds != self._kinds:
            self.tasks.blockSignals(True)
            while self.tasks.count():
                self.tasks.removeTab(0)
            for kind in kinds:
                self.tasks.addTab("All" if kind is None else TASKS[kind])
            self._kinds = kinds
            self.tasks.blockSignals(False)
        self._refill(self.family_box, sorted({m.family for m in models}, key=str.casefold))
        libraries = sorted({m.library for m in models}, key=lambda name: (name == "timm", name))
        self._refill(self.library_box, libraries)
        self.library_box.setVisible(len(libraries) > 1)

    def _refill(self, box: QComboBox, names: Sequence[str]) -> None:
        chosen = box.currentData()
        box.blockSignals(True)
        while box.count() > 1:
            box.removeItem(1)
        for name in names:
            box.addItem(name, name)
        box.setCurrentIndex(max(0, box.findData(chosen)))
        box.blockSignals(False)

    # --- what is wanted ---------------------------------------------------------------------------------------

    @property
    def wanted(self) -> Wanted:
        """What is looked for."""
        at = self.tasks.currentIndex()
        return Wanted(
            text=self.search.text(),
            task=self._kinds[at] if at >= 0 else None,
            family=self.family_box.currentData(),
            library=self.library_box.currentData(),
            most_params=self.size_box.currentData(),
            input=self.input_box.currentData(),
        )

    def answer(self, models: Sequence[Pretrained]) -> list[Pretrained]:
        """The models that are looked for; the tabs say how many there are of each kind of task."""
        self._later.stop()
        wanted = self.wanted
        found = find(models, Wanted(wanted.text, None, wanted.family, wanted.library, wanted.most_params, wanted.input))
        for i, kind in enumerate(self._kinds):
            number = sum(kind is None or model.task == kind for model in found)
            self.tasks.setTabText(i, f"{'All' if kind is None else TASKS[kind]}  {count(number)}")
        return [model for model in found if wanted.task is None or model.task == wanted.task]

    def clear(self) -> None:
        """Look for nothing in particular."""
        for part in (self.search, self.size_box, self.input_box, self.family_box, self.library_box, self.tasks):
            part.blockSignals(True)
        self.search.clear()
        for box in (self.size_box, self.input_box, self.family_box, self.library_box):
            box.setCurrentIndex(0)
        self.tasks.setCurrentIndex(0)
        for part in (self.search, self.size_box, self.input_box, self.family_box, self.library_box, self.tasks):
            part.blockSignals(False)
        self.changed.emit()

    def _typed(self, _text: str) -> None:
        self._later.start()

    def _picked(self, _index: int) -> None:
        self.changed.emit()

    def _go_down(self) -> None:
        if self._later.isActive():  # the answer to what was typed, not the one before
            self._later.stop()
            self.changed.emit()
        self.down.emit()


class _Search(QLineEdit):
    """Enter and the arrow down lead to what was found; Escape empties."""

    down = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that are not for writing."""
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.down.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)
