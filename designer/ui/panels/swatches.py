"""The colours that groups, notes and frames may have, as a row of dots to choose from."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QWidget

from designer.graph.scenery import COLOURS
from designer.ui.canvas.look import tone
from designer.ui.parts import label
from designer.ui.theme import theme

__all__ = ["Swatch", "Swatches"]

CAPTION = 104  # as wide as the captions of forms


class Swatch(QRadioButton):
    """One colour; the arrow keys go from one to the next."""

    def __init__(self, colour: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.colour = colour
        self.setAccessibleName(colour.title())
        self.setToolTip(colour.title())
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        """A dot and the ring around it."""
        return QSize(24, 26)

    def minimumSizeHint(self) -> QSize:
        """No smaller."""
        return self.sizeHint()

    def hitButton(self, pos: QPoint) -> bool:
        """The whole widget can be clicked."""
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A dot; with a ring where it is chosen, and another colour of ring while it has the keyboard."""
        t = theme()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setOpacity(1.0 if self.isEnabled() else 0.5)
            middle = QPointF(self.width() / 2, self.height() / 2)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tone(self.colour, t))
            painter.drawEllipse(middle, 7.0, 7.0)
            if self.isChecked() or self.hasFocus() or self.underMouse():
                ring = t.accent if self.hasFocus() else t.text if self.isChecked() else t.outline
                painter.setPen(QPen(ring, 1.5 if self.isChecked() else 1.0))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(middle, 10.0, 10.0)


class Swatches(QWidget):
    """A caption and the colours. ``chosen`` carries the one that a person chose."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        caption = label("Colour", "muted")
        caption.setFixedWidth(CAPTION + 8 - 5)  # the first dot starts where fields start
        row.addWidget(caption)
        self._group = QButtonGroup(self)
        self.dots: dict[str, Swatch] = {}
        for colour in COLOURS:
            dot = self.dots[colour] = Swatch(colour)
            dot.clicked.connect(partial(self._clicked, colour))
            self._group.addButton(dot)
            row.addWidget(dot)
        row.addStretch(1)

    def show_colour(self, colour: str | None) -> None:
        """Mark a colour as the one that there is; None where several things differ."""
        self._group.setExclusive(False)  # a group that is exclusive always has one
        for name, dot in self.dots.items():
            dot.setChecked(name == colour)
        self._group.setExclusive(True)

    def _clicked(self, colour: str, _on: bool = True) -> None:
        self.chosen.emit(colour)
