"""The names of groups over the network seen from far: module paths such as ``layer1`` and ``layer2.0``, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPixmap, QTransform

from designer.ui.canvas.metrics import FAR_BELOW, LOW

if TYPE_CHECKING:
    from designer.ui.canvas.look import Look
    from designer.ui.canvas.scene import CanvasScene

__all__ = ["GroupNames", "Placed", "groups_of", "place"]

LEAST_HEIGHT, FULL_HEIGHT = 26.0, 44.0  # of a group in pixels: from here its name begins to show, from there it is full
LEAST_SHARE = 0.3  # of the name's width that its group must have
PAD_X, PAD_Y = 7.0, 3.0
READABLE = 9.5  # pixels of a low bar from which it carries a word
APART = 3.0  # pixels between two names
MOST = 160  # names at once
_Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True)
class Placed:
    """A name, its rectangle in pixels from the scene's origin, and how firmly it shows."""

    path: str
    rect: QRectF
    strength: float
    large: bool


def groups_of(rects: dict[str, QRectF]) -> dict[str, _Box]:
    """The area of every path prefix that holds at least two blocks."""
    boxes: dict[str, list[float]] = {}
    counts: dict[str, int] = {}
    for name, rect in rects.items():
        if "." not in name:
            continue
        left, top, right, bottom = rect.left(), rect.top(), rect.right(), rect.bottom()
        for path in _prefixes(name):
            counts[path] = counts.get(path, 0) + 1
            box = boxes.get(path)
            if box is None:
                boxes[path] = [left, top, right, bottom]
                continue
            box[0], box[1] = min(box[0], left), min(box[1], top)
            box[2], box[3] = max(box[2], right), max(box[3], bottom)
    return {path: (b[0], b[1], b[2], b[3]) for path, b in boxes.items() if counts[path] > 1}


def _prefixes(name: str) -> Iterator[str]:
    dot = name.find(".")
    while dot > 0:
        yield name[:dot]
        dot = name.find(".", dot + 1)


def place(
    groups: Iterable[tuple[str, _Box]], zoom: float, look: Look, free: Callable[[QRectF], bool] | None = None
) -> list[Placed]:
    """Which names show at a zoom and where: largest groups first, none on top of another.

    ``free`` says whether a rectangle (in pixels) may be covered; without it, everything may.
    """
    found: list[Placed] = []
    taken: dict[tuple[int, int], list[QRectF]] = {}
    for path, (left, top, right, bottom) in groups:
        height = (bottom - top) * zoom
        if height < LEAST_HEIGHT:
            continue
        large = "." not in path
        font = look.group_large if large else look.group_small
        wide, tall = look.advance(font, path) + 2 * PAD_X, look.metrics[id(font)].height() + 2 * PAD_Y
        if (right - left) * zoom < wide * LEAST_SHARE:
            continue
        for x, y in _spots((left * zoom, top * zoom, right * zoom, bottom * zoom), wide, tall, free is not None):
            rect = QRectF(round(x), round(y), wide, tall)
            if (free is None or free(rect)) and _claim(taken, rect.adjusted(-APART, -APART, APART, APART)):
                strength = min(1.0, (height - LEAST_HEIGHT) / (FULL_HEIGHT - LEAST_HEIGHT))
                found.append(Placed(path, rect, strength, large))
                break
        if len(found) >= MOST:
            break
    return found


def _spots(box: _Box, wide: float, tall: float, beside: bool) -> Iterator[tuple[float, float]]:
    """Where a name may stand, the best place first: on its group, or ``beside`` what is drawn, above all over it."""
    left, top, right, bottom = box
    middle = (left + right - wide) / 2
    if beside:
        over = top - tall - APART
        yield from ((left, over), (middle, over), (right - wide, over))
    for share in (0.5, 0.3, 0.7, 0.12, 0.88):
        yield middle, top + (bottom - top) * share - tall / 2


