"""Cut wires with a stroke."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from designer.graph.model import Wire
from designer.ui.canvas.gestures.base import Gesture, Press, starter
from designer.ui.canvas.items import WireItem

if TYPE_CHECKING:
    from designer.ui.canvas.scene import CanvasScene
    from designer.ui.canvas.view import CanvasView

__all__ = ["CutWires"]


class _Stroke(QGraphicsRectItem):
    """Where the blade went."""

    def __init__(self, scene: CanvasScene) -> None:
        super().__init__()
        self._colour = scene.look.theme.bad
        self.points = QPolygonF()
        self.setPen(QPen(Qt.PenStyle.NoPen))
        self.setZValue(100)

    def add(self, point: QPointF) -> None:
        self.points.append(point)
        self.setRect(self.points.boundingRect().adjusted(-6, -6, 6, 6))
        self.update()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        pen = QPen(self._colour, 1.5)
        pen.setCosmetic(True)
        pen.setDashPattern([4.0, 3.0])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pen)
        painter.drawPolyline(self.points)


class CutWires(Gesture):
    """Marks the wires that the stroke crosses; the release takes them away as one edit."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, view: CanvasView, start: QPointF) -> None:
        super().__init__(view)
        self.wires: set[Wire] = set()
        self._last = start
        self._stroke = _Stroke(self.scene)
        self._stroke.add(start)
        self.scene.lay_over(self._stroke)

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Go on with the stroke."""
        if at == self._last:
            return
        blade = QLineF(self._last, at)
        self._last = at
        self._stroke.add(at)
        area = QRectF(blade.p1(), blade.p2()).normalized().adjusted(-1, -1, 1, 1)
        for item in self.scene.items(area, Qt.ItemSelectionMode.IntersectsItemBoundingRect):
            if isinstance(item, WireItem) and item.wire not in self.wires and _crosses(item, blade):
                self.wires.add(item.wire)
                item.doomed = True
                item.update()
        n = len(self.wires)
        words = f"Cuts {n} wire{'s' * (n != 1)}" if n else "Draw across wires to cut them"
        self.view.hint.say(words, "bad" if n else "plain", self.view.mapFromScene(at))
        self.view.refresh_far()

    def end(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Cut."""
        self.move(at, modifiers)
        wires = set(self.wires)
        self._away()
        if wires:
            self.view.bridge.do(self.view.document.removal((), wires))

    def cancel(self) -> None:
        """Leave the wires as they are."""
        self._away()

    def _away(self) -> None:
        for wire in self.wires:
            item = self.scene.wires.get(wire)
            if item is not None:
                item.doomed = False
                item.update()
        self.scene.take_off(self._stroke)
        self.view.hint.clear()
        self.view.refresh_far()


def _crosses(item: WireItem, blade: QLineF) -> bool:
    if item.route is None or item.hidden_end:
        return False
    bounded = QLineF.IntersectionType.BoundedIntersection
    return any(QLineF(a, b).intersects(blade)[0] == bounded for a, b in pairwise(item.route.points))


@starter("press", 20, ("Ctrl + right-drag, or Alt + drag on empty canvas", "Cut the wires that the stroke crosses"))
def stroke(view: CanvasView, press: Press) -> Gesture | None:
    """Ctrl and the right button anywhere, or Alt and the left one on empty paper."""
    if view.read_only:
        return None
    right = press.button == Qt.MouseButton.RightButton and press.held(Qt.KeyboardModifier.ControlModifier)
    left = press.left and press.under is None and press.held(Qt.KeyboardModifier.AltModifier)
    return CutWires(view, press.at) if right or left else None
