"""The network seen from far away: bars of colour and thin lines, a few painter calls for any number of blocks."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QTransform

from designer.ui.canvas.bars import FADED, TINT
from designer.ui.canvas.look import mix
from designer.ui.canvas.metrics import LOW
from designer.ui.canvas.names import GroupNames
from designer.ui.canvas.scene import CanvasScene
from designer.ui.canvas.words import Words

__all__ = ["FarView"]

SMOOTH_BELOW = 4000  # so many lines or bars still get soft edges
ROUND_BELOW = 1500  # so many blocks still get round corners
ROUND_FROM = 0.14  # the zoom from which one would see them
LEAST_HEIGHT = 9.5  # pixels that a bar needs to carry a word


class FarView:
    """Draws the bars and lines that a scene keeps, with the words that can be read."""

    def __init__(self, scene: CanvasScene) -> None:
        self._scene = scene
        self._names = GroupNames(scene)
        self._words = Words()

    def paint(self, painter: QPainter, area: QRectF) -> None:
        """Draw what lies in an area of the scene; the painter is in scene coordinates."""
        scene = self._scene
        scene.bars.refresh(scene)
        zoom = painter.worldTransform().m11()
        hint = QPainter.RenderHint.Antialiasing
        painter.setRenderHint(hint, len(scene.bars.lines) < SMOOTH_BELOW)
        painter.setOpacity(1.0 if scene.allowed is None else 0.5)
        painter.setPen(scene.look.far_wire)
        painter.drawLines(scene.bars.lines)
        painter.setOpacity(1.0)  # bars that are faded have a colour of their own
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setRenderHint(hint, len(scene.blocks) < SMOOTH_BELOW)
        self._bars(painter, zoom)
        painter.setRenderHint(hint)
        if zoom * LOW >= LEAST_HEIGHT:
            self._titles(painter, area)
        self._names.paint(painter, area)

    def _bars(self, painter: QPainter, zoom: float) -> None:
        scene, theme = self._scene, self._scene.look.theme
        smooth = len(scene.blocks) <= ROUND_BELOW and zoom >= ROUND_FROM
        shelves = {"!rings": scene.bars.rings, "!alarms": scene.bars.alarms}
        colours = {"!rings": theme.selection, "!alarms": theme.bad}
        for kind, rects in (*shelves.items(), *sorted(scene.bars.bodies.items())):
            if not rects:
                continue
            painter.setBrush(colours.get(kind) or self._colour(kind))
            if not smooth:
                painter.drawRects(rects)
                continue
            for rect in rects:
                painter.drawRoundedRect(rect, 10, 10)

    def _colour(self, kind: str) -> QColor:
        look = self._scene.look
        if kind == FADED:
            return mix(look.theme.outline, look.theme.canvas, 0.5)
        return QColor(kind.removeprefix(TINT)) if kind.startswith(TINT) else look.group(kind)[2]

    def _titles(self, painter: QPainter, area: QRectF) -> None:
        """What kind of block a bar is, in letters of one size on the screen, where they fit."""
        scene, look = self._scene, self._scene.look
        transform = painter.worldTransform()
        ratio = painter.device().devicePixelRatioF()
        painter.setWorldTransform(QTransform())
        for name in scene.cells.within(area):
            if scene.allowed is not None and name not in scene.allowed:
                continue
            rect = scene.cells.rects[name]
            title = scene.blocks[name].card.label or scene.blocks[name].card.title
            picture = self._words.picture(title, int(rect.width() * transform.m11()) - 6, look, ratio)
            if picture is None:
                continue
            size = picture.deviceIndependentSize()
            at = transform.map(rect.center()) - QPointF(size.width() / 2, size.height() / 2)
            painter.drawPixmap(QPointF(round(at.x() * ratio) / ratio, round(at.y() * ratio) / ratio), picture)
        painter.setWorldTransform(transform)
