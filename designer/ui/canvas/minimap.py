"""The whole network in a corner of the canvas, and where one is in it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLineF, QObject, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QHideEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from designer.graph.card_size import LOW, WIDTH
from designer.ui.canvas.bars import TINT
from designer.ui.canvas.look import mix
from designer.ui.theme import notifier

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["Minimap"]

SHARE, LEAST, MOST = 0.2, 120, 208  # its width: a share of the canvas, in pixels
LEAST_VIEW = 320  # a canvas narrower than this has no room for it
PAD = 8.0
RADIUS = 6.0
CALM = 120  # milliseconds without a change before the map is drawn anew: a drag does not wait for it
LEAST_BAR = (3.0, 1.6)  # pixels, so that no block vanishes
MOST_WIRES = 800
FEW = 400  # so many still get smooth edges


class Minimap(QWidget):
    """Shown while it is ``wanted`` and not everything is in view. A drag moves the view, the wheel zooms it.

    The blocks are drawn once and kept; only the frame is drawn while one pans.
    """

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self.wanted = True
        self._version = -1
        self._content = QRectF()  # of the scene, when the map was drawn
        self._map = QPixmap()
        self._held: QPointF | None = None  # from the middle of the frame to the cursor, while dragging
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(CALM)
        self._calm.timeout.connect(self._follow_scene)
        self.setAccessibleName("Minimap")
        self.setAccessibleDescription("The whole network. Drag in it to move the view, turn the wheel to zoom.")
        self.setToolTip("Drag to move the view, turn the wheel to zoom, double-click to see all")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMouseTracking(True)
        self.hide()
        for bar in (view.horizontalScrollBar(), view.verticalScrollBar()):
            bar.valueChanged.connect(self._moved)
        view.zoomChanged.connect(self._moved)
        for news in (view.bridge.changed, view.bridge.reset, view.selectionChanged):
            news.connect(self._hear)
        view.installEventFilter(self)
        view.viewport().installEventFilter(self)
        notifier().changed.connect(self._restyle)

    # --- following -------------------------------------------------------------------------------------------

    def set_wanted(self, value: bool) -> None:
        """Switch it on or off."""
        self.wanted = value
        self._follow_scene()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The canvas has painted what may be new, or has another size."""
        if "_view" not in self.__dict__:  # a canvas that is dropped without being closed takes its parts apart first
            return False
        if event.type() == QEvent.Type.Paint:
            self._hear()
        elif event.type() == QEvent.Type.Resize and watched is self._view:
            self._settle_size()
        elif event.type() == QEvent.Type.Hide and watched is self._view:
            self._rest()
        return False

    def _hear(self, _news: object = None) -> None:
        """Something changed, perhaps out of sight: draw anew once it is calm."""
        if self.wanted and self._view.isVisible() and self._view.canvas.version != self._version:
            self._version = self._view.canvas.version
            self._calm.start()

    def _restyle(self) -> None:
        self._map = QPixmap()
        self.update()

    def _follow_scene(self) -> None:
        self._version = self._view.canvas.version
        self._calm.stop()
        self._map = QPixmap()
        self._content = _around(self._view)
        self._settle_size()
        self.update()

    def _settle_size(self) -> None:
        width = max(LEAST, min(MOST, round(self._view.width() * SHARE)))
        size = QSize(width, round(width * 0.72))
        if size != self.size():
            self._map = QPixmap()
            self.setFixedSize(size)
        self._moved()

    def _moved(self) -> None:
        """Show where one is now; with everything in view nobody needs to be told."""
        view = self._view
        shown = (
            self.wanted
            and view.width() >= LEAST_VIEW
            and not self._content.isEmpty()
            and not view.visible_area().contains(self._content)
        )
        if shown != self.isVisibleTo(view):
            self.setVisible(shown)
        if shown:
            self.update()

    def hideEvent(self, event: QHideEvent) -> None:
        """A drag ends where the map goes."""
        self._held = None
        super().hideEvent(event)

    def _rest(self) -> None:
        """No timer runs while nobody looks."""
        self._calm.stop()
        self._version = -1

    # --- the way between map and scene -----------------------------------------------------------------------

    def _to_map(self) -> QTransform:
        """From the scene to this widget."""
        area, room = self._content, QRectF(self.rect()).adjusted(PAD, PAD, -PAD, -PAD)
        scale = min(room.width() / area.width(), room.height() / area.height())
        made = QTransform()
        made.translate(room.center().x(), room.center().y())
        made.scale(scale, scale)
        made.translate(-area.center().x(), -area.center().y())
        return made

    def frame(self) -> QRectF:
        """Where one is, as a rectangle of this widget; a part of it is always seen."""
        room = QRectF(self.rect()).adjusted(3.5, 3.5, -3.5, -3.5)
        found = self._to_map().mapRect(self._view.visible_area())
        left = min(max(found.left(), room.left()), room.right() - 4)
        top = min(max(found.top(), room.top()), room.bottom() - 4)
        right = max(min(found.right(), room.right()), room.left() + 4)
        bottom = max(min(found.bottom(), room.bottom()), room.top() + 4)
        return QRectF(left, top, max(4.0, right - left), max(4.0, bottom - top))

    # --- mouse -----------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the frame, or bring it to the cursor."""
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        middle = self._to_map().map(self._view.visible_area().center())
        inside = self.frame().contains(event.position())
        self._held = event.position() - middle if inside else QPointF()
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag it."""
        if self._held is not None:
            self._go(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._held = None
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """All of it."""
        self._held = None
        self._view.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the middle of the view."""
        turned = event.angleDelta().y() or event.angleDelta().x()
        self._view.zoom_at(1.0015**turned, QPointF(self._view.viewport().rect().center()))
        event.accept()

    def _go(self, at: QPointF) -> None:
        assert self._held is not None
        back, _ = self._to_map().inverted()
        self._view.fitted = False
        self._view.centerOn(back.map(at - self._held))

    # --- painting --------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """The kept map, and the frame over it."""
        if self._content.isEmpty():
            return
        ratio = self.devicePixelRatioF()
        if self._map.isNull() or self._map.devicePixelRatio() != ratio:
            self._map = self._drawn(ratio)
        t = self._view.canvas.look.theme
        with QPainter(self) as painter:
            painter.drawPixmap(0, 0, self._map)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            frame = self.frame()
            shade = QPainterPath()
            shade.addRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS - 1, RADIUS - 1)
            hole = QPainterPath()
            hole.addRoundedRect(frame, 2, 2)
            veil = QColor(t.window)
            veil.setAlpha(150)
            painter.fillPath(shade.subtracted(hole), veil)
            painter.setPen(QPen(t.accent, 1.5))
            painter.drawRoundedRect(frame, 2, 2)

    def _drawn(self, ratio: float) -> QPixmap:
        """The map itself: a card with every block as a bar of its colour, and the wires as threads."""
        pixmap = QPixmap(self.size() * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        t = self._view.canvas.look.theme
        with QPainter(pixmap) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(t.outline)
            painter.setBrush(t.canvas)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
            painter.setWorldTransform(self._to_map(), True)
            self._draw_wires(painter)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, len(self._view.canvas.blocks) < FEW)
            self._draw_blocks(painter)
        return pixmap

    def _draw_wires(self, painter: QPainter) -> None:
        scene = self._view.canvas
        if len(scene.wires) > MOST_WIRES:
            return  # a grey haze that says nothing
        ways = [item.route.corners for item in scene.wires.values() if item.route is not None]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, len(ways) < FEW)
        painter.setPen(QPen(mix(scene.look.theme.wire, scene.look.theme.canvas, 0.5), 0))
        painter.drawLines([QLineF(a, b) for way in ways for a, b in pairwise(way)])

    def _draw_blocks(self, painter: QPainter) -> None:
        scene = self._view.canvas
        zoom = painter.worldTransform().m11() / self.devicePixelRatioF()
        wider, higher = max(0.0, LEAST_BAR[0] / zoom - WIDTH), max(0.0, LEAST_BAR[1] / zoom - LOW)
        bars: dict[str, list[QRectF]] = {}
        for name, rect in scene.cells.rects.items():
            bar = rect.adjusted(0, 0, wider, higher) if wider or higher else rect
            bars.setdefault(self._kind(name), []).append(bar)
        painter.setPen(Qt.PenStyle.NoPen)
        for kind, rects in bars.items():
            painter.setBrush(self._colour(kind))
            painter.drawRects(rects)

    def _kind(self, name: str) -> str:
        """What colours a block: that it is selected, its trouble, that it is faded, an overlay, or its group."""
        scene = self._view.canvas
        item = scene.blocks[name]
        if item.selected:
            return "!selected"
        if item.card.error:
            return "!bad"
        if scene.allowed is not None and name not in scene.allowed:
            return "!faded"
        tint = scene.tints.get(name)
        return item.card.group if tint is None else TINT + tint.name()

    def _colour(self, kind: str) -> QColor:
        look = self._view.canvas.look
        plain = {"!bad": look.theme.bad, "!selected": look.theme.selection, "!faded": look.theme.outline}.get(kind)
        if plain is not None:
            return plain
        return QColor(kind.removeprefix(TINT)) if kind.startswith(TINT) else look.group(kind)[2]


def _around(view: CanvasView) -> QRectF:
    sides = [r.getCoords() for r in view.canvas.cells.rects.values()]
    if not sides:
        return QRectF()
    lefts, tops, rights, bottoms = zip(*sides, strict=True)
    return QRectF(QPointF(min(lefts), min(tops)), QPointF(max(rights), max(bottoms)))
