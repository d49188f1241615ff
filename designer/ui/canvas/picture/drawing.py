"""A scene of its own for pictures: nothing selected, nothing under a cursor, as much of the network as is wanted."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QPainter

from designer.errors import ExportError
from designer.graph.document import Document
from designer.ui.canvas.picture.spec import Picture
from designer.ui.canvas.scene import CanvasScene

__all__ = ["Drawing"]

FRAME = 16.0  # free space around
INK = 7.0  # how far ports, badges and shadows stand out from a card
LABEL = 9.0  # half of a wire's label


class Drawing:
    """A document that sits for its picture. Close it when done."""

    def __init__(self, document: Document, picture: Picture, like: CanvasScene | None = None) -> None:
        """``like``: show the part of the network, the colours and the figures that this scene shows.

        Raises ExportError.
        """
        if not len(document.network):
            raise ExportError("The network has no blocks, so there is nothing to draw. Add a block first.")
        self.picture = picture
        self.scene = CanvasScene(document, of=picture.colours)
        self.scene.look.inviting = False
        self.area = QRectF()
        if like is not None:
            self.scene.set_figures(like.tints, like.figures)
            if like.scope:
                self.scene.scope = like.scope
                self.scene.rebuild()
        try:
            self._show()
        except ExportError:
            self.close()
            raise

    def use(self, picture: Picture) -> None:
        """Draw another way. Raises ExportError."""
        before, self.picture = self.picture, picture
        if picture.colours != before.colours:
            self.scene.restyle(picture.colours)
            self.scene.look.inviting = False
        if (picture.only, picture.notes) != (before.only, before.notes):
            self._show()

    @property
    def size(self) -> QSizeF:
        """Width and height in units of the canvas."""
        return self.area.size()

    def paint(self, painter: QPainter, target: QRectF, outlines: bool) -> None:
        """Draw all of it, background and blocks, into a rectangle."""
        if self.picture.background != "transparent":
            painter.fillRect(target, self.picture.colours.canvas)
        self.scene.outlines = outlines
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        self.scene.render(painter, target, self.area, Qt.AspectRatioMode.KeepAspectRatio)
        self.scene.outlines = None

    def close(self) -> None:
        """Let the scene go."""
        self.scene.clear()
        self.scene.deleteLater()

    def _show(self) -> None:
        """Show the blocks that are wanted, the wires among them, and the notes."""
        scene, only, notes = self.scene, self.picture.only, self.picture.notes
        if only is not None:
            _check(only, notes, scene.blocks)
        for name, block in scene.blocks.items():
            block.setVisible(only is None or name in only)
        for wire, item in scene.wires.items():
            item.setVisible(only is None or (wire.src in only and wire.dst in only))
        # A frame around more than what is drawn would be cut off at the edge of the picture.
        scene.sheets.only = None if only is None else frozenset(notes)
        self.area = self._ink().adjusted(-FRAME, -FRAME, FRAME, FRAME)

    def _ink(self) -> QRectF:
        whole = QRectF()
        for block in self.scene.blocks.values():
            if block.isVisible():
                whole = whole.united(block.body.adjusted(-INK, -INK, INK, INK))
        for item in self.scene.wires.values():
            if item.isVisible() and item.route is not None:
                whole = whole.united(item.route.path.boundingRect().adjusted(-2, -2, 2, 2))
                half = self.scene.label_width(item.label) / 2 if item.label else 0.0
                at = item.route.middle
                whole = whole.united(QRectF(at.x() - half, at.y() - LABEL, 2 * half, 2 * LABEL))
        for layer in (*self.scene.underlays, *self.scene.overlays):
            bounds = layer.bounds()
            whole = whole.united(bounds.adjusted(-2, -2, 2, 2)) if not bounds.isEmpty() else whole
        return whole


def _check(only: Collection[str], notes: Collection[str], known: Collection[str]) -> None:
    if not only and not notes:
        raise ExportError("No block is chosen, so there is nothing to draw. Choose at least one, or draw them all.")
    for name in only:
        if name not in known:
            near = get_close_matches(name, known, 1)
            raise ExportError(f"There is no block {name!r} to draw.{f' Did you mean {near[0]}?' if near else ''}")
