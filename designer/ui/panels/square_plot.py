"""A small square diagram of an evaluation: the ROC curve of two classes, or what was told against what is true."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.ui import theme as themes

__all__ = ["SquarePlot"]

Points = Sequence[Sequence[float]]

_LARGEST, _SMALLEST = 420.0, 90.0
_DOT = 2.0


class SquarePlot(QWidget):
    """Points from left to right, joined or not, on equal axes with the diagonal."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.points: list[QPointF] = []
        self._low, self._high, self._joined = 0.0, 1.0, False
        self._across = self._up = ""
        self.diagonal = True
        self.setMinimumSize(150, 120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        themes.notifier().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As large as is of use."""
        return QSize(300, 300)

    def show_roc(self, curve: Points, area: float | None) -> None:
        """How many negative samples are taken for positive, and how many positive ones are found."""
        self._show(curve, 0.0, 1.0, True, ("Negatives taken for positive", "Positives found"))
        self.setAccessibleName("ROC curve")
        self.setAccessibleDescription("" if area is None else f"The area below it is {area:.4g}.")
        self.setToolTip("The ROC curve: what each threshold finds, and at what price")

    def show_told(self, pairs: Points) -> None:
        """The true number and the one that was told."""
        values = [number for pair in pairs for number in pair]
        low, high = min(values, default=0.0), max(values, default=1.0)
        self._show(pairs, low, high if high > low else low + 1.0, False, ("True", "Told"))
        self.setAccessibleName("Told against true numbers")
        self.setAccessibleDescription(f"{len(pairs)} samples from {low:.4g} to {high:.4g}.")
        self.setToolTip("Each dot is a sample; on the line it is told as it is")

    def _show(self, points: Points, low: float, high: float, joined: bool, titles: tuple[str, str]) -> None:
        self.points = [QPointF(x, y) for x, y in points]
        self._low, self._high, self._joined = low, high, joined
        self._across, self._up = titles
        self.update()

    def area(self) -> QRectF:
        """The square of the diagram, inside of its titles and numbers."""
        line = QFontMetricsF(themes.font("small")).height()
        left, below = line + 4 + self._numbers_wide(), 2 * line + 6
        side = min(self.width() - left - 12, self.height() - below - line / 2, _LARGEST)
        return QRectF(left, line / 2, max(side, _SMALLEST), max(side, _SMALLEST))

    def place(self, point: QPointF) -> QPointF:
        """Where a point is painted."""
        area, span = self.area(), self._high - self._low
        x, y = (point.x() - self._low) / span, (point.y() - self._low) / span
        return QPointF(area.left() + x * area.width(), area.bottom() - y * area.height())

    def _numbers_wide(self) -> float:
        metrics = QFontMetricsF(themes.font("small"))
        return max(metrics.horizontalAdvance(f"{value:.3g}") for value in (self._low, self._high)) + 6

    def paintEvent(self, event: QPaintEvent) -> None:
        """Frame, diagonal, points, titles."""
        t, area = themes.theme(), self.area()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(themes.font("small"))
            painter.setPen(QPen(t.border, 1))
            painter.drawRect(area)
            painter.setPen(QPen(t.muted, 1, Qt.PenStyle.DashLine))
            if self.diagonal:
                painter.drawLine(area.bottomLeft(), area.topRight())
            painter.setPen(t.muted)
            self._write(painter, area)
            painter.setClipRect(area.adjusted(-_DOT, -_DOT, _DOT, _DOT))
            placed = [self.place(point) for point in self.points]
            if self._joined:
                painter.setPen(QPen(t.accent, 2))
                painter.drawPolyline(QPolygonF(placed))
            else:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(t.accent)
                for point in placed:
                    painter.drawEllipse(point, _DOT, _DOT)

    def _write(self, painter: QPainter, area: QRectF) -> None:
        """The ends of both axes, and what they are."""
        line = QFontMetricsF(painter.font()).height()
        low, high = f"{self._low:.3g}", f"{self._high:.3g}"
        right, wide = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._numbers_wide()
        painter.drawText(QRectF(area.left() - wide, area.top() - line / 2, wide - 4, line), right, high)
        painter.drawText(QRectF(area.left() - wide, area.bottom() - line / 2, wide - 4, line), right, low)
        below = QRectF(area.left(), area.bottom() + 2, area.width(), line)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, low)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, high)
        painter.drawText(below.translated(0, line), Qt.AlignmentFlag.AlignHCenter, self._across)
        painter.translate(0, area.bottom())
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, area.height(), line), Qt.AlignmentFlag.AlignHCenter, self._up)
        painter.resetTransform()
