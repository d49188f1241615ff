"""The list of steps: a switch, a name and what is set in each line; moved by dragging and by Alt and the arrows."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from designer.data.augment.plan import Plan
from designer.data.augment.words import detail
from designer.ui.theme import font, notifier, theme

__all__ = ["StepList"]

_HEIGHT, _SWITCH, _GRIP, _BETWEEN = 46, 44, 22, 1
_PITCH = _HEIGHT + 2 * _BETWEEN
_OFF, _MIXES, _BAD = (Qt.ItemDataRole.UserRole + n for n in range(3))
Index = QModelIndex | QPersistentModelIndex


class StepList(QListWidget):
    """``moved(from, to)``, ``switched(row)`` and ``removed(row)`` say what a person wants; `show_plan` does it."""

    moved = Signal(int, int)
    switched = Signal(int)
    removed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setItemDelegate(_Lines(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setStyleSheet("QListView { background: transparent; } QListView::item { padding: 0; }")
        self.setSpacing(_BETWEEN)
        self.setAccessibleName("Steps of the augmentation")
        self.setToolTip("Drag a step to another place, or press Alt and an arrow key; Space switches it off and on")
        self._from: int | None = None  # the row that the mouse holds
        self._pressed = QRect()
        self._dragging = False
        notifier().changed.connect(self.viewport().update)

    def show_plan(self, plan: Plan, bad: set[int]) -> None:
        """Show these lines; those in ``bad`` are marked."""
        while self.count() > len(plan.rows):
            self.takeItem(self.count() - 1)
        while self.count() < len(plan.rows):
            self.addItem(QListWidgetItem())
        for at, row in enumerate(plan.rows):
            item = self.item(at)
            told = detail(row.step, {name: value for name, value in row.params.items()})  # type: ignore[misc]  # noqa: C416
            item.setText(row.step.title)
            item.setToolTip(f"{row.step.help}\n{told}".strip())
            item.setData(Qt.ItemDataRole.StatusTipRole, told)
            item.setData(_OFF, row.off)
            item.setData(_MIXES, row.mixes)
            item.setData(_BAD, at in bad)
            state = "off" if row.off else "on"
            place = f"{at + 1} of {len(plan.rows)}"
            item.setData(
                Qt.ItemDataRole.AccessibleTextRole, f"{row.step.title}, {told or 'nothing to set'}, {state}, {place}"
            )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Alt and an arrow move a step, Space switches it, Delete takes it out; Escape ends a drag."""
        at, key = self.currentRow(), event.key()
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        if key == Qt.Key.Key_Escape and self._dragging and self._from is not None:
            start, self._from, self._dragging = self._from, None, False
            self.moved.emit(start, start)  # everything goes back to its place
        elif at >= 0 and alt and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            to = at + (1 if key == Qt.Key.Key_Down else -1)
            if 0 <= to < self.count():
                self.moved.emit(at, to)
        elif at >= 0 and key == Qt.Key.Key_Space:
            self.switched.emit(at)
        elif at >= 0 and key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(at)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a line, or switch it."""
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            place = self.visualRect(index)
            if event.position().x() > place.right() - _SWITCH:
                self.setCurrentRow(index.row())
                self.switched.emit(index.row())
                return
            self._from, self._pressed = index.row(), QRect(event.position().toPoint(), QSize(1, 1))
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Carry a line along."""
        if self._from is None:
            super().mouseMoveEvent(event)
            return
        point = event.position().toPoint()
        if (point - self._pressed.topLeft()).manhattanLength() >= QApplication.startDragDistance():
            self._dragging = True
        if self._dragging:
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            to = self._row_at(point.y())
            at = self.currentRow()
            if to != at:
                item = self.takeItem(at)
                self.insertItem(to, item)
                self.setCurrentRow(to)
                self.scrollToItem(item)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of it."""
        start, dragged = self._from, self._dragging
        self._from, self._dragging = None, False
        self.viewport().unsetCursor()
        if dragged and start is not None:
            self.moved.emit(start, self.currentRow())
            return
        super().mouseReleaseEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with a step."""
        at = self.indexAt(event.pos()).row()
        if at < 0:
            return
        self.setCurrentRow(at)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        off = bool(self.item(at).data(_OFF))
        menu.addAction("Switch on" if off else "Switch off").triggered.connect(lambda: self.switched.emit(at))
        up, down = menu.addAction("Move up"), menu.addAction("Move down")
        up.setEnabled(at > 0)
        down.setEnabled(at < self.count() - 1)
        up.triggered.connect(lambda: self.moved.emit(at, at - 1))
        down.triggered.connect(lambda: self.moved.emit(at, at + 1))
        menu.addSeparator()
        menu.addAction("Remove").triggered.connect(lambda: self.removed.emit(at))
        menu.popup(event.globalPos())

    def _row_at(self, y: int) -> int:
        """The line that the mouse is at, among those that the held one may stand between."""
        top = self.visualItemRect(self.item(0)).top()
        mixing = [at for at in range(self.count()) if self.item(at).data(_MIXES)]
        first, last = 0, self.count() - 1
        if self.currentItem().data(_MIXES):
            first = mixing[0]
        elif mixing:
            last = mixing[0] - 1
        return max(first, min((y - top) // _PITCH, last))


class _Lines(QStyledItemDelegate):
    """Grip, name over what is set, switch."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All lines are as high as two lines of words."""
        return QSize(120, _HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """In the colours of the theme."""
        now, box = theme(), QRectF(option.rect).adjusted(1, 1, -1, -1)
        view = self.parent()
        assert isinstance(view, StepList)
        current = view.currentRow() == index.row()
        off, bad = bool(index.data(_OFF)), bool(index.data(_BAD))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = now.accent if current and view.hasFocus() else now.border
        painter.setPen(QPen(ring, 1))
        painter.setBrush(now.accent_soft if current else now.raised)
        painter.drawRoundedRect(box, 6, 6)
        self._grip(painter, box, bool(index.data(_MIXES)))
        words = box.adjusted(_GRIP + 4, 5, -_SWITCH - 4, -5)
        painter.setPen(now.bad if bad else now.muted if off else now.text)
        painter.setFont(font("medium"))
        title, told = str(index.data()), str(index.data(Qt.ItemDataRole.StatusTipRole) or "")
        upper = words if not told else words.adjusted(0, 0, 0, -words.height() / 2)
        self._words(painter, upper, title)
        painter.setPen(now.muted)
        painter.setFont(font("small"))
        self._words(painter, words.adjusted(0, words.height() / 2, 0, 0), told)
        self._switch(painter, box, not off)
        painter.restore()

    @staticmethod
    def _words(painter: QPainter, place: QRectF, text: str) -> None:
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(place.width()))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    @staticmethod
    def _grip(painter: QPainter, box: QRectF, fixed: bool) -> None:
        """Six dots; none where a line has its place at the end."""
        if fixed:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().wire)
        for across in (0, 5):
            for down in (-5, 0, 5):
                painter.drawEllipse(QRectF(box.left() + 9 + across, box.center().y() + down - 1, 2.4, 2.4))

    @staticmethod
    def _switch(painter: QPainter, box: QRectF, on: bool) -> None:
        now = theme()
        pill = QRectF(box.right() - _SWITCH + 4, box.center().y() - 8, 30, 16)
        painter.setPen(QPen(now.accent if on else now.muted, 1))
        painter.setBrush(now.accent if on else now.field)
        painter.drawRoundedRect(pill, 8, 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(now.on_accent if on else now.muted)
        painter.drawEllipse(QRectF(pill.right() - 14 if on else pill.left() + 3, pill.top() + 3, 10, 10))
