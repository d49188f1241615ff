"""A grid of thumbnails for any number of items: only what is seen is painted, and only that is asked for."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from designer.jobs.browsing import Tile
from designer.ui import theme as themes
from designer.ui.data.tiles import Shelf, Thumb

__all__ = ["ThumbGrid"]

_PAD, _GAP, _WORDS = 10, 8, 20
_PAUSE = 30  # ms of rest before what is seen is asked for
SIZES = (64, 96, 144)


class ThumbGrid(QAbstractScrollArea):
    """``wanted`` carries the numbers whose thumbnails are missing, and how large they are to be; ``picked`` an item.

    ``menuAsked`` carries an item and a place on the screen, ``opened`` one that was double-clicked.
    """

    wanted = Signal(list, int)
    picked = Signal(int)
    opened = Signal(int)
    menuAsked = Signal(int, QPoint)  # noqa: N815

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Samples")
        self.viewport().setMouseTracking(True)
        self.shelf = Shelf()
        self.numbers: npt.NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self.side = SIZES[1]
        self.current = -1  # a place in the grid
        self.empty_words = ""
        self._marks: npt.NDArray[np.uint8] | None = None
        self._asked: set[int] = set()
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE)
        self._pause.timeout.connect(self._ask)
        self.verticalScrollBar().valueChanged.connect(self._moved)
        themes.notifier().changed.connect(self._dress)

    # --- what is shown ---------------------------------------------------------------------------------------

    def show_numbers(self, numbers: npt.NDArray[np.int64]) -> None:
        """Show these items, in this order; the chosen one stays chosen where it is among them."""
        chosen = self.number()
        self.numbers = numbers
        places = np.flatnonzero(numbers == chosen).tolist() if chosen >= 0 else []
        self.current = places[0] if places else -1
        self._measure()
        self.verticalScrollBar().setValue(0)
        if self.current >= 0:
            self._reveal()
        self._seen_soon()

    def show_validation(self, marks: npt.NDArray[np.uint8] | None) -> None:
        """Which items are marked as kept for validation (by number)."""
        self._marks = marks
        self.viewport().update()

    def set_side(self, side: int) -> None:
        """How large thumbnails are."""
        self.side = side
        self._dress()
        self._measure()
        self._reveal()

    def clear(self) -> None:
        """Nothing to show."""
        self.current = -1
        self.shelf.clear()
        self._asked.clear()
        self.show_numbers(np.empty(0, dtype=np.int64))

    def number(self) -> int:
        """The chosen item; -1: none."""
        return int(self.numbers[self.current]) if 0 <= self.current < len(self.numbers) else -1

    def take(self, tiles: Iterable[Tile]) -> None:
        """Thumbnails that came."""
        for tile in tiles:
            self.shelf.put(tile, QSize(self.side, self.side), self.devicePixelRatioF())
            self._asked.discard(tile.number)
        self.viewport().update()

    def stop(self) -> None:
        """Ask for nothing any more."""
        self._pause.stop()

    # --- where things are --------------------------------------------------------------------------------------

    @property
    def columns(self) -> int:
        """Items in a row."""
        return max(1, (self.viewport().width() - 2 * _PAD + _GAP) // (self.side + _GAP))

    @property
    def row_height(self) -> int:
        """From one row to the next."""
        return self.side + _WORDS + _GAP

    def rect_of(self, place: int) -> QRect:
        """Where an item lies in the viewport."""
        row, column = divmod(place, self.columns)
        top = _PAD + row * self.row_height - self.verticalScrollBar().value()
        return QRect(_PAD + column * (self.side + _GAP), top, self.side, self.side + _WORDS)

    def place_at(self, at: QPoint) -> int:
        """The item at a point of the viewport; -1: none."""
        row = (at.y() + self.verticalScrollBar().value() - _PAD) // self.row_height
        column = (at.x() - _PAD) // (self.side + _GAP)
        place = row * self.columns + column
        inside = 0 <= column < self.columns and 0 <= place < len(self.numbers) and row >= 0
        return place if inside and self.rect_of(place).contains(at) else -1

    def seen(self, more: int = 0) -> range:
        """The places that can be seen, and so many screens above and below."""
        height, at = self.viewport().height(), self.verticalScrollBar().value()
        first = max(0, (at - _PAD - more * height) // self.row_height)
        last = (at + (1 + more) * height - _PAD) // self.row_height
        return range(first * self.columns, min(len(self.numbers), (last + 1) * self.columns))

    def _measure(self) -> None:
        rows = -(-len(self.numbers) // self.columns)
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, rows * self.row_height + 2 * _PAD - _GAP - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(max(1, self.row_height // 3))
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Flow anew, with the same items in sight."""
        first = self.seen().start
        super().resizeEvent(event)
        self._measure()
        self.verticalScrollBar().setValue(first // self.columns * self.row_height)
        self._seen_soon()

    def _moved(self, _value: int) -> None:
        self.viewport().update()
        self._seen_soon()

    # --- what is missing -----------------------------------------------------------------------------------------

    def _seen_soon(self) -> None:
        if not self._pause.isActive():
            self._pause.start()

    def _ask(self) -> None:
        """What is seen first, then what is near it."""
        seen = self.seen()
        near = self.seen(1)
        places = [*seen, *range(seen.stop, near.stop), *range(near.start, seen.start)]
        missing = [n for n in map(int, self.numbers[places]) if n not in self.shelf] if places else []
        if missing and not self._asked.issuperset(missing):
            self._asked = set(missing)
            self.wanted.emit(missing, round(self.side * self.devicePixelRatioF()))

    def _dress(self) -> None:
        self.shelf.clear()
        self._asked.clear()
        self.viewport().update()
        self._seen_soon()

    # --- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """The items that can be seen."""
        with QPainter(self.viewport()) as painter:
            painter.setFont(themes.font("small"))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if not len(self.numbers):
                painter.setPen(themes.theme().muted)
                painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, self.empty_words)
                return
            for place in self.seen():
                rect = self.rect_of(place)
                if rect.intersects(event.rect()):
                    self._paint(painter, place, rect)

    def _paint(self, painter: QPainter, place: int, rect: QRect) -> None:
        t, number = themes.theme(), int(self.numbers[place])
        thumb = self.shelf.get(number)
        box = QRect(rect.left(), rect.top(), self.side, self.side)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(t.bad_soft if thumb is not None and thumb.why else t.hover if thumb is None else t.raised)
        painter.drawRoundedRect(box, 4, 4)
        if thumb is not None:
            self._paint_thumb(painter, thumb, box)
            line = painter.fontMetrics().elidedText(
                thumb.target, Qt.TextElideMode.ElideRight, self.side - (12 if self._kept(number) else 0)
            )
            painter.setPen(t.bad if thumb.why else t.muted)
            below = QRect(rect.left(), box.bottom() + 2, self.side, _WORDS - 2)
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft, line)
        if self._kept(number):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(t.series[1])
            painter.drawEllipse(QPoint(rect.right() - 4, box.bottom() + _WORDS // 2 + 1), 3, 3)
        if place == self.current:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(t.accent if self.hasFocus() else t.outline, 2))
            painter.drawRoundedRect(box.adjusted(-2, -2, 2, 2), 5, 5)

    def _paint_thumb(self, painter: QPainter, thumb: Thumb, box: QRect) -> None:
        if thumb.picture is None:
            themes.icon("mdi6.image-broken-variant", "bad").paint(painter, box.adjusted(18, 18, -18, -18))
            return
        size = thumb.picture.deviceIndependentSize().toSize()
        at = QPoint(box.left() + (self.side - size.width()) // 2, box.top() + (self.side - size.height()) // 2)
        painter.drawPixmap(at, thumb.picture)

    def _kept(self, number: int) -> bool:
        return self._marks is not None and number < len(self._marks) and self._marks[number] == 1

    # --- hands ---------------------------------------------------------------------------------------------------

    def choose(self, place: int) -> None:
        """Choose an item and bring it into sight."""
        if not len(self.numbers):
            return
        self.current = min(max(0, place), len(self.numbers) - 1)
        self._reveal()
        self.viewport().update()
        thumb = self.shelf.get(self.number())
        self.setAccessibleDescription(f"{thumb.target}, {thumb.name}" if thumb else f"Sample {self.number()}")
        self.picked.emit(self.number())

    def _reveal(self) -> None:
        if self.current < 0:
            return
        rect, bar = self.rect_of(self.current), self.verticalScrollBar()
        if rect.top() < _PAD:
            bar.setValue(bar.value() + rect.top() - _PAD)
        elif rect.bottom() > self.viewport().height() - _PAD:
            bar.setValue(bar.value() + rect.bottom() - self.viewport().height() + _PAD)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, pages, ends; Enter opens."""
        page = max(1, self.viewport().height() // self.row_height) * self.columns
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self.columns,
            Qt.Key.Key_Down: self.columns,
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_Home: -len(self.numbers),
            Qt.Key.Key_End: len(self.numbers),
        }
        key = Qt.Key(event.key())
        if key in steps:
            self.choose(self.current + steps[key] if self.current >= 0 else 0)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current >= 0:
            self.opened.emit(self.number())
        elif key == Qt.Key.Key_Menu and self.current >= 0:
            self.menuAsked.emit(self.number(), self.viewport().mapToGlobal(self.rect_of(self.current).center()))
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose."""
        place = self.place_at(event.position().toPoint())
        if place >= 0:
            self.choose(place)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The press was meant."""
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open."""
        if self.place_at(event.position().toPoint()) >= 0:
            self.opened.emit(self.number())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with an item."""
        place = self.place_at(event.pos())
        if place >= 0:
            self.choose(place)
            self.menuAsked.emit(self.number(), event.globalPos())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The frame of the chosen item tells where the keyboard is."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """As above."""
        super().focusOutEvent(event)
        self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        """The name of what the mouse is on."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self.place_at(event.pos())
            thumb = self.shelf.get(int(self.numbers[place])) if place >= 0 else None
            if thumb is None:
                QToolTip.hideText()
            else:
                side = "\nKept for validation" if self._kept(int(self.numbers[place])) else ""
                why = f"\nCannot be read: {thumb.why}" if thumb.why else ""
                QToolTip.showText(event.globalPos(), f"{thumb.target}\n{thumb.name}{side}{why}", self.viewport())
            return True
        return super().viewportEvent(event)
