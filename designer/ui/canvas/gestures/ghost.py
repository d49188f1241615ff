"""Wires that are not there yet: what a gesture would draw if it ended now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from designer.ui.canvas.metrics import PORT
from designer.ui.canvas.routes import Route

if TYPE_CHECKING:
    from designer.ui.canvas.scene import CanvasScene

__all__ = ["Ghost"]


class Ghost(QGraphicsRectItem):
    """Wires in the air, with a halo at the port that one of them has found."""

    def __init__(self, scene: CanvasScene) -> None:
        super().__init__()
        self._look = scene.look
        self._routes: Sequence[Route] = ()
        self._state = "free"
        self._target: QPointF | None = None
        self.setPen(QPen(Qt.PenStyle.NoPen))
        self.setZValue(50)

    def show_route(self, route: Route, state: str, target: QPointF | None) -> None:
        """One wire in hand. States: free, good, warn, bad."""
        self.show_routes([route], state, target)

    def show_routes(self, routes: Sequence[Route], state: str, target: QPointF | None = None) -> None:
        """Several wires."""
        self._routes, self._state, self._target = routes, state, target
        area = QRectF()
        for route in routes:
            area = area.united(route.path.controlPointRect())
        self.setRect(area.adjusted(-20, -20, 20, 20))
        self.update()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """A dashed line in the air, a firm one where it would hold, a halo at the port."""
        t = self._look.theme
        colour = {"free": t.accent, "good": t.accent, "warn": t.warn, "bad": t.bad}[self._state]
        pen = QPen(colour, 2.25)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        if self._state in ("free", "bad"):
            pen.setDashPattern([2.5, 3.0])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for route in self._routes:
            painter.strokePath(route.path, pen)
        if self._target is not None:
            painter.setPen(QPen(colour, 2.0))
            painter.setBrush(t.raised)
            painter.drawEllipse(self._target, PORT + 3, PORT + 3)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(self._target, PORT - 0.5, PORT - 0.5)
