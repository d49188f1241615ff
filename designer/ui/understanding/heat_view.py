"""A picture with the heat of where the network sees its answer, and the place where pictures are dropped."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.data.decode import SUFFIXES
from designer.evaluate.heat.overlay import coloured
from designer.ui import theme as themes

__all__ = ["HeatView"]

_ROUND = 8.0


class HeatView(QWidget):
    """Takes pictures by dropping, asks for one when it is pressed, and shows one with its heat."""

    dropped = Signal(list)  # paths
    pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture = QImage()
        self.heat = QImage()  # grey
        self._over = QImage()
        self._strength = 0.75
        self._invites = False
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMinimumSize(120, 80)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Picture to try")
        self.setAccessibleDescription("Drop a picture here, or press Enter to choose one.")
        self.setToolTip("Drop another picture here, or press to choose one")
        themes.notifier().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """A square of the place's height."""
        return QSize(220, 180)

    def show_picture(self, picture: QImage, heat: QImage) -> None:
        """Another picture; ``heat`` is grey, of any size, or null."""
        self.picture, self.heat = picture, heat
        self._tint()

    def set_strength(self, share: float) -> None:
        """How much the heat covers, 0 to 1."""
        self._strength = share
        self._tint()

    def _tint(self) -> None:
        self._over = QImage()
        if not self.heat.isNull():
            grey = self.heat.convertToFormat(QImage.Format.Format_Grayscale8)
            wide, high = grey.width(), grey.height()
            rows = np.frombuffer(grey.constBits(), np.uint8).reshape(high, grey.bytesPerLine())[:, :wide]
            data = np.ascontiguousarray(coloured(rows, self._strength)).tobytes()
            self._over = QImage(data, wide, high, 4 * wide, QImage.Format.Format_RGBA8888).copy()
        self.update()

    def place(self) -> QRectF:
        """Where the picture is painted: whole, in the middle."""
        size = self.picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        left, top = (self.width() - size.width()) / 2, (self.height() - size.height()) / 2
        return QRectF(left, top, size.width(), size.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture below its heat, or the invitation."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self.picture.isNull():
                self._paint_invitation(painter)
            else:
                self._paint_picture(painter)
            if self.hasFocus() or (self._invites and not self.picture.isNull()):
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(themes.theme().accent, 2))
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), _ROUND, _ROUND)

    def _paint_picture(self, painter: QPainter) -> None:
        place = self.place()
        path = QPainterPath()
        path.addRoundedRect(place, _ROUND, _ROUND)
        painter.setClipPath(path)
        # Few pixels stay squares, as the network has them; heat has no grain.
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, place.width() < 2 * self.picture.width())
        painter.drawImage(place, self.picture)
        if not self._over.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, self._over)
        painter.setClipping(False)

    def _paint_invitation(self, painter: QPainter) -> None:
        t = themes.theme()
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setBrush(t.accent_soft if self._invites else t.hover)
        painter.setPen(QPen(t.accent if self._invites else t.outline, 1.5, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(frame, _ROUND, _ROUND)
        mark = themes.icon("mdi6.image-plus-outline", "accent" if self._invites else "muted").pixmap(QSize(28, 28))
        middle = frame.center()
        painter.drawPixmap(QPointF(middle.x() - 14, middle.y() - 36), mark)
        painter.setFont(themes.font("small"))
        painter.setPen(t.muted)
        words = "Drop a picture here,\nor press to choose one"
        painter.drawText(QRectF(frame.left(), middle.y(), frame.width(), 40), Qt.AlignmentFlag.AlignCenter, words)

    def _invite(self, on: bool) -> None:
        self._invites = on
        self.update()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Pictures are welcome; anything else goes to the window."""
        if _pictures(event):
            event.acceptProposedAction()
            self._invite(True)
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """They were taken elsewhere."""
        self._invite(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Try the first of them, and keep the others at hand."""
        self._invite(False)
        paths = _pictures(event)
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose a file."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space press it."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.pressed.emit()
        else:
            super().keyPressEvent(event)


def _pictures(event: QDropEvent) -> list[str]:
    """The picture files that a drag carries."""
    paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
    return [path for path in paths if path.lower().endswith(SUFFIXES)]
