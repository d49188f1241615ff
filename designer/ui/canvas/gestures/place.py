"""Bring a new block in from the palette."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from designer.graph.composites import offered
from designer.graph.model import Wire
from designer.ui.canvas.card import Card, new_card
from designer.ui.canvas.gestures.base import Gesture
from designer.ui.canvas.hits import wire_at
from designer.ui.canvas.metrics import snapped
from designer.ui.canvas.paint import paint_card

if TYPE_CHECKING:
    from designer.ui.canvas.scene import CanvasScene
    from designer.ui.canvas.view import CanvasView

__all__ = ["PlaceBlock"]


class _Preview(QGraphicsRectItem):
    """The block as it will lie."""

    def __init__(self, card: Card, scene: CanvasScene) -> None:
        super().__init__()
        self.card = card
        self._look = scene.look
        self.setPen(QPen(Qt.PenStyle.NoPen))
        self.setRect(QRectF(0, 0, card.width, card.height).adjusted(-12, -12, 12, 12))
        self.setZValue(60)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setOpacity(0.72)
        paint_card(painter, self.card, self._look)


class PlaceBlock(Gesture):
    """Shows the block under the cursor; dropped on a wire that it fits, it goes into the wire."""

    def __init__(self, view: CanvasView, block_type: str) -> None:
        super().__init__(view)
        self.type = block_type
        self._preview = _Preview(new_card(view.document, block_type), self.scene)
        self._into: Wire | None = None
        self.scene.lay_over(self._preview)

    def _corner(self, at: QPointF) -> QPointF:
        card = self._preview.card
        return snapped(at - QPointF(card.width / 2, card.height / 2))

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Follow the cursor."""
        self._preview.setPos(self._corner(at))
        self._aim(self._wire_under(at))
        self.view.hint.say("Insert into this wire" if self._into else "", "good", self.view.mapFromScene(at))
        self.view.refresh_far()

    def _wire_under(self, at: QPointF) -> Wire | None:
        block = offered()[self.type]
        if len(block.inputs) != 1 or block.inputs[0].many or not block.outputs:
            return None
        return wire_at(self.scene, at, 12.0)

    def _aim(self, wire: Wire | None) -> None:
        for changed in {wire, self._into} if wire != self._into else ():
            if changed is not None and changed in self.scene.wires:
                item = self.scene.wires[changed]
                item.hovered = changed == wire
                item.update()
        self._into = wire

    def end(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Put it down: one edit."""
        self.move(at, modifiers)
        wire, corner = self._into, self._corner(at)
        self._away()
        self.view.put_block(self.type, corner, wire)

    def cancel(self) -> None:
        """It leaves no trace."""
        self._away()

    def _away(self) -> None:
        self._aim(None)
        self.scene.take_off(self._preview)
        self.view.hint.clear()
        self.view.refresh_far()
