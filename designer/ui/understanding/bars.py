"""The likeliest answers of a network as bars: what, and how sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.ui import theme as themes
from designer.ui.panels.run_widgets import numbers

__all__ = ["Bars"]

_ROW, _GAP = 22, 4


class Bars(QWidget):
    """One row an answer, the likeliest first. A press on a row asks where the network sees that."""

    asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[tuple[str, float]] = []
        self._shares = True
        self._marked = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(640)  # further apart, name and figure are hard to bring together
        self.setFixedHeight(0)
        self.setAccessibleName("Answers")
        themes.notifier().changed.connect(self.update)

    def show_rows(self, rows: Sequence[Mapping[str, Any]], shares: bool, marked: str = "") -> None:
        """Show ``label`` and ``value`` of each; probabilities where ``shares``, else numbers."""
        self.rows = [(str(row["label"]), float(row["value"])) for row in rows]
        self._shares, self._marked = shares, marked
        self.setAccessibleDescription(", ".join(f"{name} {self._words(value)}" for name, value in self.rows))
        self.setFixedHeight(max(0, len(self.rows) * (_ROW + _GAP) - _GAP))
        self.setCursor(Qt.CursorShape.PointingHandCursor if shares else Qt.CursorShape.ArrowCursor)
        self.setToolTip("Press an answer to see where the network sees it" if shares else "")
        self.update()

    def sizeHint(self) -> QSize:
        """Five rows."""
        return QSize(260, 5 * (_ROW + _GAP))

    def row_at(self, y: float) -> int | None:
        """Which row lies there."""
        index = int(y // (_ROW + _GAP))
        return index if 0 <= index < len(self.rows) else None

    def _words(self, value: float) -> str:
        return f"{100 * value:.1f} %" if self._shares else f"{value:.4g}"

    def paintEvent(self, event: QPaintEvent) -> None:
        """Bars with the name on them and the figure at the right."""
        t = themes.theme()
        metrics = QFontMetricsF(numbers())
        figure = max((metrics.horizontalAdvance(self._words(v)) for _, v in self.rows), default=0.0) + 8
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for i, (name, value) in enumerate(self.rows):
                whole = QRectF(0, i * (_ROW + _GAP), self.width() - figure, _ROW)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(t.hover)
                painter.drawRoundedRect(whole, 4, 4)
                share = min(1.0, max(0.0, value)) if self._shares else 0.0
                if share * whole.width() >= 1:
                    bar = QRectF(whole)
                    bar.setWidth(share * whole.width())
                    painter.setBrush(t.accent_soft)
                    painter.drawRoundedRect(bar, 4, 4)
                font = numbers()
                font.setBold(name == self._marked)
                painter.setFont(font)
                painter.setPen(t.text)
                room = whole.width() - 16
                text = QFontMetricsF(font).elidedText(name, Qt.TextElideMode.ElideRight, room)
                side = Qt.AlignmentFlag.AlignVCenter
                painter.drawText(whole.adjusted(8, 0, -8, 0), side | Qt.AlignmentFlag.AlignLeft, text)
                place = QRectF(whole.right(), whole.top(), figure, _ROW)
                painter.drawText(place, side | Qt.AlignmentFlag.AlignRight, self._words(value))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Ask for the heat of an answer."""
        row = self.row_at(event.position().y())
        if row is not None and self._shares and event.button() == Qt.MouseButton.LeftButton:
            self.asked.emit(self.rows[row][0])
