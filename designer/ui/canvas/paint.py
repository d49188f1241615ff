"""Draws one card, in its own coordinates: (0, 0) is its corner. Works on pixmaps, the screen and SVG alike."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from designer.ui.canvas.card import GROUP, STUB, Card
from designer.ui.canvas.glyphs import glyph
from designer.ui.canvas.look import LabelTone, Look, mix
from designer.ui.canvas.metrics import FAR_BELOW, LOW, PORT
from designer.ui.canvas.signs import paint_signs, paint_snowflake, snow
from designer.ui.canvas.words import text

__all__ = ["RADIUS", "paint_card", "paint_flat", "paint_hover", "paint_label", "paint_ring"]

RADIUS = 10.0
TILE = 34.0
LEFT = 54.0
CLEAR_FROM = 0.52  # the zoom from which a flat card is as light as a near one
FIGURE = 60.0  # wider ones move to the second line


def paint_card(
    painter: QPainter, card: Card, look: Look, outlines: bool = False, tint: QColor | None = None, figure: str = ""
) -> None:
    """The card in full: shadow, body, picture, three lines of text, ports and badge.

    ``tint`` and ``figure`` are what an overlay says of the block: the colour of the body, and a text at its right.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if card.type == STUB:
        _stub(painter, card, look, outlines)
        return
    if card.type == GROUP:
        _pile(painter, card, look)
    _body(painter, card, look, tint)
    accent, tile, _ = look.group(card.group)
    square = QRectF(10, (card.height - TILE) / 2, TILE, TILE)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tile)
    painter.drawRoundedRect(square, 8, 8)
    _picture(painter, card, square.center(), accent)
    _words(painter, card, look, outlines, figure)
    _ports(painter, card, look)
    _badge(painter, card, look)


def _dress(painter: QPainter, card: Card, look: Look, tint: QColor | None, alarm: float) -> None:
    """The edge and the colour of a card's body. Trouble is told by the edge where an overlay has the body."""
    back = look.theme.raised
    if tint is not None:
        painter.setBrush(mix(tint, back, look.tinge))
        edge = look.tinted_edge(tint)
    else:
        painter.setBrush(mix(look.theme.bad, back, alarm) if card.error else back)
        edge = look.edge
    painter.setPen(look.bad_edge if card.error else look.warn_edge if card.warning else edge)


def _body(painter: QPainter, card: Card, look: Look, tint: QColor | None) -> None:
    whole = QRectF(0, 0, card.width, card.height)
    painter.setPen(Qt.PenStyle.NoPen)
    for i, shade in enumerate(look.shadow):
        spread = 3.0 - i
        painter.setBrush(shade)
        painter.drawRoundedRect(
            whole.adjusted(-spread, -spread + 2, spread, spread + 2), RADIUS + spread, RADIUS + spread
        )
    _dress(painter, card, look, tint, 0.07)
    painter.drawRoundedRect(whole.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)


def _pile(painter: QPainter, card: Card, look: Look) -> None:
    """Two more edges below a group's card: there is something inside. Three below one that is repeated."""
    accent = look.group(card.group)[0]
    painter.setPen(QPen(mix(accent, look.theme.raised, 0.45), 1.0))
    several = card.times > 1
    for step in (3, 2, 1) if several else (2, 1):
        painter.setBrush(mix(accent, look.theme.raised, 0.1 + 0.08 * step))
        inset = 7.0 * step
        painter.drawRoundedRect(
            QRectF(inset, 10, card.width - 2 * inset, card.height - 10 + (3.5 if several else 4.0) * step), 8, 8
        )


def _stub(painter: QPainter, card: Card, look: Look, outlines: bool) -> None:
    """A place where a value comes into a group or leaves it: a pill with a dashed edge."""
    pen = QPen(look.theme.outline, 1.25)
    pen.setDashPattern([3.0, 2.5])
    painter.setPen(pen)
    painter.setBrush(mix(look.theme.raised, look.theme.canvas, 0.5))
    half = card.height / 2
    painter.drawRoundedRect(QRectF(0.5, 0.5, card.width - 1, card.height - 1), half, half)
    words = look.elided(look.small, card.shown, card.width - 2 * half)
    painter.setPen(look.theme.muted)
    x = (card.width - look.advance(look.small, words)) / 2
    text(painter, QPointF(x, half + 4), look.small, words, outlines)
    _ports(painter, card, look)


