"""What shows when the cursor only passes over: light edges, a halo at a port, tooltips."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import QGraphicsRectItem, QStyleOptionGraphicsItem, QToolTip, QWidget

from designer.graph.model import Wire
from designer.graph.sharing import shared_words
from designer.ui.canvas.hits import PortAt
from designer.ui.canvas.items import BlockItem, WireItem
from designer.ui.canvas.metrics import PORT

if TYPE_CHECKING:
    from designer.ui.canvas.scene import CanvasScene
    from designer.ui.canvas.view import CanvasView

__all__ = ["Hover"]


class _Halo(QGraphicsRectItem):
    """Says: a wire can be drawn from here."""

    def __init__(self, scene: CanvasScene) -> None:
        super().__init__(QRectF(-12, -12, 24, 24))
        self._scene = scene
        self.setPen(QPen(Qt.PenStyle.NoPen))
        self.setZValue(40)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        t = self._scene.look.theme
        soft = QColor(t.accent)
        soft.setAlpha(60)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(soft)
        painter.drawEllipse(QPointF(0, 0), PORT + 5, PORT + 5)
        painter.setPen(QPen(t.raised, 1.6))
        painter.setBrush(t.accent)
        painter.drawEllipse(QPointF(0, 0), PORT + 1, PORT + 1)


class Hover:
    """Remembers the one thing that is lit up."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._item: BlockItem | WireItem | None = None
        self._halo: _Halo | None = None

    def over(self, at: QPointF) -> None:
        """The cursor is at a point of the scene, no button held."""
        view, scene = self._view, self._view.canvas
        under = view._under(at)
        item: BlockItem | WireItem | None = None
        if isinstance(under, str):
            item = scene.blocks[under]
        elif isinstance(under, Wire):
            item = scene.wires[under]
        if item is not self._item:
            self._light(item)
        self._ring(under.at if isinstance(under, PortAt) else None)

    def clear(self) -> None:
        """Nothing is lit."""
        self._light(None)
        self._ring(None)

    def _light(self, item: BlockItem | WireItem | None) -> None:
        for changed in (self._item, item):
            # An item that has left the scene since must not be touched through its old place.
            if changed is not None and changed.scene() is not None:
                changed.hovered = changed is item
                changed.update()
        self._item = item

    def _ring(self, at: QPointF | None) -> None:
        scene = self._view.canvas
        if at is None:
            if self._halo is not None:
                scene.take_off(self._halo)
                self._halo = None
                self._view.viewport().setCursor(Qt.CursorShape.ArrowCursor)
            return
        if self._halo is None:
            self._halo = _Halo(scene)
            scene.lay_over(self._halo)
            self._view.viewport().setCursor(Qt.CursorShape.CrossCursor)
        self._halo.setPos(at)

    def tell(self, event: QEvent) -> bool:
        """Answer Qt's question for a tooltip."""
        assert isinstance(event, QHelpEvent)
        view = self._view
        words = self._words(view._under(view._to_scene(QPointF(event.pos()))))
        if words and view.gesture is None:
            QToolTip.showText(event.globalPos(), words, view.viewport())
        else:
            QToolTip.hideText()
        return True

    def _words(self, under: object) -> str:
        view = self._view
        network = view.document.network
        if isinstance(under, str):
            return self._block_words(under)
        if isinstance(under, PortAt) and under.block not in network:
            return self._port_of_group(under)
        if isinstance(under, PortAt):
            node = network[under.block]
            port = node.outputs[under.index] if under.side == "out" else node.block.port_of(under.index)
            shapes = view.document.shapes[under.block]
            tensor = shapes.outputs[under.index] if under.side == "out" else shapes.inputs.get(under.index)
            name = escape(port.name) if port else ""
            lines = [f"<b>{name}</b> {escape(str(tensor)) if tensor else ''}", escape(port.help) if port else ""]
            lines.append("Drag to connect" if not tensor or under.side == "out" else "Drag to unplug")
            return "<br>".join(line for line in lines if line.strip())
        if isinstance(under, Wire):
            tensor = view.document.shapes[under.src].outputs[under.out]
            return f"{escape(under.src)} → {escape(under.dst)}<br>{escape(str(tensor)) if tensor else 'shape unknown'}"
        return ""

    def _port_of_group(self, port: PortAt) -> str:
        """What travels through a port of a group's card or a stub, and where it begins or ends."""
        visible, document = self._view.canvas.visible, self._view.document
        ports = visible.cards().get(port.block)
        if ports is None:
            return "Drag to connect"
        if port.side == "out":
            name, value = ports.outputs[port.index].name, ports.outputs[port.index].value
            tensor = document.shapes[value[0]].outputs[value[1]]
        else:
            entry = ports.inputs[port.index]
            name, slot = entry.name, entry.slots[0]
            tensor = document.shapes[slot[0]].inputs.get(slot[1])
        return f"<b>{escape(name)}</b> {escape(str(tensor)) if tensor else ''}"

    def _block_words(self, name: str) -> str:
        card = self._view.canvas.blocks[name].card
        if name not in self._view.document.network:
            trouble = card.error or card.warning
            lines = [f"<b>{escape(card.shown)}</b> · {escape(card.title)}", escape(trouble or card.summary)]
            return "<br>".join((*lines, "Double-click to look inside"))
        block = self._view.document.network[name].block
        trouble = card.error or card.warning
        lines = [f"<b>{escape(name)}</b> · {escape(block.title)}", escape(trouble or block.help)]
        params = self._view.document.shapes[name].cost.params
        if params:
            lines.append(f"{params:,} learnable parameters")
        lines.append(escape(shared_words(self._view.document.network, name)))
        if card.frozen:
            lines.append("Frozen: training leaves its weights as they are")
        elif card.rate:
            lines.append(f"Learns at {card.rate[1:]} times the learning rate")
        lines.append(self._view.heat.words(name))
        lines = [line for line in lines if line]
        return "<p style='max-width:320px'>" + "<br>".join(lines) + "</p>"
