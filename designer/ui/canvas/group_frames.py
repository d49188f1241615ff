"""Open groups: a frame around their blocks with a tab that names them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from designer.arrange.frames import TAB, frames
from designer.graph.arrange import frames_around
from designer.ui.canvas.layers import Layer
from designer.ui.canvas.look import mix, tone

if TYPE_CHECKING:
    from designer.ui.canvas.scene import CanvasScene

__all__ = ["GroupFrames", "GroupTabs", "TabAt"]

LEGIBLE = 11.0  # pixels that a tab must be high


@dataclass(frozen=True)
class TabAt:
    """The tab of an open group under a point."""

    path: str


@dataclass(frozen=True)
class _Frame:
    path: str
    rect: QRectF
    tab: QRectF
    words: str
    colour: str


class GroupFrames(Layer):
    """The frames of the open groups that somebody made; module paths without a group of their own have none."""

    def __init__(self, scene: CanvasScene) -> None:
        self._scene = scene
        self._version = -1
        self._frames: list[_Frame] = []

    def frames(self) -> list[_Frame]:
        """The frames as they are now, the outer ones first."""
        scene = self._scene
        if self._version != scene.version:
            self._version = scene.version
            self._frames = self._gather() if scene.document.network.groups else []
        return self._frames

    def members(self, path: str) -> list[str]:
        """What is shown of a group: its blocks and the cards of closed groups in it."""
        start = f"{path}."
        return [name for name in self._scene.blocks if name.startswith(start)]

    def at(self, point: QPointF, zoom: float) -> TabAt | None:
        """The tab under a point."""
        for frame in reversed(self.frames()):
            if _grown(frame.tab, zoom).contains(point):
                return TabAt(frame.path)
        return None

    def named(self, zoom: float) -> set[str]:
        """The groups whose tabs can be read at a zoom."""
        legible = zoom * TAB * _growth(zoom) >= LEGIBLE
        return {frame.path for frame in self.frames()} if legible else set()

    def bounds(self) -> QRectF:
        """Around all of them."""
        whole = QRectF()
        for frame in self.frames():
            whole = whole.united(frame.rect).united(frame.tab)
        return whole

    def _gather(self) -> list[_Frame]:
        scene = self._scene
        network, scope = scene.document.network, scene.scope
        groups = network.groups
        found = []
        boxes = scene.cells.boxes.all
        for path, (left, top, right, bottom) in frames(boxes, frames_around(network, boxes, scope)).items():
            rect = QRectF(left, top + TAB, right - left, bottom - top - TAB)
            words = groups[path].shown_title
            width = min(rect.width(), scene.look.advance(scene.look.strong, words) + 24)
            tab = QRectF(rect.left(), rect.top() - TAB, width, TAB)
            found.append(_Frame(path, rect, tab, words, groups[path].colour))
        return found

    def paint(self, painter: QPainter, area: QRectF, zoom: float) -> None:
        """Draw those in an area."""
        look = self._scene.look
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for frame in self.frames():
            if not frame.rect.united(frame.tab).adjusted(-4, -4, 4, 4).intersects(area):
                continue
            hue = tone(frame.colour, look.theme)
            fill = QColor(hue)
            fill.setAlpha(14 if not look.theme.dark else 20)
            edge = QPen(mix(hue, look.theme.canvas, 0.5), 1.25)
            edge.setDashPattern([5.0, 4.0])
            painter.setPen(edge)
            painter.setBrush(fill)
            painter.drawRoundedRect(frame.rect, 10, 10)

    def paint_tabs(self, painter: QPainter, area: QRectF, zoom: float) -> None:
        """Draw their names, above the wires that pass."""
        look = self._scene.look
        if not self.named(zoom):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for frame in self.frames():
            tab = _grown(frame.tab, zoom)
            if not tab.adjusted(-4, -4, 4, 4).intersects(area):
                continue
            hue = tone(frame.colour, look.theme)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(mix(hue, look.theme.canvas, 0.2))
            painter.drawRoundedRect(tab.adjusted(0, 2, 0, -2), 6, 6)
            painter.setPen(mix(look.theme.text, hue, 0.8))
            painter.save()
            scale = tab.height() / TAB
            painter.translate(tab.topLeft())
            painter.scale(scale, scale)
            painter.setFont(look.strong)
            words = look.elided(look.strong, frame.words, tab.width() / scale - 16)
            painter.drawText(QRectF(10, 0, tab.width() / scale, TAB), Qt.AlignmentFlag.AlignVCenter, words)
            painter.restore()


class GroupTabs(Layer):
    """The names of the frames."""

    def __init__(self, frames: GroupFrames) -> None:
        self._frames = frames

    def paint(self, painter: QPainter, area: QRectF, zoom: float) -> None:
        """Draw those in an area."""
        self._frames.paint_tabs(painter, area, zoom)


def _grown(tab: QRectF, zoom: float) -> QRectF:
    """The tab as it is drawn: from some way off larger than the rest, so that it can be read."""
    scale = _growth(zoom)
    return QRectF(tab.left(), tab.bottom() - tab.height() * scale, tab.width() * scale, tab.height() * scale)


def _growth(zoom: float) -> float:
    return max(1.0, min(2.0, 0.75 / zoom))
