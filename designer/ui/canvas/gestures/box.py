"""Select with a rubber band."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from designer.ui.canvas.gestures.base import Gesture, Press, starter

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["BoxSelect"]


class _Band(QGraphicsRectItem):
    def __init__(self, start: QPointF, colour: QColor) -> None:
        super().__init__(QRectF(start, start))
        fill = QColor(colour)
        fill.setAlpha(28)
        pen = QPen(colour, 1)
        pen.setCosmetic(True)
        self.setPen(pen)
        self.setBrush(fill)
        self.setZValue(100)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setPen(self.pen())
        painter.setBrush(self.brush())
        painter.drawRect(self.rect())


class BoxSelect(Gesture):
    """Selects what the band touches, as it is drawn; with Shift or Ctrl, in addition to what was selected."""

    def __init__(self, view: CanvasView, start: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        super().__init__(view)
        self._start = start
        self._before = frozenset(self.scene.selection)
        adding = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
        self._kept = self._before if modifiers & adding else frozenset[str]()
        self._notes_before = frozenset(self.scene.sheets.chosen)
        self._notes_kept = self._notes_before if modifiers & adding else frozenset[str]()
        self._band = _Band(start, self.scene.look.theme.selection)
        self.scene.lay_over(self._band)

    @property
    def rect(self) -> QRectF:
        """The band, on the scene."""
        return self._band.rect()

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Stretch the band."""
        rect = QRectF(self._start, at).normalized()
        self._band.setRect(rect)
        notes = self._notes_kept | self.scene.sheets.within(rect)
        self.scene.select(self._kept | set(self.scene.cells.within(rect)), (), notes)
        self.view.refresh_far()

    def end(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Keep what is selected."""
        self.move(at, modifiers)
        self._away()

    def cancel(self) -> None:
        """Select what was selected before."""
        self.scene.select(self._before, (), self._notes_before)
        self._away()

    def _away(self) -> None:
        self.scene.take_off(self._band)
        self.view.refresh_far()


@starter("press", 90, ("Drag on empty canvas", "Select with a band; with Shift or Ctrl in addition"))
def box(view: CanvasView, press: Press) -> Gesture | None:
    """A press on empty paper."""
    return BoxSelect(view, press.at, press.modifiers) if press.left and press.under is None else None
