"""Draws the palette's lines, and what hangs at the cursor while a block is dragged."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from designer.blocks.spec import Block
from designer.ui.canvas.glyphs import glyph
from designer.ui.canvas.look import mix
from designer.ui.panels.palette_rows import Row
from designer.ui.theme import font, group_colour, theme

__all__ = ["FOLDED", "ROW", "RowPainter", "chip", "paint_tile"]

_Index = QModelIndex | QPersistentModelIndex
ROW, FOLDED = int(Qt.ItemDataRole.UserRole), int(Qt.ItemDataRole.UserRole) + 1
HEAD_HEIGHT, BLOCK_HEIGHT = 32, 32


def paint_tile(painter: QPainter, square: QRectF, block: Block) -> None:
    """The picture of a kind of block on its tile."""
    colour = group_colour(block.group)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(mix(colour, theme().raised, 0.17 if theme().dark else 0.13))
    painter.drawRoundedRect(square, 6, 6)
    path, line = glyph(block.type, block.group, block.title)
    painter.save()
    painter.translate(square.center())
    painter.scale(square.width() / 34, square.width() / 34)
    if line:
        pen = QPen(colour, 2.6)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(path, pen)
    else:
        painter.fillPath(path, colour)
    painter.restore()


class RowPainter(QStyledItemDelegate):
    """Paints headings and blocks."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """One height for each kind."""
        row = index.data(ROW)
        return QSize(120, BLOCK_HEIGHT if row.block else HEAD_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """One line of the list."""
        row: Row = index.data(ROW)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(option.rect)
        state = option.state
        self._ground(painter, area, state)
        if row.block is not None:
            self._block(painter, area, row, row.block)
        else:
            self._head(painter, area, row, index)
        painter.restore()

    def _ground(self, painter: QPainter, area: QRectF, state: QStyle.StateFlag) -> None:
        t = theme()
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if not selected and not state & QStyle.StateFlag.State_MouseOver:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        if selected and state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(t.accent, 1))
        painter.setBrush(t.accent_soft if selected else t.hover)
        painter.drawRoundedRect(area.adjusted(6.5, 1.5, -6.5, -1.5), 6, 6)

    def _block(self, painter: QPainter, area: QRectF, row: Row, block: Block) -> None:
        t = theme()
        paint_tile(painter, QRectF(area.left() + 14, area.center().y() - 12, 24, 24), block)
        words = area.adjusted(48, 0, -14, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        if row.found:
            painter.setFont(font("small"))
            painter.setPen(t.muted)
            width = painter.fontMetrics().horizontalAdvance(row.group)
            title = _width(block.title)
            if width + title + 12 < words.width():
                painter.drawText(words, middle | Qt.AlignmentFlag.AlignRight, row.group)
        painter.setFont(font("ui"))
        painter.setPen(t.text)
        room = round(words.width())
        painter.drawText(
            words, middle, painter.fontMetrics().elidedText(block.title, Qt.TextElideMode.ElideRight, room)
        )

    def _head(self, painter: QPainter, area: QRectF, row: Row, index: _Index) -> None:
        t = theme()
        middle = Qt.AlignmentFlag.AlignVCenter
        if row.note:
            painter.setPen(t.muted)
            painter.setFont(font("ui"))
            painter.drawText(area.adjusted(16, 0, -12, 0), middle, row.note)
            return
        folded = bool(index.data(FOLDED))
        at = QPointF(area.left() + 18, area.center().y() + 2)
        painter.setPen(QPen(t.muted, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        tip, a, b = (
            (QPointF(2, 0), QPointF(-1.5, -3.5), QPointF(-1.5, 3.5))
            if folded
            else (
                QPointF(0, 2),
                QPointF(-3.5, -1.5),
                QPointF(3.5, -1.5),
            )
        )
        painter.drawPolyline([at + a, at + tip, at + b])
        face = font("small")
        face.setWeight(face.Weight.DemiBold)
        painter.setFont(face)
        painter.setPen(t.muted)
        words = area.adjusted(30, 4, -16, 0)
        painter.drawText(words, middle, row.group)
        painter.setFont(font("small"))
        painter.drawText(words, middle | Qt.AlignmentFlag.AlignRight, str(row.count))


def _width(words: str) -> int:
    return QFontMetrics(font("ui")).horizontalAdvance(words)


def chip(block: Block, ratio: float) -> QPixmap:
    """What hangs at the cursor while a block is dragged."""
    width, height = _width(block.title) + 56, 36
    pixmap = QPixmap(round(width * ratio), round(height * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme().outline, 1))
        painter.setBrush(theme().raised)
        painter.drawRoundedRect(QRectF(0.5, 0.5, width - 1, height - 1), 8, 8)
        paint_tile(painter, QRectF(6, 6, 24, 24), block)
        painter.setFont(font("ui"))
        painter.setPen(theme().text)
        painter.drawText(QRectF(40, 0, width - 44, height), Qt.AlignmentFlag.AlignVCenter, block.title)
    return pixmap
