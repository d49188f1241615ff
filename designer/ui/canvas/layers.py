"""What is drawn under the wires or above the blocks besides them: frames, notes, outlines of groups."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

__all__ = ["Layer"]


class Layer:
    """A painter that a scene calls near by, from far and in pictures alike: ``scene.underlays``, ``scene.overlays``.

    Whoever changes what a layer shows says so with ``scene.touch(area)``.
    """

    def paint(self, painter: QPainter, area: QRectF, zoom: float) -> None:
        """Draw what lies in an area of the scene; the painter is in scene coordinates, ``zoom`` is pixels a unit.

        The painter comes back as it was: pens, brushes and transforms need not be restored.
        """

    def bounds(self) -> QRectF:
        """What it covers, so that "fit all" and pictures hold it; empty for nothing."""
        return QRectF()
