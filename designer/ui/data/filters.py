"""Which samples are shown: by class, by side of the split, by what was found about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QWidget

from designer.data.browse.items import DAMAGED, ELSEWHERE, SPLITS, TWIN
from designer.ui.data.grid import SIZES
from designer.ui.parts import label

__all__ = ["Filters"]

_FLAGS = (
    ("Any state", 0),
    ("Cannot be read", DAMAGED),
    ("There twice", TWIN),
    ("On both sides of the split", ELSEWHERE),
)
_ROOM = 540  # pixels for four boxes whose words are read whole
_SIZE_NAMES = ("Small", "Medium", "Large")


class Filters(QWidget):
    """``changed`` says that others are to be shown; ``sized`` how large."""

    changed = Signal()
    sized = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.targets: npt.NDArray[Any] | None = None
        self.split: npt.NDArray[np.uint8] | None = None
        self.flags: npt.NDArray[np.uint8] | None = None
        self.classes, self.sides, self.states, self.sizes = (QComboBox() for _ in range(4))
        names = ("Class", "Side of the split", "State", "Size of the thumbnails")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 6, 10, 2)
        row.setSpacing(8)
        for box, name in zip((self.classes, self.sides, self.states, self.sizes), names, strict=True):
            box.setAccessibleName(name)
            box.setToolTip(name)
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            box.setMinimumWidth(64 if box is not self.sizes else 112)
            box.setMaximumWidth(170 if box is not self.sizes else 120)
        self.sides.addItem("Both sides", -1)
        for k, title in enumerate(SPLITS):
            self.sides.addItem(title, k)
        for words, bit in _FLAGS:
            self.states.addItem(words, bit)
        for words, side in zip(_SIZE_NAMES, SIZES, strict=True):
            self.sizes.addItem(words, side)
        self.sizes.setCurrentIndex(1)
        self.count = label("", "small")
        for part in (self.classes, self.sides, self.states):
            part.currentIndexChanged.connect(self.changed)
            row.addWidget(part, 12)
        row.addWidget(self.count, 1)
        self.sizes.currentIndexChanged.connect(self._size)
        row.addWidget(self.sizes, 9)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, what chooses samples is read whole, and their size stays as it is."""
        super().resizeEvent(event)
        self.sizes.setVisible(self.width() >= _ROOM)

    def show_facts(self, classes: Sequence[str]) -> None:
        """Begin anew, with these classes; none: numbers are to be predicted."""
        with QSignalBlocker(self.classes):
            self.classes.clear()
            self.classes.addItem("All classes", -1)
            self.classes.addItems(list(classes))
        for box in (self.sides, self.states):
            with QSignalBlocker(box):
                box.setCurrentIndex(0)
        self.classes.setVisible(bool(classes))
        self.flags = None

    def choose_class(self, number: int) -> None:
        """Show one class."""
        self.classes.setCurrentIndex(number + 1)

    def numbers(self, total: int) -> npt.NDArray[np.int64]:
        """The items that pass, in their order."""
        fits = np.ones(total, dtype=bool)
        chosen, side, bit = self.classes.currentIndex() - 1, self.sides.currentData(), self.states.currentData()
        if chosen >= 0 and self.targets is not None and len(self.targets) == total:
            fits &= self.targets == chosen if self.targets.ndim == 1 else self.targets[:, chosen] > 0
        if side >= 0 and self.split is not None and len(self.split) == total:
            fits &= self.split == side
        if bit:
            fits &= (self.flags & bit) > 0 if self.flags is not None and len(self.flags) == total else False
        found = np.flatnonzero(fits)
        self.count.setText(f"{total:,}" if len(found) == total else f"{len(found):,} of {total:,}")
        return found

    def _size(self) -> None:
        self.sized.emit(self.sizes.currentData())
