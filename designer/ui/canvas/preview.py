"""What an edit would do, shown on the canvas before it is done: new blocks as ghosts, what goes struck out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from designer.graph.edits import Edit
from designer.graph.forecast import Forecast, forecast
from designer.graph.model import Network, Node, Wire
from designer.ui.canvas.card import Card
from designer.ui.canvas.metrics import card_size
from designer.ui.canvas.paint import RADIUS, paint_card
from designer.ui.canvas.routes import Ends, Route, loose_route
from designer.ui.canvas.words import text
from designer.ui.words import plural

if TYPE_CHECKING:
    from designer.ui.canvas.scene import CanvasScene
    from designer.ui.canvas.view import CanvasView

__all__ = ["Preview"]

_CHIP, _GAP = 22.0, 4.0  # the height of a label, and what lies between two


class Preview:
    """Shows one edit at a time. The document stays as it is; ``clear`` leaves no trace."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._item: _Sight | None = None
        self._shifted: tuple[str, ...] = ()
        self._hidden: tuple[Wire, ...] = ()
        self._left: tuple[QPointF, QPointF] | None = None  # where the view was, and where it was brought

    @property
    def item(self) -> _Sight | None:
        """What is shown now."""
        return self._item

    def show(self, edit: Edit | None) -> None:
        """Show what this edit would do in place of what was shown before; None shows nothing."""
        self.clear()
        found = forecast(self._view.document, edit) if edit is not None else None
        if found is None:
            return
        self._view.cancel_gesture()
        self._view.glide.stop()
        scene = self._view.canvas
        moved = {n: QPointF(*place) for n, place in found.moved.items() if n in scene.blocks}
        self._shifted = tuple(moved)
        if moved:
            scene.shift(moved)
        self._item = _Sight(scene, found)
        self._hide(wire for wire in found.gone_wires if wire in scene.wires)
        scene.lay_over(self._item)
        self._bring_into_view(self._item.rect())
        self._view.refresh_far()

    def clear(self) -> None:
        """Show the document as it is."""
        if self._item is None:
            return
        scene, item = self._view.canvas, self._item
        self._item = None
        scene.take_off(item)
        for wire in self._hidden:
            if wire in scene.wires:
                scene.wires[wire].hidden_end = False
                scene.wires[wire].update()
        scene.settle([name for name in self._shifted if name in scene.blocks])
        self._shifted, self._hidden = (), ()
        self._bring_back()
        self._view.refresh_far()

    def _hide(self, wires: Iterable[Wire]) -> None:
        self._hidden = tuple(wires)
        for wire in self._hidden:
            item = self._view.canvas.wires[wire]
            item.hidden_end = True
            item.update()

    def _bring_into_view(self, area: QRectF) -> None:
        view = self._view
        seen = view.visible_area()
        if area.isEmpty() or seen.contains(area.center()):
            return
        before = seen.center()
        view.centerOn(area.center())
        self._left = before, view.visible_area().center()

    def _bring_back(self) -> None:
        if self._left is None:
            return
        before, brought = self._left
        self._left = None
        if (self._view.visible_area().center() - brought).manhattanLength() < 2:  # nobody has scrolled since
            self._view.centerOn(before)


def _ghost_card(network: Network, node: Node) -> Card:
    """The card of a block that is not there yet."""
    block = node.block
    used = [wire.slot for wire in network.inputs_of(node.name)]
    starts = {wire.out for wire in network.outputs_of(node.name)}
    slots = block.slots(used)
    width, height = card_size(node, slots)
    summary = block.summary(block.bind(node.params)) if block.summary else ""
    fed = tuple(index in starts for index in range(len(node.outputs)))
    wired = tuple(slot in used for slot in range(slots))
    return Card(node.name, node.type, block.title, block.group, summary, "", width, height, wired, False, fed)


