"""A small picture of the picture, on squares where it is transparent."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.ui.canvas.look import mix
from designer.ui.canvas.picture.drawing import Drawing
from designer.ui.theme import DARK, LIGHT, theme

__all__ = ["Preview"]

SQUARE = 8
MOST = 2.0  # pixels to a unit: a lone block is not blown up


class Preview(QWidget):
    """Shows a drawing as large as it fits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawing: Drawing | None = None
        self._pixmap = QPixmap()
        self.setMinimumSize(280, 320)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Preview of the picture")

    def show_drawing(self, drawing: Drawing) -> None:
        """Show this drawing as its picture now says."""
        self._drawing = drawing
        self._pixmap = QPixmap()
        self.update()

    def sizeHint(self) -> QSize:
        """Room to see a network."""
        return QSize(560, 480)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw again in the new size."""
        super().resizeEvent(event)
        self._pixmap = QPixmap()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture in the middle of a frame."""
        with QPainter(self) as painter:
            painter.setPen(theme().border)
            painter.setBrush(theme().window)
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
            if self._drawing is None:
                return
            if self._pixmap.isNull():
                self._draw(self._drawing)
            size = self._pixmap.deviceIndependentSize()
            at = QPoint(round((self.width() - size.width()) / 2), round((self.height() - size.height()) / 2))
            painter.drawPixmap(at, self._pixmap)

    def _draw(self, drawing: Drawing) -> None:
        room = QSizeF(self.width() - 24, self.height() - 24)
        scale = min(room.width() / drawing.size.width(), room.height() / drawing.size.height(), MOST)
        ratio = self.devicePixelRatioF()
        size = QSizeF(max(1, round(drawing.size.width() * scale)), max(1, round(drawing.size.height() * scale)))
        pixmap = QPixmap((size * ratio).toSize())
        pixmap.setDevicePixelRatio(ratio)
        with QPainter(pixmap) as painter:
            if drawing.picture.background == "transparent":
                _squares(painter, size, drawing.picture.theme == "dark")
            drawing.paint(painter, QRectF(0, 0, size.width(), size.height()), outlines=False)
        self._pixmap = pixmap


def _squares(painter: QPainter, size: QSizeF, dark: bool) -> None:
    t = DARK if dark else LIGHT
    painter.fillRect(QRectF(0, 0, size.width(), size.height()), t.canvas)
    other = mix(t.outline, t.canvas, 0.28)
    painter.setPen(Qt.PenStyle.NoPen)
    for y in range(0, int(size.height()) + 1, SQUARE):
        for x in range(y // SQUARE % 2 * SQUARE, int(size.width()) + 1, 2 * SQUARE):
            painter.fillRect(x, y, SQUARE, SQUARE, other)
