"""The same sample many times, painted: pictures, curves or maps in the colours of the theme."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.ui.augment.asking import Shown
from designer.ui.theme import font, notifier, theme

__all__ = ["Grid"]

_COLUMNS, _GAP, _WORDS = 4, 8, 18
_PLAIN = "As it is"


class Grid(QWidget):
    """Sixteen cells, the plain one first; faded while newer ones are on their way."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: Shown | None = None
        self._images: list[QImage] = []
        self._fresh = True
        self._words = ""
        self.setMinimumSize(_COLUMNS * 72, _COLUMNS * 72)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("What the network will see")
        notifier().changed.connect(self._repaint)

    @property
    def cells(self) -> int:
        """How many are shown."""
        return 0 if self._shown is None else len(self._shown.sheet.cells)

    def sizeHint(self) -> QSize:
        """Large enough to see what happens."""
        return QSize(_COLUMNS * 112, _COLUMNS * 128)

    def show_cells(self, shown: Shown | None, fresh: bool, words: str = "") -> None:
        """Show these; without any, the words in their place."""
        if shown is not self._shown:
            self._shown = shown
            self._images = self._made()
        self._fresh, self._words = fresh, words
        told = f"{shown.name}, {self.cells - 1} times changed" if shown is not None else words
        self.setAccessibleDescription(told)
        self.update()

    def caption(self, number: int) -> str:
        """What stands below a cell: of what is mixed, how much of which class."""
        shown = self._shown
        if number == 0 or shown is None:
            return _PLAIN
        share = shown.shares[number] if number < len(shown.shares) else ()
        return ", ".join(f"{name}: {part:.0%}" for name, part in share) if len(share) > 1 else ""

    def paintEvent(self, event: QPaintEvent) -> None:
        """All cells, or the words."""
        now = theme()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(font("small"))
            if self._shown is None:
                painter.setPen(now.muted)
                flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
                painter.drawText(QRectF(self.rect()).adjusted(24, 24, -24, -24), flags, self._words)
                return
            painter.setOpacity(1.0 if self._fresh else 0.55)
            mixed = any(self.caption(number) for number in range(1, self.cells))
            for number in range(self.cells):
                self._cell(painter, number, mixed)

    def _cell(self, painter: QPainter, number: int, mixed: bool) -> None:
        now, words = theme(), _WORDS if mixed or number < _COLUMNS else 0
        box = self._box(number, mixed)
        painter.setPen(QPen(now.accent if number == 0 else now.border, 2 if number == 0 else 1))
        painter.setBrush(now.field)
        assert self._shown is not None
        if self._shown.sheet.look == "curves":
            painter.drawRoundedRect(box, 4, 4)
            self._curves(painter, number, box.adjusted(4, 4, -4, -4))
        else:
            inner = self._picture(painter, number, box)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(inner)
        if words and self.caption(number):
            painter.setPen(now.accent if number == 0 else now.muted)
            place = QRectF(box.left(), box.bottom(), box.width(), _WORDS)
            text = QFontMetricsF(painter.font()).elidedText(
                self.caption(number), Qt.TextElideMode.ElideRight, place.width()
            )
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def _box(self, number: int, mixed: bool) -> QRectF:
        """Where a cell lies; only the first row has words unless cells are mixed."""
        rows = -(-self.cells // _COLUMNS)
        lines = rows if mixed else 1
        width = (self.width() - 2 - (_COLUMNS - 1) * _GAP) / _COLUMNS
        height = (self.height() - 2 - (rows - 1) * _GAP - lines * _WORDS) / rows
        row, column = divmod(number, _COLUMNS)
        above = row * (height + _GAP) + (row if mixed else min(row, 1)) * _WORDS
        return QRectF(1 + column * (width + _GAP), 1 + above, width, height)

    def _picture(self, painter: QPainter, number: int, box: QRectF) -> QRectF:
        """As large as it fits; small pictures keep their pixels."""
        image = self._images[number]
        assert self._shown is not None
        if self._shown.sheet.look == "maps":
            inner = box
        else:
            factor = min(box.width() / image.width(), box.height() / image.height())
            width, height = image.width() * factor, image.height() * factor
            inner = QRectF(box.center().x() - width / 2, box.center().y() - height / 2, width, height)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, inner.width() < image.width() * 2)
        painter.drawImage(inner, image)
        return inner

    def _curves(self, painter: QPainter, number: int, box: QRectF) -> None:
        """Channels below each other, all cells of one scale."""
        assert self._shown is not None
        cells = self._shown.sheet.cells
        low, high = float(cells.min()), float(cells.max())
        curves = cells[number]
        strip = box.height() / len(curves)
        scale = (strip - 2) / (high - low) if high > low else 0.0
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for channel, curve in enumerate(curves):
            painter.setPen(QPen(theme().series[channel % len(theme().series)], 1))
            bottom = box.top() + (channel + 1) * strip - 1
            across = box.width() / max(1, len(curve) - 1)
            line = QPolygonF()
            for column, ends in enumerate(curve.tolist()):
                for value in ends if ends[0] != ends[1] else ends[:1]:
                    line.append(QPointF(box.left() + column * across, bottom - (value - low) * scale))
            painter.drawPolyline(line)

    def _made(self) -> list[QImage]:
        """The pixels that are painted."""
        if self._shown is None or self._shown.sheet.look == "curves":
            return []
        cells = np.ascontiguousarray(self._shown.sheet.cells)
        if self._shown.sheet.look == "maps":
            cells = _table()[cells]
        elif cells.shape[-1] == 1:
            cells = np.repeat(cells, 3, axis=-1)
        return [_image(cell) for cell in cells]

    def _repaint(self) -> None:
        self._images = self._made()
        self.update()


def _table() -> np.ndarray:
    """The colours of a map from low to high, uint8 [256, 3]: paper, accent, ink."""
    now = theme()
    stops = np.array([[c.red(), c.green(), c.blue()] for c in (now.field, now.accent, now.text)], dtype=np.float64)
    along = np.linspace(0, 255, len(stops))
    return np.stack([np.interp(np.arange(256), along, stops[:, c]) for c in range(3)], axis=1).astype(np.uint8)


def _image(pixels: np.ndarray) -> QImage:
    """A copy that owns its bytes."""
    height, width = pixels.shape[:2]
    return QImage(np.ascontiguousarray(pixels).tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()
