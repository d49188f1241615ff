"""Cards and labels drawn once and blitted from then on, sharp at every zoom and screen."""

from __future__ import annotations

from collections import OrderedDict
from math import floor
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap, QTransform

from designer.ui.canvas.card import Card
from designer.ui.canvas.look import LabelTone, Look
from designer.ui.canvas.metrics import FLAT_BELOW, MARGIN, label_growth
from designer.ui.canvas.paint import paint_card, paint_flat, paint_label, paint_ring

if TYPE_CHECKING:
    from designer.ui.canvas.items import BlockItem

__all__ = ["Pixmaps"]

MOST_BYTES = 96 << 20
_IDENTITY = QTransform()
_Drawn = tuple[float, tuple[int, str], QPixmap]  # at what scale, with which tint and figure


class Pixmaps:
    """The cache of one scene, least recently used out first.

    While ``coarse`` (a zoom gesture is under way) pictures of another scale are stretched rather than drawn anew.
    """

    def __init__(self, look: Look) -> None:
        self.look = look
        self.coarse = False
        self._cards: OrderedDict[str, _Drawn] = OrderedDict()
        self._rings: dict[tuple[float, float], tuple[float, QPixmap]] = {}
        self._labels: dict[tuple[str, LabelTone], tuple[float, QPixmap]] = {}
        self._bytes = 0

    def clear(self, look: Look | None = None) -> None:
        """Forget everything, and draw with another look from now on."""
        self.look = look or self.look
        self._cards.clear()
        self._labels.clear()
        self._rings.clear()
        self._bytes = 0

    def forget(self, item: BlockItem) -> None:
        """Draw this block anew when it is next seen."""
        found = self._cards.pop(item.card.name, None)
        if found:
            self._bytes -= _bytes(found[2])

    def blit(self, painter: QPainter, item: BlockItem) -> None:
        """Draw a block's card; the painter stands at the card's corner."""
        transform = painter.worldTransform()
        ratio = painter.device().devicePixelRatioF()
        scale = transform.m11() * ratio
        card = item.card
        scene = item.canvas
        tint, figure = scene.tints.get(card.name), scene.figures.get(card.name, "")
        dress = (tint.rgba() if tint is not None else 0, figure)
        found = self._cards.get(card.name)
        if found is None or found[1] != dress or (found[0] != scale and not self.coarse):
            self.forget(item)
            found = (scale, dress, self._draw(card, transform.m11(), scale, tint, figure))
            self._keep(card.name, found)
        else:
            self._cards.move_to_end(card.name)
        pixmap = found[2]
        if found[0] != scale:
            target = QRectF(-MARGIN, -MARGIN, card.width + 2 * MARGIN, card.height + 2 * MARGIN)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(target, pixmap, QRectF(pixmap.rect()))
            return
        _put(painter, transform, transform.map(QPointF(-MARGIN, -MARGIN)), ratio, pixmap)

    def _draw(self, card: Card, zoom: float, scale: float, tint: QColor | None, figure: str) -> QPixmap:
        pixmap = _blank(card.width + 2 * MARGIN, card.height + 2 * MARGIN, scale)
        with QPainter(pixmap) as inner:
            inner.scale(scale, scale)
            inner.translate(MARGIN, MARGIN)
            if zoom < FLAT_BELOW:
                paint_flat(inner, card, self.look, zoom, tint, figure)
            else:
                paint_card(inner, card, self.look, False, tint, figure)
        return pixmap

    def blit_ring(self, painter: QPainter, item: BlockItem) -> None:
        """Draw what surrounds a selected card; the painter stands at the card's corner."""
        width, height = item.card.width, item.card.height
        if item.canvas.outlines is not None:
            paint_ring(painter, width, height, self.look)
            return
        transform = painter.worldTransform()
        ratio = painter.device().devicePixelRatioF()
        scale = transform.m11() * ratio
        found = self._rings.get((width, height))
        if found is None or found[0] != scale:
            pixmap = _blank(width + 2 * MARGIN, height + 2 * MARGIN, scale)
            with QPainter(pixmap) as inner:
                inner.scale(scale, scale)
                inner.translate(MARGIN, MARGIN)
                paint_ring(inner, width, height, self.look)
            found = self._rings[width, height] = (scale, pixmap)
        _put(painter, transform, transform.map(QPointF(-MARGIN, -MARGIN)), ratio, found[1])

    def blit_label(self, painter: QPainter, words: str, middle: QPointF, tone: LabelTone) -> None:
        """Draw a wire's label around a point, larger than life where it could not be read otherwise."""
        transform = painter.worldTransform()
        ratio = painter.device().devicePixelRatioF()
        scale = transform.m11() * label_growth(transform.m11()) * ratio
        found = self._labels.get((words, tone))
        if found is None or found[0] != scale:
            if len(self._labels) > 500:
                self._labels.clear()
            width = self.look.advance(self.look.label, words) + 16
            pixmap = _blank(width, 20, scale)
            with QPainter(pixmap) as inner:
                inner.scale(scale, scale)
                paint_label(inner, words, QPointF(width / 2, 10), self.look, False, tone)
            found = self._labels[(words, tone)] = (scale, pixmap)
        pixmap = found[1]
        at = transform.map(middle) - QPointF(pixmap.width() / 2, pixmap.height() / 2) / ratio
        _put(painter, transform, at, ratio, pixmap)

    def _keep(self, name: str, found: _Drawn) -> None:
        self._cards[name] = found
        self._bytes += _bytes(found[2])
        while self._bytes > MOST_BYTES and len(self._cards) > 1:
            _, old = self._cards.popitem(last=False)
            self._bytes -= _bytes(old[2])


def _put(painter: QPainter, transform: QTransform, at: QPointF, ratio: float, pixmap: QPixmap) -> None:
    # On whole device pixels, one to one: sharp, and the fast way through the raster engine.
    painter.setWorldTransform(_IDENTITY)
    pixmap.setDevicePixelRatio(ratio)
    # Not `round`, which rounds halves to even numbers: scrolled by a pixel, a card would move by two.
    painter.drawPixmap(QPointF(floor(at.x() * ratio + 0.5) / ratio, floor(at.y() * ratio + 0.5) / ratio), pixmap)
    painter.setWorldTransform(transform)


def _blank(width: float, height: float, scale: float) -> QPixmap:
    pixmap = QPixmap(max(1, round(width * scale)), max(1, round(height * scale)))
    pixmap.fill(Qt.GlobalColor.transparent)
    return pixmap


def _bytes(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