def _picture(painter: QPainter, card: Card, middle: QPointF, accent: QColor) -> None:
    path, line = glyph(card.type, card.group, card.title)
    painter.save()
    painter.translate(middle)
    if line:
        pen = QPen(accent, 2.2)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(path, pen)
    else:
        painter.fillPath(path, accent)
    painter.restore()


def _words(painter: QPainter, card: Card, look: Look, outlines: bool, figure: str) -> None:
    right = card.width - 14
    first = 23.0 if card.height == LOW else 24.0
    # A figure takes the place of the count; a long one that of the title, which the picture tells as well.
    long = look.advance(look.strong, figure) > FIGURE
    corner, font = (figure, look.strong) if figure and not long else (card.count, look.small)
    room = right - LEFT - _at_right(painter, corner, font, QPointF(right, first), look, outlines)
    painter.setPen(look.theme.text)
    name = look.elided(look.title, card.shown, room, middle=True)
    text(painter, QPointF(LEFT, first), look.title, name, outlines)
    below = figure if long else ""
    room = right - LEFT - _at_right(painter, below, look.strong, QPointF(right, first + 16), look, outlines)
    taken = 0.0 if below else paint_signs(painter, card, QPointF(right, first + 16), look, outlines, figure)
    painter.setPen(look.muted_on_tint if figure else look.theme.muted)
    text(painter, QPointF(LEFT, first + 16), look.small, look.elided(look.small, card.kind, room - taken), outlines)
    if card.summary:
        summary = look.elided(look.small, card.summary, right - LEFT)
        text(painter, QPointF(LEFT, first + 31), look.small, summary, outlines)


def _at_right(painter: QPainter, words: str, font: QFont, at: QPointF, look: Look, outlines: bool) -> float:
    """Words that end at a point; how much of the line they take."""
    if not words:
        return 0.0
    words = look.elided(font, words, at.x() - LEFT)
    width = look.advance(font, words)
    painter.setPen(look.theme.text if font is look.strong else look.theme.muted)
    text(painter, QPointF(at.x() - width, at.y()), font, words, outlines)
    return width + 8


def _ports(painter: QPainter, card: Card, look: Look) -> None:
    t = look.theme
    last = len(card.wired) - 1
    for slot, wired in enumerate(card.wired):
        _dot(
            painter, card.input_at(slot), wired, look, spare=card.spare and slot == last, bad=bool(card.error) and wired
        )
    for index, fed in enumerate(card.fed):
        _dot(painter, card.output_at(index), fed, look)
    painter.setBrush(t.raised)


def _dot(painter: QPainter, at: QPointF, used: bool, look: Look, spare: bool = False, bad: bool = False) -> None:
    t = look.theme
    colour = t.bad if bad else t.wire
    if spare and not look.inviting:
        return
    if spare:
        # An invitation, not a demand: a small plus.
        painter.setPen(QPen(mix(colour, t.raised, 0.7), 1.2))
        painter.setBrush(t.canvas)
        painter.drawEllipse(at, PORT - 0.5, PORT - 0.5)
        painter.drawLine(at - QPointF(2, 0), at + QPointF(2, 0))
        painter.drawLine(at - QPointF(0, 2), at + QPointF(0, 2))
        return
    painter.setPen(QPen(t.raised if used else colour, 1.6))
    painter.setBrush(colour if used else t.raised)
    painter.drawEllipse(at, PORT, PORT)


