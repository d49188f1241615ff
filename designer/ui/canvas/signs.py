"""Small signs on a card: frozen, a learning rate of its own, linked with others; and the hatching of what is frozen."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QTransform

from designer.ui.canvas.card import Card
from designer.ui.canvas.look import Look, mix
from designer.ui.canvas.words import text
from designer.ui.theme import Theme

__all__ = ["hatching", "paint_chain", "paint_signs", "paint_snowflake", "snow"]

SIGN = 14.0  # the width of a sign
GAP = 6.0
HATCH = 0.5  # how opaque the lines over a frozen bar are
RADIUS = 6.5  # of a snowflake on a card at 100 %


def paint_signs(painter: QPainter, card: Card, right: QPointF, look: Look, outlines: bool, said: str = "") -> float:
    """The signs of a card, from a point on the base line to the left; how much of the line they take.

    What an overlay has ``said`` of the card is not said again.
    """
    x = right.x()
    if card.linked:
        paint_chain(painter, QPointF(x - SIGN / 2, right.y() - 4), look)
        x -= SIGN + GAP
    if card.frozen:
        paint_snowflake(
            painter, QPointF(x - SIGN / 2, right.y() - 4), RADIUS, look.theme.text if said else snow(card, look)
        )
        x -= SIGN + GAP
    if card.rate and card.rate != said:
        width = look.advance(look.strong, card.rate)
        painter.setPen(look.theme.text)
        text(painter, QPointF(x - width, right.y()), look.strong, card.rate, outlines)
        x -= width + GAP
    return right.x() - x


def snow(card: Card, look: Look) -> QColor:
    """The colour of a card's snowflake: fainter where only some blocks of a group are frozen."""
    return look.theme.accent if card.frozen == "all" else mix(look.theme.muted, look.theme.raised, 0.75)


def paint_snowflake(painter: QPainter, middle: QPointF, radius: float, colour: QColor) -> None:
    """Six arms with a fork each."""
    pen = QPen(colour, radius * 0.17)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.save()
    painter.setPen(pen)
    painter.translate(middle)
    for _ in range(6):
        painter.drawLine(QPointF(0, 0), QPointF(0, -radius))
        for side in (-1, 1):
            painter.drawLine(QPointF(0, -0.6 * radius), QPointF(side * 0.28 * radius, -0.92 * radius))
        painter.rotate(60)
    painter.restore()


def paint_chain(painter: QPainter, middle: QPointF, look: Look) -> None:
    """Two links of a chain: other groups change together with this one, or other blocks call its layer."""
    painter.save()
    painter.translate(middle)
    painter.rotate(-45)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(look.theme.muted, 1.4))
    for side in (-1, 1):
        painter.drawRoundedRect(QRectF(side * 3.2 - 4.2, -2.6, 8.4, 5.2), 2.6, 2.6)
    painter.restore()


def hatching(theme: Theme, transform: QTransform) -> QBrush:
    """The lines over what is frozen, as dense at every zoom of a painter."""
    colour = QColor(theme.canvas)  # away from the colour of the words above them
    colour.setAlphaF(HATCH)
    brush = QBrush(colour, Qt.BrushStyle.BDiagPattern)
    brush.setTransform(transform.inverted()[0])
    return brush