class _Sight(QGraphicsRectItem):
    """The picture of a forecast, in scene coordinates."""

    def __init__(self, scene: CanvasScene, found: Forecast) -> None:
        super().__init__()
        self._scene, self._look = scene, scene.look
        shown = scene.visible.shown
        self.ghosts = [
            (_ghost_card(found.after, node), QPointF(node.x, node.y))
            for name, node in found.added.items()
            if shown(name) == name
        ]
        self._places = {card.name: (card, at) for card, at in self.ghosts}
        self.struck = [scene.blocks[n].body for n in sorted(found.removed) if n in scene.blocks]
        self.gone = [r for w in found.gone_wires if w in scene.wires and (r := scene.wires[w].route) is not None]
        self.routes = [r for w in sorted(found.new_wires) if (r := self._route(w)) is not None]
        self.labels = self._labels(found)
        self.setPen(QPen(Qt.PenStyle.NoPen))
        self.setZValue(55)
        self.setRect(self._area())

    def _labels(self, found: Forecast) -> list[tuple[QPointF, str]]:
        """What changes at a card, and how much changes inside a closed group, each with its place."""
        lines: list[tuple[QPointF, str]] = []
        inside: Counter[str] = Counter()
        shown = self._scene.visible.shown
        for name in (*found.changed, *found.added, *found.removed):
            card = shown(name)
            if card is not None and card != name:
                inside[card] += 1
        rows = {name: words for name, words in found.changed.items() if name in self._scene.blocks}
        rows |= {path: (f"{plural(count, 'block')} inside",) for path, count in inside.items()}
        for name, words in rows.items():
            item = self._scene.blocks.get(name)
            if item is None:
                continue
            top = item.body.center().y() - (len(words) * (_CHIP + _GAP) - _GAP) / 2
            lines += [(QPointF(item.body.right() + 10, top + i * (_CHIP + _GAP)), line) for i, line in enumerate(words)]
        return lines

    def _end(self, name: str, port: int, leaving: bool) -> QPointF | None:
        """Where a wire touches a ghost, a block, or the card of the group around a block."""
        if name in self._places:
            card, at = self._places[name]
            return at + (card.output_at(port) if leaving else card.input_at(port))
        seen = self._scene.visible.shown(name)
        item = self._scene.blocks.get(seen) if seen is not None else None
        if item is None:
            return None
        if seen == name:
            return item.pos() + (item.card.output_at(port) if leaving else item.card.input_at(port))
        body = item.body
        return QPointF(body.center().x(), body.bottom() if leaving else body.top())

    def _route(self, wire: Wire) -> Route | None:
        shown = self._scene.visible.shown
        start, end = self._end(wire.src, wire.out, True), self._end(wire.dst, wire.slot, False)
        if start is None or end is None or shown(wire.src) == shown(wire.dst):
            return None
        loose = loose_route(start, end)
        ends = {shown(wire.src), shown(wire.dst)}
        if not any(loose.path.intersects(body) for name, body in self._standing() if name not in ends):
            return loose
        router = self._scene.router
        _, route = next(iter(router.lay([Ends(wire, start, end, end.x())])))
        router.forget(wire)
        return route

    def _standing(self) -> Iterator[tuple[str, QRectF]]:
        """The cards that a new wire goes round."""
        return ((name, item.body) for name, item in self._scene.blocks.items() if item.body not in self.struck)

    def _area(self) -> QRectF:
        whole = QRectF()
        for card, at in self.ghosts:
            whole = whole.united(QRectF(at.x(), at.y(), card.width, card.height))
        for rect in self.struck:
            whole = whole.united(rect)
        for route in (*self.routes, *self.gone):
            whole = whole.united(route.path.controlPointRect())
        for at, words in self.labels:
            whole = whole.united(QRectF(at.x(), at.y(), self._width(words), _CHIP))
        return whole.adjusted(-16, -16, 16, 16) if not whole.isEmpty() else whole

    def _width(self, words: str) -> float:
        return self._look.advance(self._look.small, words) + 20

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """What goes below what comes, the labels above all."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        t = self._look.theme
        self._paint_gone(painter)
        pen = QPen(t.accent, 2.25)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        for route in self.routes:
            painter.strokePath(route.path, pen)
        for card, at in self.ghosts:
            self._paint_ghost(painter, card, at)
        for at, words in self.labels:
            self._paint_label(painter, at, words)

    def _paint_gone(self, painter: QPainter) -> None:
        t = self._look.theme
        faint = QColor(t.bad)
        faint.setAlpha(150)
        dashes = QPen(faint, 1.75)
        dashes.setDashPattern([2.5, 3.0])
        for route in self.gone:
            painter.strokePath(route.path, dashes)
        veil = QColor(t.canvas)
        veil.setAlpha(190)
        edge = QPen(t.bad, 1.75)
        edge.setDashPattern([4.0, 3.0])
        for rect in self.struck:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(veil)
            painter.drawRoundedRect(rect.adjusted(-8, -8, 8, 8), RADIUS, RADIUS)
            painter.setPen(edge)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect, RADIUS, RADIUS)

    def _paint_ghost(self, painter: QPainter, card: Card, at: QPointF) -> None:
        painter.save()
        painter.translate(at)
        painter.setOpacity(0.9)
        paint_card(painter, card, self._look)
        painter.setOpacity(1.0)
        edge = QPen(self._look.theme.accent, 2.0)
        edge.setDashPattern([4.0, 3.0])
        painter.setPen(edge)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(0, 0, card.width, card.height).adjusted(-2, -2, 2, 2), RADIUS + 2, RADIUS + 2)
        painter.restore()

    def _paint_label(self, painter: QPainter, at: QPointF, words: str) -> None:
        look = self._look
        box = QRectF(at.x(), at.y(), self._width(words), _CHIP)
        painter.setPen(QPen(look.theme.accent, 1.25))
        painter.setBrush(look.theme.raised)
        painter.drawRoundedRect(box, _CHIP / 2, _CHIP / 2)
        painter.setPen(look.theme.accent)
        text(painter, QPointF(box.left() + 10, box.top() + 15), look.small, words, False)
