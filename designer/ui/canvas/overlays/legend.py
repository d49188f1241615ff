"""The legend of an overlay: what is shown, from low to high, for which batch, and a button that ends it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QSpinBox, QToolButton, QVBoxLayout, QWidget

from designer.ui.canvas.overlays.ramp import class_colours, ramp
from designer.ui.canvas.overlays.spec import Overlay
from designer.ui.canvas.signs import hatching
from designer.ui.editors import set_flag
from designer.ui.parts import clear_layout, label
from designer.ui.theme import icon, theme

__all__ = ["Legend"]

MOST_BATCH = 65_536


class _Bar(QWidget):
    """The ramp, or one swatch of a colour."""

    def __init__(self, colour: QColor | None, size: QSize, hatched: bool = False) -> None:
        super().__init__()
        self._fill, self._hatched = colour, hatched
        self.setFixedSize(size)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Round ends, no edge."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            box = QRectF(self.rect())
            if self._fill is not None:
                painter.setBrush(self._fill)
            else:
                gradient = QLinearGradient(box.topLeft(), box.topRight())
                colours = ramp(theme().dark)
                for i, colour in enumerate(colours):
                    gradient.setColorAt(i / (len(colours) - 1), colour)
                painter.setBrush(gradient)
            painter.drawRoundedRect(box, 3, 3)
            if self._hatched:
                painter.setBrush(hatching(theme(), painter.worldTransform()))
                painter.drawRoundedRect(box, 3, 3)


class Legend(QFrame):
    """Lies at a corner of the canvas. ``batchChosen`` carries a new batch size, ``closed`` asks to end the overlay."""

    batchChosen = Signal(int)  # noqa: N815  Qt spells signals this way
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        set_flag(self, "frame", "popup")
        self.setAccessibleName("Legend of the overlay")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 8, 10)
        column.setSpacing(6)
        column.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)  # as large as what it says
        column.addLayout(self._build_head())
        self._said: list[str] = []
        self._scale = QWidget()
        self._scale_row = QHBoxLayout(self._scale)
        self._scale_row.setContentsMargins(0, 0, 4, 0)
        self._scale_row.setSpacing(8)
        column.addWidget(self._scale)
        self._batch_row = self._build_batch()
        column.addWidget(self._batch_row)
        self.hide()

    def _build_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(8)
        self.title = label("", "strong")
        self.total = label("", "small")
        self.close_button = QToolButton()
        set_flag(self.close_button, "kind", "small")
        self.close_button.setIconSize(QSize(14, 14))
        self.close_button.setToolTip("Show the blocks without figures")
        self.close_button.setAccessibleName("Close the overlay")
        self.close_button.clicked.connect(self.closed)
        head.addWidget(self.title)
        head.addWidget(self.total)
        head.addStretch(1)
        head.addWidget(self.close_button)
        return head

    def _build_batch(self) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 4, 0)
        row.setSpacing(8)
        self.batch = QSpinBox()
        self.batch.setRange(1, MOST_BATCH)
        self.batch.setKeyboardTracking(False)
        self.batch.setAccessibleName("Batch size of the figures")
        self.batch.setToolTip("How many samples go through at once")
        self.batch.valueChanged.connect(self.batchChosen)
        row.addWidget(label("Batch size", "small"))
        row.addWidget(self.batch)
        row.addStretch(1)
        return holder

    def tell(self, overlay: Overlay, ends: tuple[str, str], total: str, batch: int) -> None:
        """Show what belongs to an overlay; ``ends`` are its least and its largest figure, empty where it has none."""
        self.title.setText(overlay.title)
        self.title.setToolTip(overlay.tip)
        self.setToolTip(overlay.tip)
        self.total.setText(total)
        self.total.setVisible(bool(total))
        self.close_button.setIcon(icon("mdi6.close", "muted"))
        self._fill_scale(overlay, ends)
        self._batch_row.setVisible(overlay.by_batch)
        self.batch.blockSignals(True)
        self.batch.setValue(batch)
        self.batch.blockSignals(False)
        self.show()

    def words(self) -> list[str]:
        """What the scale says."""
        return self._said

    def _fill_scale(self, overlay: Overlay, ends: tuple[str, str]) -> None:
        clear_layout(self._scale)
        self._said = []
        parts: Sequence[QWidget | str]
        if overlay.classes:
            parts = [
                part
                for word, colour in zip(overlay.classes, class_colours(theme(), overlay.tones), strict=False)
                for part in (_Bar(colour, QSize(16, 12), word == overlay.hatched), word)
            ]
        elif any(ends):
            parts = [ends[0], _Bar(None, QSize(120, 10)), ends[1]] if ends[0] != ends[1] else [f"All {ends[0]}"]
        else:
            parts = ["No block has one"]
        for place, part in enumerate(parts):
            if overlay.classes and place and not isinstance(part, str):
                self._scale_row.addSpacing(6)
            if isinstance(part, str):
                self._said.append(part)
            self._scale_row.addWidget(label(part, "small") if isinstance(part, str) else part)
        self._scale_row.addStretch(1)
