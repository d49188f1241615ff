"""Histograms over time as heat strips: a column a sample, a row a bin, the darker the more numbers are in it."""

from __future__ import annotations

import math
from typing import cast

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QImage, QPainter, QPaintEvent, qRgb
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from designer.train.health.histograms import BINS, EDGES, Strip
from designer.ui import theme as themes
from designer.ui.canvas.look import mix

__all__ = ["StripView"]

_TITLE, _AXIS, _LEFT = 20, 16, 46
_ROWS = BINS - 1  # the last counts what is no number
_MARKS = ((46, "large"), (40, "+1"), (32, "+1e-4"), (23, "0"), (14, "−1e-4"), (6, "−1"), (0, "−large"))


class StripView(QWidget):
    """One quantity of one block."""

    def __init__(self, title: str, missing: str = "None", parent: QWidget | None = None) -> None:
        """``missing`` is what it says where there is nothing to show."""
        super().__init__(parent)
        self.title, self._missing = title, missing
        self.strip: Strip | None = None
        self._image: QImage | None = None
        self.setAccessibleName(f"{title} over time")
        self.setMinimumSize(150, 110)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        themes.notifier().changed.connect(self._restyle)

    def sizeHint(self) -> QSize:
        """Wide rather than high."""
        return QSize(220, 150)

    def show_strip(self, strip: Strip | None) -> None:
        """Show the course; None for a block that has none."""
        if strip != self.strip:
            self.strip = strip
            self._restyle()
            bad = sum(row[-1] for row in strip.counts) if strip is not None else 0
            words = f"{len(strip.iterations)} samples" if strip is not None else "none"
            self.setAccessibleDescription(f"{words}{', some are NaN or infinite' if bad else ''}")

    def _restyle(self) -> None:
        self._image = _image(self.strip) if self.strip is not None else None
        self.update()

    @property
    def place(self) -> QRect:
        """Where the strip is painted."""
        return self.rect().adjusted(_LEFT, _TITLE, -8, -_AXIS)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Title, strip, a few marks at its left and the iterations below."""
        t, place = themes.theme(), self.place
        with QPainter(self) as painter:
            painter.setFont(themes.font("small"))
            painter.setPen(t.text)
            painter.drawText(QRect(_LEFT, 0, place.width(), _TITLE - 2), Qt.AlignmentFlag.AlignVCenter, self.title)
            if self._image is None or self.strip is None:
                painter.setPen(t.muted)
                painter.fillRect(place, t.surface)
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._missing)
                return
            painter.drawImage(QRectF(place), self._image)
            painter.setPen(t.border)
            painter.drawRect(place)
            painter.setPen(t.muted)
            self._marks(painter, place)
            first, last = self.strip.iterations[0], self.strip.iterations[-1]
            below = QRect(place.left(), place.bottom() + 2, place.width(), _AXIS)
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft, f"{first:,}")
            if last != first:
                painter.drawText(below, Qt.AlignmentFlag.AlignRight, f"{last:,}")

    def _marks(self, painter: QPainter, place: QRect) -> None:
        high = QFontMetrics(painter.font()).height()
        free = -high
        for row, words in _MARKS:
            middle = place.top() + (_ROWS - row - 0.5) * place.height() / _ROWS
            top = round(min(max(middle - high / 2, place.top()), place.bottom() - high))
            if top >= free + high:
                painter.drawText(
                    QRect(0, top, _LEFT - 6, high), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words
                )
                free = top

    def event(self, event: QEvent) -> bool:
        """The tooltip says what lies under the cursor."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.words_at(event.pos()), self)
            return True
        return super().event(event)

    def words_at(self, at: QPoint) -> str:
        """The iteration, the bin and its share at a point."""
        place, strip = self.place, self.strip
        if strip is None or not place.contains(at):
            return "Small numbers lie in the middle, large ones at the edges: each row is 2.8 times the one before."
        column = min(len(strip.iterations) - 1, (at.x() - place.left()) * len(strip.iterations) // place.width())
        row = _ROWS - 1 - min(_ROWS - 1, (at.y() - place.top()) * _ROWS // place.height())
        counts = strip.counts[column]
        share = counts[row] / max(1, sum(counts))
        none = f"\n{counts[-1]} of {sum(counts):,} looked at are NaN or infinite" if counts[-1] else ""
        return f"Iteration {strip.iterations[column]:,}: {share:.1%} from {_edge(row)} to {_edge(row + 1)}{none}"


def _edge(place: int) -> str:
    return f"{EDGES[place]:.1e}" if 0 < place < _ROWS else "−∞" if place == 0 else "∞"


def _image(strip: Strip) -> QImage:
    """One pixel a bin and sample; the share by its square root, so that thin tails are seen."""
    t, columns = themes.theme(), len(strip.iterations)
    image = QImage(columns, _ROWS, QImage.Format.Format_Indexed8)
    colours = [mix(t.accent, t.surface, i / 255) for i in range(256)]
    image.setColorTable([qRgb(c.red(), c.green(), c.blue()) for c in colours])
    image.fill(0)
    bits, wide = cast(memoryview, image.bits()), image.bytesPerLine()
    for column, counts in enumerate(strip.counts):
        most = max(counts[:_ROWS])
        for row in range(_ROWS):
            if counts[row]:
                bits[(_ROWS - 1 - row) * wide + column] = max(36, round(255 * math.sqrt(counts[row] / most)))
    return image
