"""The canvas as paper: its dots, zoom and scrolling, and the choice between near and far."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import (
    QHideEvent,
    QPainter,
    QPaintEvent,
    QPointingDevice,
    QRegion,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsView, QStyleOptionGraphicsItem, QWidget

from designer.ui.canvas.dots import Dots
from designer.ui.canvas.far import FarView
from designer.ui.canvas.metrics import FAR_BELOW, LABELS_FROM, LEAST_ZOOM, MOST_ZOOM
from designer.ui.canvas.scene import CanvasScene
from designer.ui.canvas.zooming import Glide, Stand

__all__ = ["Paper"]

SETTLED = 140  # milliseconds after the last step of a zoom gesture
DOTS_FROM = 0.12
NEAR_EDGE = 13  # pixels that widgets keep from the edge, and one
STRIPS = 24  # so many pieces are looked at one by one
READABLE = 0.75  # the least zoom of a first look
WORLD = 2_000_000.0
STEP = 1.25  # of a zoom command


class Paper(QGraphicsView):
    """Shows a scene on dotted paper without edges. ``animate``: steps of the wheel glide."""

    animate = False

    def __init__(self, canvas: CanvasScene, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = canvas
        self._far = FarView(canvas)
        self._dots = Dots()
        self._slide: QPoint | None = None  # how far what is painted has to move, while both scroll bars are set
        self._far_drawing = -1
        self._glide = Glide(self)
        self._stand = Stand()
        self._steered = False  # by the glide, not by a person
        self.headroom = 0  # pixels at the top where something lies over the canvas
        self.fitted = False  # whether all was fitted into the view and nobody zoomed or scrolled since
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLED)
        self._settle.timeout.connect(self._settled)
        self.setScene(canvas)
        canvas.stirred.connect(self.refresh_far)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSceneRect(-WORLD, -WORLD, 2 * WORLD, 2 * WORLD)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing)
        self.setInteractive(False)
        # Every pixel is painted below, so Qt may move what it has when one scrolls, and paint only what comes in.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    # --- where one is ----------------------------------------------------------------------------------------

    @property
    def zoom(self) -> float:
        """1.0 is 100 %."""
        return self.transform().m11()

    def scroll_by(self, dx: float, dy: float) -> None:
        """Move the window over the paper by pixels."""
        self._take_over()
        cover = self._cover()  # the minimap may come or go on the way
        slide = self._scroll(dx, dy)
        if not slide.isNull():
            self._move_picture(slide.x(), slide.y(), cover | self._cover())

    def _scroll(self, dx: float, dy: float) -> QPoint:
        """Set both scroll bars; how far what is painted would have to move, once for both."""
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        self._slide = QPoint()
        across.setValue(across.value() + round(dx))
        down.setValue(down.value() + round(dy))
        slide, self._slide = self._slide, None
        return slide

    def _take_over(self) -> None:
        """A person says where to look from here on."""
        self.fitted = False
        if not self._steered:
            self._glide.stop()

    def zoom_at(self, factor: float, at: QPointF) -> None:
        """Zoom by a factor around a point of the view, which stays where it is."""
        self._stand.take(self)
        self.set_zoom(self.zoom * factor, at)

    def zoom_step(self, factor: float, at: QPointF) -> None:
        """The same, gliding there if the canvas is animated."""
        if self.animate and self.isVisible():
            self._glide.go(factor, self._to_scene(at), at)
        else:
            self.zoom_at(factor, at)

    def zoom_about(self, zoom: float, held: QPointF, at: QPointF) -> None:
        """A moment of a glide: a scale, and a point of the scene that stays at a point of the view."""
        self._steered = True
        self._stand.take(self)
        self.set_zoom(zoom, at)
        off = self._to_view(held) - at
        self._scroll(off.x(), off.y())
        self._steered = False

    def nearest_zoom(self, zoom: float) -> float:
        """The nearest scale that there is; close to 100 % it is 100 %."""
        zoom = max(LEAST_ZOOM, min(MOST_ZOOM, zoom))
        return 1.0 if abs(zoom - 1) < 0.02 else zoom

    def set_zoom(self, zoom: float, at: QPointF | None = None) -> None:
        """Zoom to a scale around a point of the view (its middle without)."""
        self._take_over()
        zoom = zoom if self._steered else self.nearest_zoom(zoom)
        if zoom == self.zoom:
            return
        at = at if at is not None else QPointF(self.viewport().rect().center())
        held = self._to_scene(at)
        self.canvas.pixmaps.coarse = True
        self._settle.start()
        self.setTransform(QTransform.fromScale(zoom, zoom))
        self.canvas.labels_shown = zoom >= LABELS_FROM
        now = self._to_view(held)
        self._scroll(now.x() - at.x(), now.y() - at.y())
        self.viewport().update()

    def _to_scene(self, at: QPointF) -> QPointF:
        back, _ = self.viewportTransform().inverted()
        return back.map(at)

    def _on_scene(self, rect: QRectF) -> QRectF:
        back, _ = self.viewportTransform().inverted()
        return back.mapRect(rect.adjusted(-2, -2, 2, 2))

    def _to_view(self, at: QPointF) -> QPointF:
        return self.viewportTransform().map(at)

    def show_area(self, area: QRectF, most: float = 1.0) -> None:
        """Zoom and scroll so that an area of the scene fills the view, but no closer than ``most``."""
        if area.isEmpty():
            return
        room = QRectF(self.viewport().rect()).adjusted(32, max(32, self.headroom), -32, -32)
        zoom = min(room.width() / area.width(), room.height() / area.height(), most)
        self.set_zoom(max(zoom, LEAST_ZOOM))
        self.centerOn(area.center() - QPointF(0, max(0, self.headroom - 32) / 2 / self.zoom))

    def fit_whole(self) -> None:
        """Show everything, and keep it in view when the room or the drawing changes."""
        self.show_area(self.canvas.content())
        self.fitted = bool(self.canvas.blocks)

    def keep_fitted(self) -> None:
        """Fit again what was fitted and is no longer all in view."""
        if self.fitted and not self.visible_area().contains(self.canvas.content()):
            self.fit_whole()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What was fitted stays fitted."""
        super().resizeEvent(event)
        if self.fitted:
            self.fit_whole()

    def open_at_start(self) -> None:
        """The first look at a network: all of it where that can be read, else its beginning."""
        area = self.canvas.content()
        self.fit_whole()
        if not area.isEmpty() and self.zoom < READABLE:
            self.set_zoom(READABLE)
            half = self.viewport().height() / 2 / READABLE
            self.centerOn(area.center().x(), area.top() + half - 32 / READABLE)

    def look_at(self, middle: QPointF, zoom: float) -> None:
        """Go back to a view that was left: its middle on the scene, and the scale."""
        self.set_zoom(zoom)
        self.centerOn(middle)
        area = self.canvas.content()
        self.fitted = not area.isEmpty() and self.visible_area().contains(area)

    def zoom_in(self) -> None:
        """A step closer."""
        self.zoom_step(STEP, QPointF(self.viewport().rect().center()))

    def zoom_out(self) -> None:
        """A step away."""
        self.zoom_step(1 / STEP, QPointF(self.viewport().rect().center()))

    def zoom_reset(self) -> None:
        """100 %."""
        self.set_zoom(1.0)

    def _settled(self) -> None:
        self._stand.drop()
        self.canvas.pixmaps.coarse = False
        self.viewport().update()

    def hideEvent(self, event: QHideEvent) -> None:
        """No timer runs while nobody looks."""
        self._glide.stop()
        if self._settle.isActive():
            self._settle.stop()
            self._settled()
        super().hideEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """A mouse's wheel zooms around the cursor; two fingers on a touchpad scroll, with Ctrl they zoom."""
        pixels, angle = event.pixelDelta(), event.angleDelta()
        touch = event.phase() != Qt.ScrollPhase.NoScrollPhase or (
            event.pointingDevice() is not None and event.pointingDevice().type() == QPointingDevice.DeviceType.TouchPad
        )
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if control or not (touch or event.modifiers() & Qt.KeyboardModifier.ShiftModifier):
            step = self.zoom_at if touch else self.zoom_step
            step(1.0015 ** (angle.y() or angle.x()), event.position())
        elif touch:
            by = pixels if not pixels.isNull() else angle / 2
            self.scroll_by(-by.x(), -by.y())
        else:
            self.scroll_by(-(angle.y() or angle.x()), 0)
        event.accept()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Move what is painted already. Widgets that lie over the canvas would make Qt paint all: go round them."""
        cover = self._cover()
        if self._slide is None and (cover.isEmpty() or self.canvas.over):
            super().scrollContentsBy(dx, dy)
            return
        mode = self.viewportUpdateMode()
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.NoViewportUpdate)
        super().scrollContentsBy(dx, dy)
        self.setViewportUpdateMode(mode)
        self.canvas.scrolled = True
        if self._slide is not None:
            self._slide += QPoint(dx, dy)
        else:
            self._move_picture(dx, dy, cover)

    def _move_picture(self, dx: int, dy: int, cover: QRegion) -> None:
        if self.canvas.over:
            self.viewport().update()
            return
        for band in QRegion(self.viewport().rect()) - cover:  # type: ignore[attr-defined]
            self.viewport().scroll(dx, dy, band)
        self.viewport().update(cover)

    def _cover(self) -> QRegion:
        """Where other widgets lie over the canvas, up to the edge that they keep to: few bands are left then."""
        found = QRegion()
        direct = Qt.FindChildOption.FindDirectChildrenOnly
        for child in self.findChildren(QWidget, options=direct):
            if child is not self.viewport() and child.isVisible():
                found += child.geometry().adjusted(-NEAR_EDGE, -NEAR_EDGE, NEAR_EDGE, NEAR_EDGE)
        return found & self.viewport().rect()

    # --- painting --------------------------------------------------------------------------------------------

    def refresh_far(self) -> None:
        """Seen from far, where items do not paint themselves, repaint what looks different now."""
        if self.zoom >= FAR_BELOW:
            return
        canvas = self.canvas
        canvas.bars.refresh(canvas)
        spots = canvas.bars.take_spots()
        # After a change of the document the names of groups may lie elsewhere.
        if spots is None or canvas.over or self._far_drawing != canvas.drawing:
            self._far_drawing = canvas.drawing
            self.viewport().update()
            return
        transform = self.viewportTransform()
        for spot in spots:
            edge = 16.0  # of what is drawn around a bar
            rect = transform.mapRect(spot.adjusted(-edge, -edge, edge, edge)).toAlignedRect()
            self.viewport().update(rect.adjusted(-2, -2, 2, 2))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Items paint themselves near by; far off they are painted in one go."""
        region = event.region()
        if self.canvas.pixmaps.coarse and self._paint_stand():
            return
        if self.zoom >= FAR_BELOW:
            strips = region if 1 < region.rectCount() <= STRIPS else ()
            self.canvas.exposed = [self._on_scene(QRectF(strip)) for strip in strips] or None  # type: ignore[union-attr]
            super().paintEvent(event)
            self.canvas.exposed = None
            return
        with QPainter(self.viewport()) as painter:
            painter.setClipRegion(event.region())
            painter.setWorldTransform(self.viewportTransform())
            area = self.mapToScene(event.rect().adjusted(-1, -1, 1, 1)).boundingRect()
            self.drawBackground(painter, area)
            self._far.paint(painter, [self._on_scene(QRectF(strip)) for strip in region])  # type: ignore[attr-defined]
            self.canvas.drawForeground(painter, area)
            for item in self.canvas.over:
                painter.save()
                painter.translate(item.pos())
                item.paint(painter, QStyleOptionGraphicsItem(), None)
                painter.restore()

    def _paint_stand(self) -> bool:
        """In a zoom gesture: the stretched picture, and bars where it leaves the view open."""
        with QPainter(self.viewport()) as painter:
            view, transform = self.viewport().rect(), self.viewportTransform()
            open_ = self._stand.paint(painter, transform, view, self.canvas.version)
            if open_ is not None and not open_.isEmpty():
                painter.setClipRegion(open_)
                painter.setWorldTransform(transform)
                areas = [self._on_scene(QRectF(strip)) for strip in open_]  # type: ignore[attr-defined]
                self.drawBackground(painter, self._on_scene(QRectF(view)))
                self._far.paint(painter, areas)
        return open_ is not None

    def drawBackground(self, painter: QPainter, rect: QRectF | object) -> None:
        """Paper, dots, and what lies under the wires."""
        assert isinstance(rect, QRectF)
        painter.fillRect(rect, self.canvas.look.theme.canvas)
        if self.zoom >= DOTS_FROM:
            transform = painter.worldTransform()
            painter.setWorldTransform(QTransform())
            self._dots.paint(painter, transform, rect, self.canvas.look.dot)
            painter.setWorldTransform(transform)
        self.canvas.drawBackground(painter, rect)

    def visible_area(self) -> QRectF:
        """What one sees of the scene."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def cursor_place(self) -> QPointF | None:
        """Where the cursor is on the scene; None when it is elsewhere."""
        at: QPoint = self.viewport().mapFromGlobal(self.cursor().pos())
        return self.mapToScene(at) if self.viewport().rect().contains(at) else None
