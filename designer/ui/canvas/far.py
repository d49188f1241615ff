"""The network seen from far away: bars of colour and thin lines, a few painter calls for any number of blocks."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QTransform

from designer.ui.canvas.look import mix
from designer.ui.canvas.metrics import LOW
from designer.ui.canvas.scene import CanvasScene

__all__ = ["FarView"]

ROUND_BELOW = 400  # so many blocks still get round corners and a word
LEAST_HEIGHT = 11.0  # pixels that a bar needs to carry it


class FarView:
    """Keeps the bars and lines of a scene until it changes."""

    def __init__(self, scene: CanvasScene) -> None:
        self._scene = scene
        self._version = -1
        self._lines: list[QLineF] = []
        self._bars: dict[str, list[QRectF]] = {}

    def paint(self, painter: QPainter, area: QRectF) -> None:
        """Draw what lies in an area of the scene; the painter is in scene coordinates."""
        scene = self._scene
        if self._version != scene.version:
            self._gather()
            self._version = scene.version
        look = scene.look
        if scene.allowed is not None:
            painter.setOpacity(0.5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, len(self._lines) < ROUND_BELOW)
        painter.setPen(look.far_wire)
        painter.drawLines(self._lines)
        smooth = len(scene.blocks) <= ROUND_BELOW
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
        painter.setPen(Qt.PenStyle.NoPen)
        for group, rects in self._bars.items():
            self._draw(painter, rects, self._colour(group), smooth)
        if smooth:
            self._titles(painter, area)
        painter.setOpacity(1.0)

    def _draw(self, painter: QPainter, rects: list[QRectF], colour: QColor, smooth: bool) -> None:
        painter.setBrush(colour)
        if not smooth:
            painter.drawRects(rects)
            return
        for rect in rects:
            painter.drawRoundedRect(rect, 10, 10)

    def _titles(self, painter: QPainter, area: QRectF) -> None:
        """What kind of block a bar is, in letters of one size on the screen, where they fit."""
        scene, look = self._scene, self._scene.look
        transform = painter.worldTransform()
        zoom = transform.m11()
        if zoom * LOW < LEAST_HEIGHT:
            return
        painter.setWorldTransform(QTransform())
        painter.setFont(look.far)
        painter.setPen(look.theme.text)
        for name in scene.cells.within(area):
            if scene.allowed is not None and name not in scene.allowed:
                continue
            rect = transform.mapRect(scene.cells.rects[name])
            words = look.elided(look.far, scene.blocks[name].card.title, rect.width() - 6)
            if len(words) > 2:
                painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, words)
        painter.setWorldTransform(transform)

    def _colour(self, group: str) -> QColor:
        look = self._scene.look
        if group == "!selected":
            return look.theme.selection
        if group == "!bad":
            return look.theme.bad
        if group == "!faded":
            return mix(look.theme.outline, look.theme.canvas, 0.5)
        return QColor(group) if group.startswith("#") else look.group(group)[2]

    def _gather(self) -> None:
        scene = self._scene
        self._lines = [
            QLineF(a, b)
            for item in scene.wires.values()
            if item.route is not None
            for a, b in pairwise(item.route.corners)
        ]
        bars: dict[str, list[QRectF]] = {}
        for name, item in scene.blocks.items():
            rect = scene.cells.rects[name]
            kind = item.card.group
            if scene.allowed is not None and name not in scene.allowed:
                kind = "!faded"
            elif item.card.error:
                bars.setdefault("!bad", []).append(rect.adjusted(-8, -8, 8, 8))
            if item.selected:
                # A frame in the colour of selection; the bar itself keeps its colour.
                bars.setdefault("!selected", []).append(rect.adjusted(-14, -14, 14, 14))
            tint = scene.tints.get(name)
            if tint is not None and kind != "!faded":
                kind = tint.name()
            bars.setdefault(kind, []).append(rect)
        frames = [k for k in ("!selected", "!bad", "!faded") if k in bars]
        self._bars = {k: bars[k] for k in [*frames, *sorted(bars.keys() - set(frames))]}
