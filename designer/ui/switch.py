"""A check box that looks like a switch."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QWidget

from designer.ui.theme import theme

__all__ = ["Switch"]


class Switch(QCheckBox):
    """Yes or no, painted as a pill with a knob; in the middle where several things differ."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        """32 x 20 pixels within the height of a control."""
        return QSize(36, 26)

    def hitButton(self, pos: Any) -> bool:
        """The whole widget can be clicked."""
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A pill with a knob, and a ring while it has the keyboard."""
        t = theme()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setOpacity(1.0 if self.isEnabled() else 0.5)
            pill = QRectF(1.5, self.height() / 2 - 9, 32, 18)
            mixed = self.checkState() == Qt.CheckState.PartiallyChecked
            on = self.isChecked() and not mixed
            edge = t.accent if on or self.hasFocus() else t.muted
            painter.setPen(QPen(edge, 2 if self.hasFocus() else 1))
            painter.setBrush(t.accent if on else t.field)
            painter.drawRoundedRect(pill, 9, 9)
            left = pill.center().x() - 6 if mixed else pill.right() - 15 if on else pill.left() + 3
            knob = QRectF(left, pill.top() + 3, 12, 12)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(t.on_accent if on else t.muted)
            painter.drawEllipse(knob)
            if self.hasFocus() and on:
                painter.setPen(QPen(t.text, 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(pill, 9, 9)
