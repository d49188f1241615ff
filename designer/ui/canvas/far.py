"""The network seen from far away: bars of colour and thin lines, a few painter calls for any number of blocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import floor

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QTransform

from designer.ui.canvas.bars import FADED, TINT
from designer.ui.canvas.look import mix
from designer.ui.canvas.metrics import LOW
from designer.ui.canvas.names import READABLE, GroupNames
from designer.ui.canvas.scene import CanvasScene
from designer.ui.canvas.signs import hatching
from designer.ui.canvas.words import Words

__all__ = ["FarView"]

SMOOTH_BELOW = 4000  # so many lines or bars still get soft edges
ROUND_BELOW = 1500  # so many blocks still get round corners
ROUND_FROM = 0.14  # the zoom from which one would see them
FLEETING = 500  # so many words follow a zoom gesture; more wait for its end
HATCH_FROM = 3.0  # pixels that a bar needs for its hatching to be seen


class FarView:
    """Draws the bars and lines that a scene keeps, with the words that can be read."""

    def __init__(self, scene: CanvasScene) -> None:
        self._scene = scene
        self._names = GroupNames(scene)
        self._words = Words()

    def paint(self, painter: QPainter, areas: Sequence[QRectF]) -> None:
        """Draw what lies in some areas of the scene; the painter is in scene coordinates and clips to them."""
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
        self._stubs(painter)
        self._hatch(painter, zoom)
        painter.setRenderHint(hint)
        if zoom * LOW >= READABLE:
            names = {name for area in areas for name in scene.cells.within(area)}
            if len(names) <= (FLEETING if scene.pixmaps.coarse else len(names)):
                self._titles(painter, names)
        whole = QRectF()
        for area in areas:
            whole = whole.united(area)
        self._names.paint(painter, whole)

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

    def _hatch(self, painter: QPainter, zoom: float) -> None:
        """What is frozen, told without colour."""
        if self._scene.bars.frozen and zoom * LOW >= HATCH_FROM:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # the pattern has no soft edges either
            painter.setBrush(hatching(self._scene.look.theme, painter.worldTransform()))
            painter.drawRects(self._scene.bars.frozen)

    def _stubs(self, painter: QPainter) -> None:
        """Where values come into the group that is looked into, and leave it."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mix(self._scene.look.theme.outline, self._scene.look.theme.canvas, 0.8))
        for stub in self._scene.stubs.values():
            half = stub.card.height / 2
            painter.drawRoundedRect(stub.body, half, half)

    def _colour(self, kind: str) -> QColor:
        look = self._scene.look
        if kind == FADED:
            return mix(look.theme.outline, look.theme.canvas, 0.5)
        return QColor(kind.removeprefix(TINT)) if kind.startswith(TINT) else look.group(kind)[2]

    def _titles(self, painter: QPainter, names: Iterable[str]) -> None:
        """What the bars are called, in letters of one size on the screen, where they fit."""
        scene, look = self._scene, self._scene.look
        transform = painter.worldTransform()
        ratio = painter.device().devicePixelRatioF()
        zoom, left, top = transform.m11(), transform.dx(), transform.dy()
        painter.setWorldTransform(QTransform())
        for name in names:
            if scene.allowed is not None and name not in scene.allowed:
                continue
            card = scene.blocks[name].card
            picture = self._words.of_card(card, int(card.width * zoom) - 6, look, ratio)
            if picture is None:
                continue
            rect = scene.cells.rects[name]
            size = picture.size()
            x = (rect.x() + card.width / 2) * zoom + left - size.width() / ratio / 2
            y = (rect.y() + card.height / 2) * zoom + top - size.height() / ratio / 2
            # Not `round`, which rounds halves to even numbers: scrolled by a pixel, a word would move by two.
            painter.drawPixmap(QPointF(floor(x * ratio + 0.5) / ratio, floor(y * ratio + 0.5) / ratio), picture)
        painter.setWorldTransform(transform)