def _badge(painter: QPainter, card: Card, look: Look) -> None:
    if not card.error and not card.warning:
        return
    colour = look.theme.bad if card.error else look.theme.warn
    at = QPointF(card.width - 3, 3)
    painter.setPen(QPen(look.theme.canvas, 2))
    painter.setBrush(colour)
    painter.drawEllipse(at, 8.5, 8.5)
    pen = QPen(look.theme.raised, 1.9)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawLine(at + QPointF(0, -3.9), at + QPointF(0, 0.6))
    painter.drawPoint(at + QPointF(0, 3.9))


def paint_flat(
    painter: QPainter, card: Card, look: Look, zoom: float, tint: QColor | None = None, figure: str = ""
) -> None:
    """The card from some way off: a flat box, its picture, and the name in letters that can be read at this zoom."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if card.type == STUB:
        _stub(painter, card, look, outlines=False)
        return
    if card.type == GROUP:
        _pile(painter, card, look)
    accent, tile, _ = look.group(card.group)
    _dress(painter, card, look, tint, 0.12)
    veil = min(1.0, (CLEAR_FROM - zoom) / (CLEAR_FROM - FAR_BELOW))
    if veil > 0 and tint is None and not card.error:
        # On the way out the card takes on the colour of the bar that it is about to become.
        painter.setBrush(mix(look.group(card.group)[2], look.theme.raised, veil))
    painter.drawRoundedRect(QRectF(0.5, 0.5, card.width - 1, card.height - 1), RADIUS, RADIUS)
    square = QRectF(10, (card.height - TILE) / 2, TILE, TILE)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tile)
    painter.drawRoundedRect(square, 8, 8)
    _picture(painter, card, square.center(), accent)
    painter.setPen(look.theme.text)
    font = look.flat(zoom)
    room = card.width - LEFT - 10
    if card.frozen:
        radius = font.pixelSize() * 0.45
        paint_snowflake(painter, QPointF(card.width - 12 - radius, card.height / 2), radius, snow(card, look))
        painter.setPen(look.theme.text)
        room -= 2 * radius + 8
    middle = card.height / 2 + font.pixelSize() * 0.36
    if figure:
        half = font.pixelSize() * 0.56
        text(painter, QPointF(LEFT, middle + half), font, look.elided(font, figure, room), outlines=False)
        painter.setPen(look.muted_on_tint)
        middle -= half
    text(painter, QPointF(LEFT, middle), font, _shortened(card, look, font, room), outlines=False)
    if card.error or card.warning:
        _badge(painter, card, look)


def _shortened(card: Card, look: Look, font: QFont, room: float) -> str:
    words = card.fitting(lambda said: look.advance(font, said) <= room)
    return look.elided(font, words, room, middle=not words[:1].isdigit())


def paint_hover(painter: QPainter, card: Card, look: Look) -> None:
    """The edge of a card that the cursor is over."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(look.hover_edge)
    painter.drawRoundedRect(QRectF(0.5, 0.5, card.width - 1, card.height - 1), RADIUS, RADIUS)


def paint_ring(painter: QPainter, width: float, height: float, look: Look) -> None:
    """What lies under a card that is selected: the same for all cards of one size."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    whole = QRectF(0, 0, width, height)
    painter.setPen(look.glow)
    painter.drawRoundedRect(whole.adjusted(-2, -2, 2, 2), RADIUS + 2, RADIUS + 2)
    painter.setPen(look.ring)
    painter.drawRoundedRect(whole.adjusted(-0.75, -0.75, 0.75, 0.75), RADIUS + 0.75, RADIUS + 0.75)


def paint_label(
    painter: QPainter, words: str, middle: QPointF, look: Look, outlines: bool, tone: LabelTone = "plain"
) -> None:
    """The shape on a wire, on a backing of the canvas's colour."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    width = look.advance(look.label, words)
    box = QRectF(middle.x() - width / 2 - 6, middle.y() - 8.5, width + 12, 17)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.label_back)
    painter.drawRoundedRect(box, 6, 6)
    painter.setPen(look.label_pens[tone])
    text(painter, QPointF(box.left() + 6, middle.y() + 4), look.label, words, outlines)
