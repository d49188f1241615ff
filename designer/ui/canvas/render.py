"""The drawing as a picture file, with or without a window."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QBuffer, QIODevice, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication

from designer.errors import ExportError, ProjectError
from designer.graph.document import Document
from designer.graph.model import Network
from designer.project.atomic import write_atomic
from designer.ui.canvas.scene import CanvasScene
from designer.ui.theme import DARK, LIGHT, load_fonts

__all__ = ["render"]

FRAME = 32.0
MOST_PIXELS = 100_000_000  # 400 MB of picture
MOST_SIDE = 30_000


def render(
    network: Network, path: Path | str, theme: Literal["light", "dark"] = "light", scale: float = 2.0
) -> tuple[int, int]:
    """Draw the network to a .png or .svg file; the picture's width and height in pixels.

    ``scale`` is pixels per canvas unit for PNG (made smaller where the picture would be too large to hold); an SVG has
    no need of it. Starts Qt without a display where none runs yet. Raises ExportError.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in (".png", ".svg"):
        raise ExportError(f"Expected a file name that ends in .png or .svg, got {path.name!r}. Choose one of the two.")
    if not len(network):
        raise ExportError("The network has no blocks, so there is nothing to draw. Add a block first.")
    _ensure_application()
    load_fonts()
    scene = CanvasScene(Document(network), of=DARK if theme == "dark" else LIGHT)
    area = scene.content().adjusted(-FRAME, -FRAME, FRAME, FRAME)
    try:
        return _svg(scene, area, path) if suffix == ".svg" else _png(scene, area, path, scale)
    finally:
        scene.clear()
        scene.deleteLater()


def _ensure_application() -> None:
    if QGuiApplication.instance() is None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        _kept.append(QApplication(["layerloom"]))


_kept: list[QApplication] = []  # Qt's application must outlive everything drawn with it


def _png(scene: CanvasScene, area: QRectF, path: Path, scale: float) -> tuple[int, int]:
    scale = max(0.05, min(scale, 8.0, MOST_SIDE / max(area.width(), area.height())))
    scale = min(scale, (MOST_PIXELS / (area.width() * area.height())) ** 0.5)
    size = QSize(max(1, round(area.width() * scale)), max(1, round(area.height() * scale)))
    image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(scene.look.theme.canvas)
    painter = QPainter(image)
    _paint(scene, painter, QRectF(0, 0, size.width(), size.height()), area, outlines=False)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    _write(path, buffer)
    return size.width(), size.height()


def _svg(scene: CanvasScene, area: QRectF, path: Path) -> tuple[int, int]:
    generator = QSvgGenerator()
    buffer = QBuffer()
    generator.setOutputDevice(buffer)
    size = QSize(round(area.width()), round(area.height()))
    generator.setSize(size)
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    generator.setTitle("Network")
    painter = QPainter(generator)
    target = QRectF(0, 0, size.width(), size.height())
    painter.fillRect(target, scene.look.theme.canvas)
    _paint(scene, painter, target, area, outlines=True)
    painter.end()
    _write(path, buffer)
    return size.width(), size.height()


def _write(path: Path, buffer: QBuffer) -> None:
    try:
        write_atomic(path, bytes(buffer.data().data()))
    except (OSError, ProjectError) as error:
        raise ExportError(f"Could not write {path}. Check that the folder exists and may be written to.") from error


def _paint(scene: CanvasScene, painter: QPainter, target: QRectF, area: QRectF, outlines: bool) -> None:
    scene.outlines = outlines
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    scene.render(painter, target, area, Qt.AspectRatioMode.KeepAspectRatio)
    scene.outlines = None
