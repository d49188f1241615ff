"""The confusion matrix, painted: numbers while there is room for them, a picture where there are many classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from designer.ui import theme as themes
from designer.ui.words import count

__all__ = ["ConfusionView"]

_NUMBERS_FROM = 17.0  # px a cell needs for a number
_LINES_FROM = 7.0  # px a cell needs for a gap to its neighbour
_TITLE = 20.0


class ConfusionView(QWidget):
    """Rows are what samples are, columns what they were taken for. Right answers and mistakes have their own colour;
    the strength is the share of the row. ``pressed(true, predicted)`` asks for the samples of a cell."""

    pressed = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._matrix: npt.NDArray[np.int64] = np.zeros((0, 0), np.int64)
        self._classes: tuple[str, ...] = ()
        self._shares: npt.NDArray[np.float64] = np.zeros((0, 0))
        self._image: QImage | None = None
        self._at: tuple[int, int] | None = None
        self._normalised = False
        self.setMouseTracking(True)
        self.setMinimumSize(150, 100)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Confusion matrix")
        themes.notifier().changed.connect(self._dress)

    def set_matrix(self, matrix: Sequence[Sequence[int]], classes: Sequence[str]) -> None:
        """Show counts [C, C]. Raises ValueError when they do not fit the names."""
        found = np.asarray(matrix, np.int64)
        if found.shape != (len(classes), len(classes)):
            raise ValueError(f"Expected {len(classes)} rows and columns, got {found.shape}.")
        self._matrix, self._classes = found, tuple(classes)
        rows = found.sum(axis=1, keepdims=True)
        self._shares = np.divide(found, rows, out=np.zeros(found.shape), where=rows > 0)
        self._at = None
        self.setAccessibleDescription(self._summary())
        self._dress()

    def set_normalised(self, on: bool) -> None:
        """Write the share of the row instead of the count."""
        self._normalised = on
        self.update()

    def width_for(self, height: int) -> int:
        """How wide the square of cells and the names beside it are in so high a place."""
        metrics = QFontMetricsF(themes.font("small"))
        longest = max((metrics.horizontalAdvance(name) for name in self._classes), default=0.0)
        return int(height - metrics.height() - 4 + min(longest, 96.0) + 8)

    def sizeHint(self) -> QSize:
        """Room for ten classes."""
        return QSize(340, 280)

    # ------------------------------------------------------------ geometry

    def _area(self) -> QRectF:
        """The square of the cells; names left and above."""
        n = max(1, len(self._classes))
        metrics = QFontMetricsF(themes.font("small"))
        longest = max((metrics.horizontalAdvance(name) for name in self._classes), default=0.0)
        left = _TITLE + min(longest, 96.0, self.width() / 4) + 8
        top = _TITLE + metrics.height() + 4
        side = max(1.0, min(self.width() - left - 6, self.height() - top - 6))
        side = n * max(1.0, side // n) if side >= n else side
        return QRectF(left, top, side, side)

    def cell_at(self, where: QPoint) -> tuple[int, int] | None:
        """The (true, predicted) class numbers under a point."""
        area, n = self._area(), len(self._classes)
        if not n or not area.contains(where):
            return None
        column = int((where.x() - area.left()) / area.width() * n)
        row = int((where.y() - area.top()) / area.height() * n)
        return min(row, n - 1), min(column, n - 1)

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Where a cell is painted."""
        area, n = self._area(), len(self._classes)
        size = area.width() / n
        return QRectF(area.left() + column * size, area.top() + row * size, size, size)

    def sentence(self, row: int, column: int) -> str:
        """A cell in words."""
        number, whole = int(self._matrix[row, column]), int(self._matrix[row].sum())
        share = f" ({100 * self._shares[row, column]:.1f} %)" if whole else ""
        what = "recognised" if row == column else f"taken for “{self._classes[column]}”"
        return f"“{self._classes[row]}” {what}: {count(number)} of {count(whole)}{share}"

    # ------------------------------------------------------------ painting

    def _dress(self) -> None:
        """Colours for every cell as a picture of one pixel a cell."""
        t, n = themes.theme(), len(self._classes)
        if n:
            strength = np.where(self._shares > 0, 0.10 + 0.90 * self._shares**0.6, 0.0)[..., None]
            back, right, wrong = _rgb(t.hover), _rgb(t.accent), _rgb(t.series[1])
            tint = np.where(np.eye(n, dtype=bool)[..., None], right, wrong)
            pixels = np.ascontiguousarray((back + (tint - back) * strength).round().astype(np.uint8))
            self._image = QImage(pixels.tobytes(), n, n, 3 * n, QImage.Format.Format_RGB888).copy()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Titles, names, cells."""
        n = len(self._classes)
        if not n or self._image is None:
            return
        with QPainter(self) as painter:
            area = self._area()
            size = area.width() / n
            if size >= _LINES_FROM:
                gap = 1.0 if size >= 14 else 0.5
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                for row in range(n):
                    for column in range(n):
                        painter.setBrush(self._image.pixelColor(column, row))
                        cell = self.cell_rect(row, column).adjusted(gap, gap, -gap, -gap)
                        painter.drawRoundedRect(cell, min(3, size / 8), min(3, size / 8))
            else:
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, size < 1)
                painter.drawImage(area, self._image)
            self._paint_names(painter, area, size)
            if size >= _NUMBERS_FROM:
                self._paint_numbers(painter, size)
            if self._at is not None:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(themes.theme().text, 1.5))
                painter.drawRoundedRect(self.cell_rect(*self._at), 3, 3)

    def _paint_names(self, painter: QPainter, area: QRectF, size: float) -> None:
        t, n = themes.theme(), len(self._classes)
        painter.setFont(themes.font("small"))
        metrics = QFontMetricsF(themes.font("small"))
        painter.setPen(t.muted)
        middle = Qt.AlignmentFlag.AlignCenter
        painter.drawText(QRectF(area.left(), 0, max(area.width(), 80), _TITLE), middle, "Predicted")
        painter.save()
        painter.translate(0, area.center().y())
        painter.rotate(-90)
        painter.drawText(QRectF(-60, 0, 120, _TITLE), middle, "True")
        painter.restore()
        painter.setPen(t.text)
        room = area.left() - _TITLE - 6
        every = max(1, -(-int(metrics.height()) // max(1, int(size)))) if size < metrics.height() else 1
        for i in range(0, n, every):
            place = QRectF(_TITLE, area.top() + i * size, room, max(size, metrics.height()))
            name = metrics.elidedText(self._classes[i], Qt.TextElideMode.ElideRight, room)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)
        widest = max(metrics.horizontalAdvance(name) for name in self._classes)
        step = 1 if widest <= size - 2 or size >= 28 else max(1, int(-(-(widest + 8) // max(size, 0.01))))
        for i in range(0, n, step):
            room = size * step - 2
            place = QRectF(area.left() + i * size + 1, _TITLE, room if step > 1 else size - 2, metrics.height())
            if i and place.left() + widest > area.right() + 6 and step > 1:
                break
            name = metrics.elidedText(self._classes[i], Qt.TextElideMode.ElideRight, place.width())
            side = Qt.AlignmentFlag.AlignHCenter if step == 1 else Qt.AlignmentFlag.AlignLeft
            painter.drawText(place, side, name)

    def _paint_numbers(self, painter: QPainter, size: float) -> None:
        assert self._image is not None
        t = themes.theme()
        font = themes.font("small")
        font.setPixelSize(max(9, min(12, int(size * 0.42))))
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        dark, light = QColor("#14161a"), QColor("#ffffff")
        for row, column in np.argwhere(self._matrix > 0).tolist():
            text = f"{100 * self._shares[row, column]:.0f}" if self._normalised else str(self._matrix[row, column])
            if metrics.horizontalAdvance(text) > size - 3:
                text = f"{self._matrix[row, column] / 1000:.0f}k" if not self._normalised else text
            colour = self._image.pixelColor(column, row)
            painter.setPen(max((dark, light), key=lambda c: themes.contrast(c, colour)))
            painter.drawText(self.cell_rect(row, column), Qt.AlignmentFlag.AlignCenter, text)
        painter.setPen(t.text)

    # ------------------------------------------------------------ reading

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Frame the cell under the cursor."""
        self._frame(self.cell_at(event.position().toPoint()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Ask for the samples of a cell."""
        cell = self.cell_at(event.position().toPoint())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit(self._classes[cell[0]], self._classes[cell[1]])

    def leaveEvent(self, event: QEvent) -> None:
        """No cell is framed."""
        self._frame(None)

    def _frame(self, cell: tuple[int, int] | None) -> None:
        if cell != self._at:
            self._at = cell
            self.update()

    def event(self, event: QEvent) -> bool:
        """The tooltip says in words what a cell counts."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self.cell_at(event.pos())
            if cell is not None:
                QToolTip.showText(event.globalPos(), self.sentence(*cell), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def _summary(self) -> str:
        off = self._matrix.copy()
        np.fill_diagonal(off, 0)
        worst = [np.unravel_index(i, off.shape) for i in np.argsort(-off, axis=None, kind="stable")[:3]]
        words = [self.sentence(int(r), int(c)) for r, c in worst if off[r, c]]
        return "Most frequent mistakes: " + "; ".join(words) if words else "No mistakes."


def _rgb(colour: QColor) -> npt.NDArray[np.float64]:
    return np.array([colour.red(), colour.green(), colour.blue()], np.float64)
