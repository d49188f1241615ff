"""The lines of a picker: what they say, and how they are painted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QTextLayout
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from designer.graph.composites import offered
from designer.ui.panels.palette_paint import paint_tile
from designer.ui.theme import font, icon, theme

__all__ = ["ROW", "Row", "RowPainter"]

_Index = QModelIndex | QPersistentModelIndex
ROW = int(Qt.ItemDataRole.UserRole)
Tone = Literal["", "faded", "error", "warning"]
LEFT, RIGHT, TEXT = 14, 14, 48
LINE, BIG, HEAD = 32, 44, 26


@dataclass(frozen=True)
class Row:
    """One line. Without a ``value`` it is only read. ``hits`` are the letters of the title that were typed.

    ``aside`` stands behind the title, ``help`` below it, ``right`` at the edge; ``block`` is the type whose picture
    stands before it, ``icon`` another picture.
    """

    title: str
    help: str = ""
    right: str = ""
    aside: str = ""
    tone: Tone = ""
    hits: tuple[int, ...] = ()
    block: str = ""
    icon: str = ""
    value: object = None
    heading: bool = False
    wraps: bool = False  # the help is a sentence to be read to its end
    code: bool = False  # the title is something to type

    @property
    def spoken(self) -> str:
        """What a screen reader says."""
        return ". ".join(part for part in (self.title, self.aside, self.right, self.help) if part)


class RowPainter(QStyledItemDelegate):
    """Paints rows in the colours of the theme."""

    def __init__(self, view: QListView) -> None:
        super().__init__(view)
        self._list = view

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """High enough for one line, two, or a sentence."""
        row: Row = index.data(ROW)
        width = max(160, self._list.viewport().width())
        if row.heading:
            return QSize(width, HEAD)
        if not row.help:
            return QSize(width, LINE)
        if not row.wraps:
            return QSize(width, BIG)
        return QSize(width, LINE - 4 + self._sentence(row.help, width).height() + 8)

    def _sentence(self, text: str, width: int) -> QSize:
        room = QRectF(0, 0, width - TEXT - RIGHT, 1000).toRect()
        return QFontMetrics(font("small")).boundingRect(room, Qt.TextFlag.TextWordWrap, text).size()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """One line of the list."""
        row: Row = index.data(ROW)
        area, state = QRectF(option.rect), option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.heading:
            painter.setFont(font("small"))
            painter.setPen(theme().muted)
            painter.drawText(area.adjusted(LEFT, 4, -RIGHT, 0), Qt.AlignmentFlag.AlignVCenter, row.title)
        else:
            self._ground(painter, area, row, state)
            self._words(painter, area, row)
        painter.restore()

    def _ground(self, painter: QPainter, area: QRectF, row: Row, state: QStyle.StateFlag) -> None:
        t = theme()
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        over = bool(state & QStyle.StateFlag.State_MouseOver) and row.value is not None
        if chosen or over:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(t.accent_soft if chosen else t.hover)
            painter.drawRoundedRect(area.adjusted(6, 1, -6, -1), 6, 6)

    def _words(self, painter: QPainter, area: QRectF, row: Row) -> None:
        t = theme()
        first = QRectF(area.left(), area.top() + (2 if row.help else 0), area.width(), LINE - 4 if row.help else LINE)
        self._picture(painter, QRectF(area.left(), area.top(), area.width(), BIG if row.help else LINE), row)
        left, right = area.left() + TEXT, area.right() - RIGHT
        if row.right:
            painter.setFont(font("small"))
            painter.setPen(t.muted)
            width = painter.fontMetrics().horizontalAdvance(row.right)
            painter.drawText(QRectF(right - width, first.top(), width, first.height()), _MIDDLE, row.right)
            right -= width + 12
        left += self._title(painter, QRectF(left, first.top(), right - left, first.height()), row) + 10
        painter.setFont(font("small"))
        if row.aside and right - left > 24:
            painter.setPen(t.muted)
            shown = painter.fontMetrics().elidedText(row.aside, Qt.TextElideMode.ElideRight, int(right - left))
            painter.drawText(QRectF(left, first.top(), right - left, first.height()), _MIDDLE, shown)
        if row.help:
            self._help(painter, QRectF(area.left() + TEXT, first.bottom() - 4, 0, 0), area, row)

    def _title(self, painter: QPainter, room: QRectF, row: Row) -> float:
        """The title with the typed letters in bold; its width."""
        t = theme()
        face = font("mono" if row.code else "ui")
        if row.code:
            face.setPixelSize(13)
        text = QFontMetrics(face).elidedText(row.title, Qt.TextElideMode.ElideRight, int(room.width()))
        colour = t.muted if row.tone == "faded" else t.text
        layout = QTextLayout(text, face)
        layout.setFormats([_emphasis(i, t.accent) for i in row.hits if i < len(text)])
        layout.beginLayout()
        line = layout.createLine()
        layout.endLayout()
        painter.setPen(colour)
        layout.draw(painter, QPointF(room.left(), room.center().y() - line.height() / 2))
        return float(line.naturalTextWidth())

    def _help(self, painter: QPainter, at: QRectF, area: QRectF, row: Row) -> None:
        t = theme()
        painter.setFont(font("small"))
        painter.setPen({"error": t.bad, "warning": t.warn}.get(row.tone, t.muted))
        width = area.right() - RIGHT - at.left()
        if row.wraps:
            room = QRectF(at.left(), at.top(), width, area.bottom() - at.top())
            painter.drawText(room, int(Qt.TextFlag.TextWordWrap), row.help)
            return
        shown = painter.fontMetrics().elidedText(row.help, Qt.TextElideMode.ElideRight, int(width))
        painter.drawText(QRectF(at.left(), at.top(), width, 16), _MIDDLE, shown)

    def _picture(self, painter: QPainter, area: QRectF, row: Row) -> None:
        middle = QPointF(area.left() + LEFT + 12, area.center().y())
        if row.block:
            painter.save()
            painter.setOpacity(0.55 if row.tone == "faded" else 1.0)
            paint_tile(painter, QRectF(middle.x() - 12, middle.y() - 12, 24, 24), offered()[row.block])
            painter.restore()
        elif row.icon:
            role = {"error": "bad", "warning": "warn", "faded": "muted"}.get(row.tone, "muted")
            icon(row.icon, role).paint(painter, QRectF(middle.x() - 9, middle.y() - 9, 18, 18).toRect())


_MIDDLE = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)


def _emphasis(at: int, colour: QColor) -> QTextLayout.FormatRange:
    part = QTextLayout.FormatRange()
    part.start, part.length = at, 1
    part.format.setFontWeight(QFont.Weight.DemiBold)
    part.format.setForeground(QPen(colour).brush())
    return part