def _claim(taken: dict[tuple[int, int], list[QRectF]], rect: QRectF) -> bool:
    """Take a place unless a part of it is taken."""
    keys = [
        (x, y)
        for x in range(int(rect.left() // 128), int(rect.right() // 128) + 1)
        for y in range(int(rect.top() // 128), int(rect.bottom() // 128) + 1)
    ]
    if any(rect.intersects(other) for key in keys for other in taken.get(key, ())):
        return False
    for key in keys:
        taken.setdefault(key, []).append(rect)
    return True


class GroupNames:
    """Remembers which names show where until the drawing or the zoom changes."""

    def __init__(self, scene: CanvasScene) -> None:
        self._scene = scene
        self._drawing = -1
        self._groups: list[tuple[str, _Box]] = []
        self._key: tuple[int, float, Look] | None = None
        self._placed: list[Placed] = []
        self._drawn_for: tuple[Look, float] | None = None
        self._pictures: dict[tuple[str, bool], QPixmap] = {}

    def placed(self, zoom: float) -> list[Placed]:
        """The names that show at a zoom."""
        scene = self._scene
        if self._drawing != scene.drawing:
            self._drawing = scene.drawing
            # Largest first; the name decides between equals, so that nothing depends on chance.
            inside = f"{scene.scope}." if scene.scope else ""
            boxes = {p: box for p, box in groups_of(scene.cells.rects).items() if p.startswith(inside)}
            self._groups = sorted(boxes.items(), key=lambda g: (-(g[1][2] - g[1][0]) * (g[1][3] - g[1][1]), g[0]))
        key = (self._drawing, zoom, scene.look)
        if key != self._key:
            self._key = key
            start, framed = len(scene.scope) + 1 if scene.scope else 0, scene.frames.named(zoom)
            shown = ((path[start:], box) for path, box in self._groups if path not in framed)
            self._placed = place(shown, zoom, scene.look, self._free(zoom) if zoom * LOW >= READABLE else None)
        return self._placed

    def _free(self, zoom: float) -> Callable[[QRectF], bool]:
        """Bars that can be read are not covered."""
        cells = self._scene.cells

        def free(rect: QRectF) -> bool:
            area = QRectF(rect.x() / zoom, rect.y() / zoom, rect.width() / zoom, rect.height() / zoom)
            return not any(cells.rects[name].intersects(area) for name in cells.within(area))

        return free

    def paint(self, painter: QPainter, area: QRectF) -> None:
        """Draw the names in an area; the painter is in scene coordinates."""
        transform = painter.worldTransform()
        zoom = transform.m11()
        # They give way as the words on the bars can be read, and are gone before the cards come.
        fade = min(1.0, (FAR_BELOW - zoom) / 0.06)
        placed = self.placed(zoom)
        if fade <= 0 or not placed:
            return
        origin = transform.map(QPointF(0, 0))
        shown = transform.mapRect(area).translated(-origin).adjusted(-2, -2, 2, 2)
        painter.setWorldTransform(QTransform())
        for name in placed:
            if name.rect.intersects(shown):
                self._draw(painter, name, origin, fade * name.strength)
        painter.setWorldTransform(transform)

    def _draw(self, painter: QPainter, name: Placed, origin: QPointF, strength: float) -> None:
        at = name.rect.topLeft() + QPointF(floor(origin.x() + 0.5), floor(origin.y() + 0.5))
        painter.setOpacity(strength)
        painter.drawPixmap(at, self._picture(name, painter.device().devicePixelRatioF()))
        painter.setOpacity(1.0)

    def _picture(self, name: Placed, ratio: float) -> QPixmap:
        """A name as it looks, the same to the pixel wherever it is cut off."""
        look = self._scene.look
        if self._drawn_for != (look, ratio) or len(self._pictures) > 2 * MOST:
            self._drawn_for = (look, ratio)
            self._pictures.clear()
        key = (name.path, name.large)
        if key not in self._pictures:
            self._pictures[key] = _drawn(name, look, ratio)
        return self._pictures[key]


def _drawn(name: Placed, look: Look, ratio: float) -> QPixmap:
    rect = QRectF(QPointF(0, 0), name.rect.size())
    made = QPixmap(ceil(rect.width() * ratio), ceil(rect.height() * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    back = QColor(look.theme.raised)
    back.setAlphaF(0.93)
    with QPainter(made) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(look.edge)
        painter.setBrush(back)
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        font: QFont = look.group_large if name.large else look.group_small
        painter.setFont(font)
        painter.setPen(look.theme.text if name.large else look.muted_on_tint)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, name.path)
    return made
