"""Words on the canvas; short ones are drawn once and then blitted: thousands of bars say the same ten things."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QPainter, QPainterPath, QPixmap

from designer.ui.canvas.look import Look

__all__ = ["Words", "text"]

MOST = 600
LEAST = 3  # letters worth showing


def text(painter: QPainter, at: QPointF, of: QFont, words: str, outlines: bool) -> None:
    """Words in the painter's pen colour, the baseline starting at a point; as outlines where fonts may be missing."""
    if not outlines:
        painter.setFont(of)
        painter.drawText(at, words)
        return
    path = QPainterPath()
    path.addText(at, of, words)
    painter.fillPath(path, painter.pen().color())


class Words:
    """Pictures of words in the small font of the view from far, by what fits into so many pixels."""

    def __init__(self) -> None:
        self._key: tuple[Look, float] | None = None
        self._pictures: dict[tuple[str, int], QPixmap | None] = {}

    def picture(self, words: str, room: int, look: Look, ratio: float) -> QPixmap | None:
        """The words, shortened to the room; None where too little would be left of them."""
        if self._key != (look, ratio) or len(self._pictures) > MOST:
            self._key = (look, ratio)
            self._pictures.clear()
        key = (words, room)
        if key not in self._pictures:
            said = look.elided(look.far, words, room)
            self._pictures[key] = _drawn(said, look, ratio) if len(said) >= LEAST else None
        return self._pictures[key]


def _drawn(said: str, look: Look, ratio: float) -> QPixmap:
    metrics = look.metrics[id(look.far)]
    width, height = math.ceil(look.advance(look.far, said)) + 2, math.ceil(metrics.height())
    made = QPixmap(round(width * ratio), round(height * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    with QPainter(made) as painter:
        painter.setFont(look.far)
        painter.setPen(look.theme.text)
        painter.drawText(QPointF(1, metrics.ascent()), said)
    return made
