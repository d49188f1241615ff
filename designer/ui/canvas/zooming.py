"""What a zoom gesture needs: steps that glide, and a picture that stands in where painting anew would be too slow."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEasingCurve, QPoint, QPointF, QRect, QRectF, QVariantAnimation
from PySide6.QtGui import QImage, QPainter, QRegion, QTransform
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from designer.ui.canvas.paper import Paper

__all__ = ["Glide", "Stand"]

LASTS = 120  # milliseconds of a step
MANY = 300  # so many blocks in view, or so many pixels, are not painted anew with every step of a gesture
PIXELS = 5_000_000


class Glide(QVariantAnimation):
    """Zooms to a scale in a moment, around a point that stays where it is; a further step moves the goal."""

    def __init__(self, paper: Paper) -> None:
        super().__init__(paper)
        self._paper = paper
        self._held, self._at = QPointF(), QPointF()
        self._goal = 1.0
        self.setDuration(LASTS)
        self.setEasingCurve(QEasingCurve.Type.OutCubic)
        self.valueChanged.connect(self._step)

    @property
    def running(self) -> bool:
        """Whether a step is under way."""
        return self.state() == QVariantAnimation.State.Running

    def go(self, factor: float, held: QPointF, at: QPointF) -> None:
        """Zoom by a factor (of the goal, if one is under way); a point of the scene stays at a point of the view."""
        paper = self._paper
        self._goal = paper.nearest_zoom((self._goal if self.running else paper.zoom) * factor)
        self.stop()
        self._held, self._at = held, at
        self.setStartValue(math.log(paper.zoom))
        self.setEndValue(math.log(self._goal))
        self.start()

    def _step(self, value: float) -> None:
        done = self.currentTime() >= self.duration()
        self._paper.zoom_about(self._goal if done else math.exp(value), self._held, self._at)


class Stand:
    """The picture from before a zoom gesture, stretched until it ends."""

    def __init__(self) -> None:
        self._image = QImage()
        self._area = QRectF()  # of the scene
        self._version = -1

    def take(self, paper: Paper) -> None:
        """Keep what is seen now, if painting it anew would take long."""
        if not self._image.isNull():
            return
        size, ratio = paper.viewport().size(), paper.devicePixelRatioF()
        area = paper.visible_area()
        pixels = size.width() * size.height() * ratio * ratio
        if pixels < PIXELS and len(paper.canvas.cells.within(area)) < MANY:
            return
        image = QImage(size * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        paper.viewport().render(image, QPoint(), QRegion(), QWidget.RenderFlag(0))
        self._image, self._area, self._version = image, area, paper.canvas.version

    def drop(self) -> None:
        """The gesture is over."""
        self._image = QImage()

    def paint(self, painter: QPainter, transform: QTransform, view: QRect, version: int) -> QRegion | None:
        """Draw it where it belongs by now; what it leaves open of the view, None where there is no picture."""
        if self._image.isNull() or version != self._version:
            return None
        target = transform.mapRect(self._area)
        painter.drawImage(target, self._image)
        return QRegion(view) - QRegion(target.toAlignedRect().adjusted(1, 1, -1, -1))
