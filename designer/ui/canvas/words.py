"""Words on the canvas; short ones are drawn once and then blitted."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QPainter, QPainterPath, QPixmap

from designer.ui.canvas.card import Card
from designer.ui.canvas.look import Look

__all__ = ["Words", "text"]

MOST = 2400  # pictures kept: more than bars large enough for words stand in a window
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
        self._names: dict[tuple[str, str, int], str] = {}

    def of_card(self, card: Card, room: int, look: Look, ratio: float) -> QPixmap | None:
        """What a card is called, as on its flat picture nearer by; None where too little would be left."""
        words = self._names.get((card.shown, card.title, room))
        if words is None or self._key != (look, ratio):
            words = card.fitting(lambda said: look.advance(look.far, said) <= room)
            if len(self._names) > MOST:
                self._names.clear()
            self._names[card.shown, card.title, room] = words
        return self.picture(words, room, look, ratio)

    def picture(self, words: str, room: int, look: Look, ratio: float) -> QPixmap | None:
        """The words, shortened to the room; None where too little would be left of them."""
        if self._key != (look, ratio) or len(self._pictures) > MOST:
            self._key = (look, ratio)
            self._pictures.clear()
            self._names.clear()
        key = (words, room)
        if key not in self._pictures:
            said = look.elided(look.far, words, room, middle=not words[:1].isdigit())
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
