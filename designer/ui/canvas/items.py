"""One plain item a block, one a wire. They know how to paint; the scene knows what they show."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from designer.graph.model import Wire
from designer.ui.canvas.card import Card
from designer.ui.canvas.look import LabelTone
from designer.ui.canvas.metrics import FLAT_BELOW, LABEL_GROWTH, MARGIN
from designer.ui.canvas.paint import paint_card, paint_hover, paint_label
from designer.ui.canvas.routes import Route
from designer.ui.canvas.stroke import Strokes

if TYPE_CHECKING:
    from designer.ui.canvas.scene import CanvasScene

__all__ = ["BlockItem", "WireItem"]

FADED = 0.32


class BlockItem(QGraphicsRectItem):
    """A block. Its own coordinates start at the card's corner."""

    def __init__(self, card: Card, canvas: CanvasScene) -> None:
        super().__init__()
        self.canvas = canvas
        self.card = card
        self.selected = False
        self.hovered = False
        self.setPen(QPen(Qt.PenStyle.NoPen))
        self.setRect(QRectF(0, 0, card.width, card.height).adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN))
        self.setZValue(1)

    @property
    def name(self) -> str:
        """The block's name."""
        return self.card.name

    @property
    def body(self) -> QRectF:
        """The card on the scene, without its margin."""
        at = self.pos()
        return QRectF(at.x(), at.y(), self.card.width, self.card.height)

    def show_card(self, card: Card) -> bool:
        """Show another card; whether that moves its ports."""
        old, self.card = self.card, card
        if card == old:
            return False
        self.canvas.pixmaps.forget(self)
        moved = (old.width, old.height, len(old.wired), len(old.fed)) != (
            card.width,
            card.height,
            len(card.wired),
            len(card.fed),
        )
        if moved:
            self.setRect(QRectF(0, 0, card.width, card.height).adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN))
        self.update()
        return moved

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Blit the cached card, or draw it where the target is a picture."""
        canvas = self.canvas
        if not canvas.is_exposed(self.sceneBoundingRect()):
            return
        faded = canvas.allowed is not None and self.card.name not in canvas.allowed
        if faded:
            painter.setOpacity(FADED)
        if self.selected:
            canvas.pixmaps.blit_ring(painter, self)
        if canvas.outlines is not None:
            tint, figure = canvas.tints.get(self.card.name), canvas.figures.get(self.card.name, "")
            paint_card(painter, self.card, canvas.look, canvas.outlines, tint, figure)
        else:
            canvas.pixmaps.blit(painter, self)
        if self.hovered and not self.selected:
            paint_hover(painter, self.card, canvas.look)


class WireItem(QGraphicsRectItem):
    """A wire with the shape that travels on it, in scene coordinates."""

    def __init__(self, wire: Wire, canvas: CanvasScene) -> None:
        super().__init__()
        self.canvas = canvas
        self.wire = wire
        self.shown = wire  # between the cards of groups, where its ends lie in some
        self.label = ""
        self.bad = False
        self.selected = False
        self.hovered = False
        self.doomed = False  # a stroke would cut it
        self.hidden_end = False  # while its end is being dragged elsewhere
        self.via: tuple[QPointF, ...] = ()  # the points that a person leads it through
        self.route: Route | None = None
        self._flat: QPolygonF | None = None  # the route as straight pieces
        self._pieces: list[tuple[float, float]] = []
        self._strokes: Strokes | None = None
        self.setPen(QPen(Qt.PenStyle.NoPen))
        self.setZValue(0)

    def lay(self, route: Route) -> None:
        """Take a new course."""
        self.route, self._flat, self._strokes = route, None, None
        if not self.pos().isNull():
            self.setPos(0, 0)
        box = route.path.controlPointRect().adjusted(-6, -6, 6, 6)
        half = self.canvas.label_width(self.label) / 2 * LABEL_GROWTH + 2
        at = route.middle
        self.setRect(box.united(QRectF(at.x() - half, at.y() - 16, 2 * half, 32)))
        self.update()

    def move_along(self, by: QPointF) -> None:
        """Move with both blocks, as it is; the next course that it takes is at its place again."""
        self.setPos(self.pos() + by)

    def show_label(self, label: str, bad: bool) -> None:
        """Show another shape, or trouble at the far end."""
        if (label, bad) == (self.label, self.bad):
            return
        self.label, self.bad = label, bad
        if self.route:
            self.lay(self.route)

    def _flattened(self) -> QPolygonF:
        if self._flat is None:
            found = self.route.path.toSubpathPolygons(QTransform()) if self.route is not None else []
            self._flat = QPolygonF(found[0]) if found else QPolygonF()
            self._pieces = []
        return self._flat

    def distance(self, point: QPointF, reach: float = math.inf) -> float:
        """How far a point of the scene is from the curve; anything above ``reach`` where it is farther than that."""
        line = self._flattened()
        if not self._pieces:
            self._pieces = [(place.x(), place.y()) for place in line.toList()]
        x, y = point.x() - self.x(), point.y() - self.y()
        best = reach
        for (ax, ay), (bx, by) in pairwise(self._pieces):
            # Most pieces are nowhere near: a look at their box is enough.
            if (
                (x < ax - best and x < bx - best)
                or (x > ax + best and x > bx + best)
                or (y < ay - best and y < by - best)
                or (y > ay + best and y > by + best)
            ):
                continue
            best = min(best, _to_segment(x, y, ax, ay, bx, by))
        return best if best < reach else math.inf

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """The curve, then its label on a backing."""
        canvas, look = self.canvas, self.canvas.look
        if self.route is None or self.hidden_end or not canvas.is_exposed(self.sceneBoundingRect()):
            return
        lit = self.selected or self.hovered or self.shown.src in canvas.lit or self.shown.dst in canvas.lit
        tone: LabelTone = "faded" if canvas.fades(self.wire) else "lit" if lit else "plain"
        pen = look.wire_lit if tone == "lit" else look.faded_wire if tone == "faded" else look.wire
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bad = self.doomed or (self.bad and tone != "faded")
        if canvas.outlines is None and not bad and tone != "lit" and _thin(painter):
            # A hair line of straight pieces looks the same from here and is drawn ten times as fast.
            painter.setPen(look.hair_faded if tone == "faded" else look.hair)
            painter.drawPolyline(self._flattened())
        else:
            pen = look.wire_bad if bad else pen
            if canvas.outlines is None:
                if self._strokes is None:
                    self._strokes = Strokes(self.route.path)
                self._strokes.paint(painter, pen)
            else:
                painter.strokePath(self.route.path, pen)
        for point in self.via if canvas.outlines is None else ():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.wire_lit.color() if tone == "lit" else pen.color())
            painter.drawEllipse(point, *((5.0, 5.0) if tone == "lit" else (3.0, 3.0)))
        if not self.label or not canvas.labels_shown:
            return
        if canvas.outlines is not None:
            paint_label(painter, self.label, self.route.middle, look, canvas.outlines, tone)
        else:
            canvas.pixmaps.blit_label(painter, self.label, self.route.middle, tone)


def _thin(painter: QPainter) -> bool:
    return painter.worldTransform().m11() * painter.device().devicePixelRatioF() < FLAT_BELOW


def _to_segment(x: float, y: float, ax: float, ay: float, bx: float, by: float) -> float:
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    along = 0.0 if length == 0 else max(0.0, min(1.0, ((x - ax) * dx + (y - ay) * dy) / length))
    return math.hypot(x - ax - along * dx, y - ay - along * dy)
